import { defineRecordType, type RecordType } from '@findata/core'

const THINGS = defineRecordType({
  name: 'things',
  description: 'Things of a test',
  query: 'SELECT ID FROM THINGS',
  columns: ['ID'],
  rowKey: ['ID'],
  statementTimeoutMs: 20_000,
})

/** A record type with the least that a test has to say; what it says is taken as it is, mistakes too. */
export function testRecordType(
  given: Partial<RecordType> & Pick<RecordType, 'query' | 'columns'>,
): RecordType {
  const key = [{ column: given.columns[0] ?? '', isNullable: false }]
  return { ...THINGS, rowKey: key, entityKey: key, ...given }
}
