import type { ColumnType, SourceColumn, Window } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { testRecordType } from '../test/support/record-type.ts'
import { maximumQuery, windowCondition } from './window-condition.ts'

const column = (name: string, type: ColumnType): SourceColumn => ({ name, type, isNullable: true })
const columns = [
  column('N', { kind: 'number' }),
  column('D', { kind: 'date' }),
  column('Made At', { kind: 'date' }),
  column('T', { kind: 'timestamp', fractionalDigits: 9 }),
  column('Z', { kind: 'timestamp-with-time-zone', fractionalDigits: 6 }),
]
const over = (cursor: readonly string[], nulls: 'include' | 'exclude' | 'fail' = 'exclude') =>
  testRecordType({
    query: 'SELECT * FROM THINGS',
    columns: columns.map(({ name }) => name),
    cursor: { columns: cursor, nulls },
  })

function conditionOf(cursor: string, window: Window) {
  const { sql, binds } = windowCondition(over([cursor]), columns, window)
  const texts = Object.fromEntries(
    Object.entries(binds).map(([name, bind]) => [name, (bind as { readonly val: string }).val]),
  )
  return { sql, texts }
}

describe('the condition of a window', () => {
  test('of dates is a closed stretch, its ends bound with their format and calendar', () => {
    expect(conditionOf('D', { from: '2026-01-01T00:00:00', to: '2026-01-02T00:00:00' })).toEqual({
      sql:
        `"D" >= TO_DATE(:FINDATA_FROM, 'SYYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN') AND ` +
        `"D" <= TO_DATE(:FINDATA_TO, 'SYYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN')`,
      texts: { FINDATA_FROM: '2026-01-01T00:00:00', FINDATA_TO: '2026-01-02T00:00:00' },
    })
  })

  test('of timestamps has all nine digits', () => {
    const { sql, texts } = conditionOf('T', { from: null, to: '2026-01-02T00:00:00.5' })
    expect(sql).toContain(`"T" <= TO_TIMESTAMP(:FINDATA_TO, 'SYYYY-MM-DD"T"HH24:MI:SS.FF9'`)
    expect(texts).toEqual({ FINDATA_TO: '2026-01-02T00:00:00.500000000' })
  })

  test('of instants says UTC', () => {
    const { sql, texts } = conditionOf('Z', { from: null, to: '2026-01-02T00:00:00Z' })
    expect(sql).toContain(`"Z" <= TO_TIMESTAMP_TZ(:FINDATA_TO, 'SYYYY-MM-DD"T"HH24:MI:SS.FF9TZH:TZM'`)
    expect(texts).toEqual({ FINDATA_TO: '2026-01-02T00:00:00.000000000+00:00' })
  })

  test.each([
    ['7', '7', '1'],
    ['-0.05', '-5', '100'],
    ['120.25', '12025', '100'],
    ['0', '0', '1'],
  ])('of numbers has %s as %s by %s, which no setting of a session reads otherwise', (value, units, unit) => {
    expect(conditionOf('N', { from: null, to: value })).toEqual({
      sql: '"N" <= TO_NUMBER(:FINDATA_TO) / TO_NUMBER(:FINDATA_TO_UNIT)',
      texts: { FINDATA_TO: units, FINDATA_TO_UNIT: unit },
    })
  })

  test.each([
    ['include', /^\(COALESCE\("D", "Made At"\) <= .* OR COALESCE\("D", "Made At"\) IS NULL\)$/],
    ['fail', /^\(COALESCE\("D", "Made At"\) <= .* OR COALESCE\("D", "Made At"\) IS NULL\)$/],
    ['exclude', /^COALESCE\("D", "Made At"\) <= [^)]*\)$/],
  ] as const)('with NULLs that it is to %s', (nulls, sql) => {
    const window = { from: null, to: '2026-01-02T00:00:00' }
    expect(windowCondition(over(['D', 'Made At'], nulls), columns, window).sql).toMatch(sql)
  })
})

test('the maximum is that of all rows of the moment', () => {
  expect(maximumQuery(over(['N']), { scn: '7' }).sql).toBe(
    'SELECT MAX("N") FROM (SELECT * FROM THINGS\n) AS OF SCN TO_NUMBER(:FINDATA_SCN)',
  )
})
