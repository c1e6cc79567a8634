import {
  type Certificate,
  createCertificate,
  openScratchFolder,
  type SnapshotManifest,
  verifySnapshot,
} from '@findata/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSnapshotScene, type SnapshotScene } from './snapshot-scene.ts'

interface Stored {
  readonly manifest: SnapshotManifest
  readonly certificate: Certificate
}

let scene: SnapshotScene
let stored: Stored
beforeAll(async () => {
  scene = await openSnapshotScene()
  stored = await scene.take()
})
afterAll(() => scene[Symbol.asyncDispose]())

/** What verifying a snapshot finds when its manifest and certificate were changed. */
async function differencesAfter(
  change: (stored: Stored) => Partial<Stored> = () => ({}),
): Promise<readonly string[]> {
  const { manifest, certificate } = stored
  await using scratch = await openScratchFolder()
  const { chunks } = scene.store.readBack(manifest.data, { signal: new AbortController().signal })
  const { differences } = await verifySnapshot({ manifest, certificate, ...change(stored), chunks, scratch })
  return differences
}

test('a snapshot as it was stored has no differences', async () => {
  expect(await differencesAfter()).toEqual([])
})

test('a certificate without the file hop proves nothing', async () => {
  const differences = await differencesAfter(({ certificate }) => {
    const hops = certificate.hops.filter(({ name }) => name !== 'file')
    const comparisons = certificate.comparisons.filter(({ right }) => right !== 'file')
    return { certificate: createCertificate({ ...certificate, hops, comparisons }) }
  })
  expect(differences).toEqual(['the certificate has no file hop'])
})

test('a certificate that is not balanced does not vouch for a stored snapshot', async () => {
  const guard = { guard: 'shrink', passed: false, evidence: '90 % fewer', examples: [] } as const
  const differences = await differencesAfter(({ certificate }) => ({
    certificate: createCertificate({ ...certificate, guards: [guard] }),
  }))
  expect(differences).toEqual([`the certificate says 'refused'`])
})

test('a manifest without its set hash is told', async () => {
  const differences = await differencesAfter(({ manifest }) => {
    const { setHash: _, ...totals } = manifest.totals
    return { manifest: { ...manifest, totals } }
  })
  expect(differences).toEqual(['set hash (not known at manifest)'])
})

test.each([
  ['record type', { recordType: 'journal' }, /is of journal 2026.*, the manifest of ledger/],
  ['scale of an amount', { money: [{ column: 'AMOUNT', scale: 3 }] }, /a different money$/],
  ['list of objects', { objects: [] }, /does not name snapshots\/ledger/],
] as const)('a certificate with another %s is told', async (_, change, expected) => {
  const differences = await differencesAfter(({ certificate }) => ({
    certificate: { ...certificate, ...change },
  }))
  expect(differences).toEqual([expect.stringMatching(expected)])
})
