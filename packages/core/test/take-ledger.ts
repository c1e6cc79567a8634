import {
  defineRecordType,
  openScratchFolder,
  type Row,
  type SnapshotResult,
  type SnapshotRun,
  type SnapshotStore,
  type SourceSnapshot,
  takeSnapshot,
} from '../src/index.ts'

const ledger = defineRecordType({
  name: 'ledger',
  query: 'SELECT ID, AMOUNT FROM LEDGER',
  columns: ['ID', 'AMOUNT'],
  rowKey: ['ID'],
  money: ['AMOUNT'],
})

/** A source of rows whose own totals say `sum`. */
export function sourceOf(rows: readonly Row[], sum: string): SourceSnapshot {
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

/** One run of a record type with two columns. */
export async function takeLedger(
  source: SourceSnapshot,
  store: SnapshotStore,
  {
    signal = new AbortController().signal,
    now = () => new Date(),
    id = '20261122T130000Z-00000001',
  }: Partial<Pick<SnapshotRun, 'signal' | 'now' | 'id'>> = {},
): Promise<SnapshotResult> {
  await using scratch = await openScratchFolder()
  return await takeSnapshot({ source, store }, ledger, {
    id,
    signal,
    scratch,
    overrides: [],
    versions: {},
    now,
    onProgress() {},
  })
}
