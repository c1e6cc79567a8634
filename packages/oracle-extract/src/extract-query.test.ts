import type { SourceColumn } from '@findata/core'
import oracledb from 'oracledb'
import { describe, expect, test } from 'vitest'
import { testRecordType } from '../test/support/record-type.ts'
import { boundQuery, extractQuery } from './extract-query.ts'

const text = (val: string) => ({ dir: oracledb.BIND_IN, type: oracledb.DB_TYPE_VARCHAR, val })

describe('binds', () => {
  test('A14: a list becomes one text placeholder for each of its texts', () => {
    const units = testRecordType({
      query: 'SELECT ID FROM UNITS WHERE DEPT IN (:depts) AND KIND = :kind',
      columns: ['ID'],
      binds: { depts: ['2400', '6200'], kind: 'A' },
    })
    expect(boundQuery(units)).toEqual({
      sql: 'SELECT ID FROM UNITS WHERE DEPT IN (:depts_1, :depts_2) AND KIND = :kind',
      binds: { DEPTS_1: text('2400'), DEPTS_2: text('6200'), KIND: text('A') },
    })
  })

  test('an empty list finds nothing', () => {
    const units = testRecordType({
      query: 'SELECT ID FROM UNITS WHERE DEPT IN (:depts)',
      columns: ['ID'],
      binds: { depts: [] },
    })
    expect(boundQuery(units)).toEqual({ sql: 'SELECT ID FROM UNITS WHERE DEPT IN (NULL)', binds: {} })
  })

  test('what looks like a placeholder in text, names and comments is left alone', () => {
    const query = `SELECT ':depts', q'[it's :depts]', ":depts" -- :depts
      /* :depts */ FROM UNITS WHERE DEPT IN (:depts) AND T = TO_DATE('10:20', 'HH24:MI')`
    const units = testRecordType({ query, columns: ['ID'], binds: { depts: ['2400'] } })
    expect(boundQuery(units).sql).toBe(query.replace('(:depts)', '(:depts_1)'))
  })

  test('a placeholder without a value and a value without a placeholder are refused by name', () => {
    const query = 'SELECT ID FROM UNITS WHERE DEPT = :dept'
    const columns = ['ID']
    expect(() => boundQuery(testRecordType({ query, columns }))).toThrow('its placeholder :dept has no value')
    expect(() => boundQuery(testRecordType({ query, columns, binds: { dept: '1', other: '2' } }))).toThrow(
      'it has no placeholder :OTHER',
    )
  })

  test('a list never takes the place of another placeholder', () => {
    const units = testRecordType({
      query: 'SELECT ID FROM UNITS WHERE DEPT IN (:d) AND X = :d_1',
      columns: ['ID'],
      binds: { d: ['1'], d_1: '2' },
    })
    expect(() => boundQuery(units)).toThrow('the name that a text of the list :d gets')
  })
})

describe('the statement that reads rows', () => {
  const things = testRecordType({ query: 'SELECT * FROM THINGS -- all', columns: ['ID'] })
  const column = (name: string, type: SourceColumn['type']): SourceColumn => ({
    name,
    type,
    isNullable: true,
  })

  test('A3: columns are named one by one, in order, dates and timestamps as text', () => {
    const { sql } = extractQuery(things, [
      column('ID', { kind: 'number' }),
      column('Mixed Case', { kind: 'text' }),
      column('D', { kind: 'date' }),
      column('T6', { kind: 'timestamp', fractionalDigits: 6 }),
      column('T0', { kind: 'timestamp', fractionalDigits: 0 }),
      column('Z', { kind: 'timestamp-with-time-zone', fractionalDigits: 9 }),
    ])
    expect(sql).toBe(
      'SELECT "ID", "Mixed Case", ' +
        `TO_CHAR("D", 'SYYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN') AS "D", ` +
        `TO_CHAR("T6", 'SYYYY-MM-DD"T"HH24:MI:SS.FF6', 'NLS_CALENDAR=GREGORIAN') AS "T6", ` +
        `TO_CHAR("T0", 'SYYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN') AS "T0", ` +
        `TO_CHAR(SYS_EXTRACT_UTC("Z"), 'SYYYY-MM-DD"T"HH24:MI:SS.FF9', 'NLS_CALENDAR=GREGORIAN') AS "Z" ` +
        'FROM (SELECT * FROM THINGS -- all\n)',
    )
  })

  test('a name with a quote in it never reaches Oracle', () => {
    expect(() => extractQuery(things, [column('A" FROM SECRETS --', { kind: 'text' })])).toThrow(
      'has a quote in it',
    )
  })
})
