import type { RecordType } from '@findata/core'
import { BENCH_TABLE, type BenchColumns, benchColumnNames } from '@findata/sandbox'

/** The generated table as a record type; its guards let any first snapshot pass. */
export function benchRecordType(columns: BenchColumns): RecordType {
  const names = benchColumnNames(columns)
  const key = [{ column: 'ROW_ID', isNullable: false }]
  return {
    name: 'bench_rows',
    description: 'Generated rows.',
    query: `SELECT ${names.join(', ')} FROM ${BENCH_TABLE}`,
    binds: {},
    columns: names,
    rowKey: key,
    entityKey: key,
    coalesced: [],
    money: ['AMOUNT', 'CHARGED', 'BALANCE'].map((column) => ({ column, scale: 2 })),
    publicColumns: [],
    guards: {
      minRows: 1,
      maxShrinkPercent: 10,
      maxDuplicatePercent: 5,
      maxConflicts: 0,
      maxNullKeys: 0,
      maxJumpPercent: 50,
    },
    sourceTotals: 'on',
    maxExecutions: 2,
    statementTimeoutMs: 3_600_000,
    maxLobLength: 1_000_000,
  }
}
