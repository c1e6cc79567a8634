import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleCertificate } from '../test/example-certificate.ts'
import { partlyPublishedCertificate } from '../test/example-publication.ts'
import { PipelineError } from './errors.ts'
import type { CurrentIndex, SnapshotManifest } from './snapshot-store.ts'
import {
  parseCertificate,
  parseCurrentIndex,
  parseManifest,
  parseRejects,
  stringifyCertificate,
  stringifyCurrentIndex,
  stringifyManifest,
  stringifyRejects,
} from './stored-files.ts'

const { runId, recordType, startedAt, finishedAt, consistency, columns, rowKey, entityKey, money, hops } =
  exampleCertificate
const sha256 = '0f'.repeat(32)
const manifest: SnapshotManifest = {
  version: 1,
  kind: 'findata-snapshot',
  ...{ runId, recordType, startedAt, finishedAt, consistency, columns, rowKey, entityKey, money },
  querySha256: sha256,
  totals: (hops[1] ?? expect.fail()).totals,
  data: { key: 'data.json.gz', compression: 'gzip', bytes: 1, sha256, plainBytes: 2, plainSha256: sha256 },
}
const index: CurrentIndex = {
  version: 1,
  kind: 'findata-current',
  recordType,
  current: manifest,
  committedBy: runId,
  committedAt: finishedAt,
  ordinals: { DEPT: 1, ID: 2, AMOUNT: 3, BYR_FDU: 4, DROPPED: 5 },
  snapshots: [
    {
      runId,
      takenAt: startedAt,
      rows: 5,
      sums: { AMOUNT: '206.7' },
      setHash: 'ab2ff8bb8391ffcf8192066bd1eecf3e',
      dataKey: 'data.json.gz',
      bytes: 1,
      manifestKey: 'manifest.json',
      manifestSha256: sha256,
      certificateKey: 'certificate.json',
      certificateSha256: sha256,
    },
  ],
}

const rejects = {
  recordType,
  destination: 'data-tracker',
  runId,
  at: finishedAt,
  records: [{ key: '2400 / 24ROW51000', status: 'refused', reason: '400: status is required' }],
}

const files = [
  ['a certificate', exampleCertificate, parseCertificate, stringifyCertificate],
  ['the manifest of a snapshot', manifest, parseManifest, stringifyManifest],
  ['the index of current snapshots', index, parseCurrentIndex, stringifyCurrentIndex],
  ['a certificate', partlyPublishedCertificate, parseCertificate, stringifyCertificate],
  ['the list of rejected records', rejects, parseRejects, stringifyRejects],
] as unknown as [string, object, (text: string, name: string) => object, (value: object) => string][]

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(PipelineError)
    expect((error as PipelineError).code).toBe('FILE_INVALID')
    return (error as PipelineError).message
  }
  throw new Error('It was accepted')
}

describe.each(files)('%s', (what, value, parse, stringify) => {
  test('comes back from its text', () => {
    expect(parse(stringify(value), 'x.json')).toEqual(value)
  })

  test('has the same text in whatever order its keys were', () => {
    const backwards = JSON.parse(stringify(value), (_, part) =>
      part && typeof part === 'object' && !Array.isArray(part)
        ? Object.fromEntries(Object.entries(part).toReversed())
        : part,
    )
    expect(stringify(backwards)).toBe(stringify(value))
    expect(stringify(value).endsWith('}\n')).toBe(true)
  })

  test.each([
    ['', 'it is empty'],
    [' \n', 'it is empty'],
    ['hello', 'it is text, not JSON'],
    ['<html><body>Access denied</body></html>', 'it looks like a web page or XML'],
    ['\u001f\ufffd\u0008', 'it looks like compressed data'],
    ['[1, 2]', 'it is JSON, but an array'],
    ['{"a": 1,}', 'it is JSON with a fault in it'],
    ['{"a": 1}', 'it is JSON of something else'],
    ['{"kind": "findata-plan", "version": 1}', 'it is JSON of something else'],
    ['{"kind": "toString", "version": 1}', 'it is JSON of something else'],
  ])('is not %j, and the reason is said', (text, reason) => {
    const message = messageOf(() => parse(text, 'x.json'))
    expect(message).toContain(`x.json is not ${what}: ${reason}. Name the right file`)
  })

  test('is told from the other kinds of file', () => {
    for (const [otherName, other, , otherStringify] of files) {
      if (otherName === what) continue
      expect(messageOf(() => parse(otherStringify(other), 'x.json'))).toContain(`it is ${otherName}`)
    }
  })

  test('is not accepted when it was cut short anywhere', () => {
    const text = stringify(value).trimEnd()
    fc.assert(
      fc.property(fc.nat(text.length - 1), (length) => {
        const message = messageOf(() => parse(text.slice(0, length), 'x.json'))
        expect(message).toMatch(/cut short|is empty|with a fault/)
      }),
    )
  })

  test('names a version that it does not know', () => {
    const text = stringify(value).replace('"version": 1', '"version": 2')
    const message = messageOf(() => parse(text, 'x.json'))
    expect(message).toContain(
      'it has version 2, and this findata reads version 1. Use the findata that wrote it',
    )
  })
})

test('every mistake is named with its path', () => {
  const text = stringifyCertificate(exampleCertificate)
    .replace('"sum": "206.7"', '"sum": 206.7')
    .replace('"ordinal": 2', '"ordinal": 0')
    .replace('"verdict": "balanced"', '"verdict": "fine", "extra": 1')
    .replace('"rows": 3', '"rows": -3')
  const message = messageOf(() => parseCertificate(text, 'certificate.json'))
  for (const path of [
    'hops[0].totals.money.AMOUNT.sum',
    'columns[1].ordinal',
    'verdict',
    'extra',
    'hops[3].totals.rows',
  ]) {
    expect(message).toContain(path)
  }
})

test('A6: an amount that is not exact text is a mistake', () => {
  for (const sum of ['206.70', '2.067E2', '.5', '']) {
    const text = stringifyManifest(manifest).replace('"sum": "206.7"', `"sum": "${sum}"`)
    expect(messageOf(() => parseManifest(text, 'manifest.json'))).toContain('totals.money.AMOUNT.sum')
  }
})
