import { beforeAll, expect, test } from 'vitest'
import { createMemoryStore } from '../test/memory-store.ts'
import { defineRecordType } from './define-record-type.ts'
import { TransientError } from './errors.ts'
import type { SourceSnapshot } from './extractor.ts'
import type { Row } from './row-schema.ts'
import type { SnapshotStore } from './snapshot-store.ts'
import { openScratchFolder, type ScratchFolder } from './spill-files.ts'
import { takeSnapshot } from './take-snapshot.ts'

const ledger = defineRecordType({
  name: 'ledger',
  query: 'SELECT ID, AMOUNT FROM LEDGER',
  columns: ['ID', 'AMOUNT'],
  rowKey: ['ID'],
  money: ['AMOUNT'],
})

let scratch: ScratchFolder
beforeAll(async () => {
  scratch = await openScratchFolder()
  return () => scratch[Symbol.asyncDispose]()
})

/** A source of rows whose own totals say `sum`. */
function sourceOf(rows: readonly Row[], sum: string): SourceSnapshot {
  const amounts = rows.map(([, amount]) => Number(amount))
  return {
    consistency: { label: 'read-only transaction', fixedAt: '2026-11-22T13:00:00.000Z' },
    describe: async () => [
      { name: 'ID', type: { kind: 'text' }, isNullable: false },
      { name: 'AMOUNT', type: { kind: 'number' }, isNullable: true },
    ],
    async *extract() {
      yield rows
    },
    totals: async () => ({
      rows: rows.length,
      distinctEntityKeys: rows.length,
      money: {
        AMOUNT: {
          nonNull: rows.length,
          sum,
          min: String(Math.min(...amounts)),
          max: String(Math.max(...amounts)),
        },
      },
    }),
    executions: () => 2,
    async [Symbol.asyncDispose]() {},
  }
}

function take(source: SourceSnapshot, store: SnapshotStore, signal = new AbortController().signal) {
  return takeSnapshot({ source, store }, ledger, {
    id: '20261122T130000Z-00000001',
    signal,
    scratch,
    overrides: [],
    versions: {},
    now: () => new Date(),
    onProgress() {},
  })
}

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

  const { plainKey } = await take(sourceOf(ROWS, '3'), { ...store, commit }, stop.signal)
  expect(store.objects.get(plainKey)).toBe('[\n{"ID":"a","AMOUNT":1},\n{"ID":"b","AMOUNT":2}\n]\n')
})

test('a run that is stopped just before its commit changes nothing', async () => {
  const store = createMemoryStore()
  const stop = new AbortController()
  const writeManifest: SnapshotStore['writeManifest'] = async (...manifest) => {
    stop.abort(new Error('stopped'))
    return await store.writeManifest(...manifest)
  }

  await expect(take(sourceOf(ROWS, '3'), { ...store, writeManifest }, stop.signal)).rejects.toThrow('stopped')
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

    await expect(take(sourceOf(ROWS, '4'), failing)).rejects.toMatchObject({
      code: 'BALANCE_DIFFERS',
      message: expect.stringMatching(/source 4, read 3.*After that the store failed: The store is busy\.$/),
    })
  },
)
