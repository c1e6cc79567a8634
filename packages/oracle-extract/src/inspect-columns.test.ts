import type { Column, ColumnType } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { testRecordType } from '../test/support/record-type.ts'
import type { DescribedColumn } from './describe-query.ts'
import { changeFindings, columnFindings, countFindings } from './inspect-columns.ts'

const described = (
  name: string,
  sourceType: string,
  type: ColumnType | undefined,
  isNullable = false,
): DescribedColumn => ({ name, sourceType, ...(type && { type }), isNullable })

const id = described('ID', 'NUMBER(10)', { kind: 'number', precision: 10, scale: 0 })
const told = (findings: readonly { level: string; about: string; detail: string }[]) =>
  findings.map(({ level, about, detail }) => `${level} ${about}: ${detail}`)

const things = testRecordType({ query: 'SELECT * FROM THINGS', columns: ['ID', 'V'] })

describe('columns', () => {
  const findingsOf = (given: Partial<typeof things>, ...columns: DescribedColumn[]) =>
    told(columnFindings({ ...things, ...given }, { columns, missing: [], repeated: [] }))

  test('a source that is as declared has nothing to tell', () => {
    expect(findingsOf({}, id)).toEqual([])
  })

  test('a key that may be NULL is a warning, unless it is declared so', () => {
    const key = { ...id, isNullable: true }
    expect(findingsOf({}, key)).toEqual([
      'warning ID: Oracle allows NULL there, and a NULL in a key stops the run',
    ])
    const nullable = [{ column: 'ID', isNullable: true }]
    expect(findingsOf({ rowKey: nullable, entityKey: nullable }, key)).toEqual([])
  })

  test.each([
    ['CLOB', 'clob'],
    ['BLOB', 'blob'],
    ['BINARY_DOUBLE', 'binary-double'],
    ['BINARY_FLOAT', 'binary-float'],
  ] as const)('a key of %s is a problem', (sourceType, kind) => {
    expect(findingsOf({}, described('ID', sourceType, { kind }))).toEqual([
      `problem ID: cannot be used as declared: part of a key, but ${sourceType}`,
    ])
  })

  test.each([
    ['NUMBER(18,2)', { precision: 18, scale: 2 }, []],
    ['NUMBER(10,-2)', { precision: 10, scale: -2 }, []],
    [
      'NUMBER(18,4)',
      { precision: 18, scale: 4 },
      ['warning V: NUMBER(18,4) allows more digits after the point than the declared 2'],
    ],
    ['NUMBER', {}, ['warning V: NUMBER allows more digits after the point than the declared 2']],
  ])('money of scale 2 in %s', (sourceType, format, expected) => {
    const amount = described('V', sourceType, { kind: 'number', ...format }, true)
    expect(findingsOf({ money: [{ column: 'V', scale: 2 }] }, id, amount)).toEqual(expected)
  })

  test('money that is no NUMBER, and a type without agreed text, are problems', () => {
    const columns = [
      id,
      described('V', 'BINARY_DOUBLE', { kind: 'binary-double' }),
      described('X', 'LONG', undefined),
    ]
    expect(findingsOf({ money: [{ column: 'V', scale: 2 }] }, ...columns)).toEqual([
      'problem V: cannot be used as declared: money, but BINARY_DOUBLE and not NUMBER',
      'problem X: cannot be used as declared: LONG',
    ])
  })

  const changed = described('CHANGED', 'DATE', { kind: 'date' }, true)
  const created = described('CREATED', 'TIMESTAMP(6)', { kind: 'timestamp', fractionalDigits: 6 }, true)
  test('a cursor that may be NULL is told as its mode takes it', () => {
    const cursor = { columns: ['CHANGED'] }
    expect(findingsOf({ cursor: { ...cursor, nulls: 'include' } }, id, changed)).toEqual([])
    expect(findingsOf({ cursor: { ...cursor, nulls: 'exclude' } }, id, changed)).toEqual([
      'warning CHANGED: Oracle allows NULL there, and rows without a cursor value are never read',
    ])
    expect(findingsOf({ cursor: { ...cursor, nulls: 'fail' } }, id, changed)).toEqual([
      'warning CHANGED: Oracle allows NULL there, and a NULL in the cursor stops the run',
    ])
    const filled = { ...changed, isNullable: false }
    expect(findingsOf({ cursor: { ...cursor, nulls: 'fail' } }, id, filled)).toEqual([])
  })

  test('a number as the cursor needs an execution for its maximum', () => {
    const cursor = { columns: ['ID'], nulls: 'fail' } as const
    const tooFew = 'and a run with a window takes'
    expect(findingsOf({ cursor }, id)).toEqual([
      `warning maxExecutions: 2, ${tooFew} 3: one is for the highest number of the cursor`,
    ])
    expect(findingsOf({ cursor, sourceTotals: 'off' }, id)).toEqual([])
    expect(findingsOf({ cursor, sourceTotals: 'off', maxExecutions: 1 }, id)).toEqual([
      expect.stringContaining(`${tooFew} 2`),
    ])
    expect(findingsOf({ cursor, maxExecutions: 3 }, id)).toEqual([])
  })

  test('columns of several types are no cursor, nor is text', () => {
    expect(
      findingsOf({ cursor: { columns: ['CHANGED', 'CREATED'], nulls: 'include' } }, id, changed, created),
    ).toEqual(['problem CHANGED, CREATED: a cursor of several types: DATE, TIMESTAMP(6)'])
    const text = described('V', 'VARCHAR2(9)', { kind: 'text', size: 9 })
    expect(findingsOf({ cursor: { columns: ['V'], nulls: 'include' } }, id, text)).toEqual([
      'problem V: a VARCHAR2(9) cannot be a cursor',
    ])
  })
})

test('changes since the last run are told by column', () => {
  const previous: Column[] = [
    { ...id, type: { kind: 'number', precision: 8, scale: 0 }, ordinal: 1 },
    { name: 'V', type: { kind: 'text', size: 40 }, isNullable: true, ordinal: 2 },
    { name: 'OLD', type: { kind: 'date' }, isNullable: true, ordinal: 3 },
    { name: 'GONE', type: { kind: 'date' }, isNullable: true, ordinal: 4 },
  ]
  const recordType = testRecordType({ query: 'SELECT * FROM THINGS', columns: ['ID', 'V', 'GONE', 'FRESH'] })
  const now = [
    id,
    described('V', 'VARCHAR2(40)', { kind: 'text', size: 40 }),
    described('FRESH', 'NUMBER(18,2)', { kind: 'number', precision: 18, scale: 2 }),
  ]
  expect(told(changeFindings(recordType, previous, now))).toEqual([
    'change OLD: is no longer declared',
    'change GONE: is gone',
    'change ID: was NUMBER(8) and is NUMBER(10)',
    'change V: can no longer be NULL',
    'change FRESH: is new: NUMBER(18,2)',
  ])
  expect(changeFindings(recordType, [{ ...id, type: id.type as ColumnType, ordinal: 1 }], [id])).toEqual([])
})

test('counts are told where a key does not hold what it promises', () => {
  const key = (column: string) => [{ column, isNullable: false }]
  const objects = { ...things, rowKey: key('ID'), entityKey: key('V') }
  const counts = { rows: 10, rowKeys: 10, entityKeys: 10, nullKeys: 0 }
  expect(countFindings(objects, counts)).toEqual([])
  expect(told(countFindings(objects, { ...counts, rowKeys: 9, entityKeys: 7, nullKeys: 1 }))).toEqual([
    'problem ID, V: NULL in 1 row, and not declared nullable',
    'warning ID: 10 rows have 9 row keys, more than the 5 % of duplicates that may be there; counting does not tell equal rows from different ones',
    'warning V: 9 row keys make 7 entities, and no column is coalesced',
  ])
  const some = { ...objects, guards: { ...objects.guards, maxDuplicatePercent: 10 }, entityKey: key('ID') }
  expect(told(countFindings(some, { ...counts, rowKeys: 9, entityKeys: 9 }))).toEqual([
    'note ID: 10 rows have 9 row keys, within the 10 % of duplicates that may be there; counting does not tell equal rows from different ones',
  ])
  expect(countFindings({ ...objects, coalesced: ['X'] }, { ...counts, entityKeys: 7 })).toEqual([])
})
