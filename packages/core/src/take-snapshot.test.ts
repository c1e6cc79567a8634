import { expect, test } from 'vitest'
import { createMemoryStore } from '../test/memory-store.ts'
import { sourceOf, takeLedger } from '../test/take-ledger.ts'
import { checkCertificate } from './check-certificate.ts'
import { TransientError } from './errors.ts'
import type { SnapshotStore } from './snapshot-store.ts'

const ROWS = [
  ['a', '1'],
  ['b', '2'],
] as const

test('a run that is stopped while it commits still puts the plain file in place', async () => {
  const store = createMemoryStore()
  const stop = new AbortController()
  const commit: SnapshotStore['commit'] = async (...index) => {
    stop.abort(new Error('stopped'))
    return await store.commit(...index)
  }

  const { plainKey } = await takeLedger(sourceOf(ROWS, '3'), { ...store, commit }, stop)
  expect(store.objects.get(plainKey)).toBe('[\n{"ID":"a","AMOUNT":1},\n{"ID":"b","AMOUNT":2}\n]\n')
})

test('a run that is stopped just before its commit changes nothing', async () => {
  const store = createMemoryStore()
  const stop = new AbortController()
  const writeManifest: SnapshotStore['writeManifest'] = async (...manifest) => {
    stop.abort(new Error('stopped'))
    return await store.writeManifest(...manifest)
  }

  await expect(takeLedger(sourceOf(ROWS, '3'), { ...store, writeManifest }, stop)).rejects.toThrow('stopped')
  expect(await store.readCurrent('ledger')).toBeUndefined()
  expect(store.objects.has('ledger.json')).toBe(false)
})

test.each(['writeRefusal', 'sweep'] as const)(
  'figures that differ are told as such also when the store fails at %s',
  async (step) => {
    const store = createMemoryStore()
    let isRefused = false
    const fail = () => Promise.reject(new TransientError('STORE_BUSY', 'The store is busy.'))
    const failing: SnapshotStore = {
      ...store,
      writeRefusal: (certificate) => {
        isRefused = true
        return step === 'writeRefusal' ? fail() : store.writeRefusal(certificate)
      },
      sweep: (...index) => (isRefused ? fail() : store.sweep(...index)),
    }

    await expect(takeLedger(sourceOf(ROWS, '4'), failing)).rejects.toMatchObject({
      code: 'BALANCE_DIFFERS',
      message: expect.stringMatching(/source 4, read 3.*After that the store failed: The store is busy\.$/s),
    })
  },
)

/** Two runs over the same rows, and what the first is to the second. */
async function takeTwice(store: SnapshotStore) {
  const first = '20261122T130000Z-00000001'
  await takeLedger(sourceOf(ROWS, '3'), store, { id: first }).catch(() => {})
  const { previous } = await takeLedger(sourceOf(ROWS, '3'), store, { id: '20261123T130000Z-00000002' })
  const current = await store.readCurrent('ledger')
  return { first, previous: previous?.runId, kept: current?.index.snapshots.length }
}

test('a run takes the place of one with the same rows that ended before its plain file was in place', async () => {
  const store = createMemoryStore()
  let publishes = 0
  const stagePlainFile: SnapshotStore['stagePlainFile'] = (...data) => {
    const staged = store.stagePlainFile(...data)
    const cut = () => Promise.reject(new TransientError('STORE_BUSY', 'The store is busy.'))
    return { ...staged, publish: publishes++ === 0 ? cut : staged.publish }
  }

  expect(await takeTwice({ ...store, stagePlainFile })).toMatchObject({ previous: undefined, kept: 1 })
})

test('a run whose plain file is in place keeps its snapshot, whatever failed after it', async () => {
  const store = createMemoryStore()
  let sweeps = 0
  const sweep: SnapshotStore['sweep'] = async (...index) => {
    if (sweeps++ === 1) throw new TransientError('STORE_BUSY', 'The store is busy.')
    return await store.sweep(...index)
  }

  const { first, previous, kept } = await takeTwice({ ...store, sweep })
  expect({ previous, kept }).toEqual({ previous: first, kept: 2 })
})

test('a plain file that somebody removed does not make an earlier snapshot give way', async () => {
  const store = createMemoryStore()
  await takeLedger(sourceOf(ROWS.slice(1), '2'), store, { id: '20261121T130000Z-00000000' })
  const { first, previous, kept } = await takeTwice({ ...store, readPlainFileRunId: async () => undefined })
  expect({ previous, kept }).toEqual({ previous: first, kept: 3 })
})

test('a clock that is set back during the run leaves a certificate that holds', async () => {
  const times = ['2026-11-22T13:00:00Z', '2026-11-22T12:00:00Z']
  const now = () => new Date(times.length > 1 ? (times.shift() as string) : (times[0] as string))

  const { certificate } = await takeLedger(sourceOf(ROWS, '3'), createMemoryStore(), { now })
  expect(checkCertificate(certificate)).toEqual([])
})
