import type { RecordType } from '@findata/core'

/** A record type with the least that a test has to say. */
export function testRecordType(
  given: Partial<RecordType> & Pick<RecordType, 'query' | 'columns'>,
): RecordType {
  return {
    name: 'things',
    description: 'Things of a test',
    binds: {},
    rowKey: [{ column: given.columns[0] ?? '', isNullable: false }],
    entityKey: [{ column: given.columns[0] ?? '', isNullable: false }],
    coalesced: [],
    money: [],
    publicColumns: [],
    guards: {
      minRows: 1,
      maxShrinkPercent: 20,
      maxDuplicatePercent: 5,
      maxConflicts: 0,
      maxNullKeys: 0,
      maxJumpPercent: 50,
    },
    sourceTotals: 'on',
    statementTimeoutMs: 20_000,
    maxLobLength: 1_000_000,
    ...given,
  }
}
