import { describe, expect, test } from 'vitest'
import { compileCursor, cursorKindOf } from './cursor-of-rows.ts'
import { parseCursor } from './parse-cursor.ts'
import type { ColumnType, SourceColumn } from './row-schema.ts'

const column = (name: string, type: ColumnType): SourceColumn => ({ name, type, isNullable: true })
const columns = [
  column('ID', { kind: 'number' }),
  column('D1', { kind: 'date' }),
  column('D2', { kind: 'date' }),
  column('T3', { kind: 'timestamp', fractionalDigits: 3 }),
  column('T9', { kind: 'timestamp', fractionalDigits: 9 }),
  column('V', { kind: 'text' }),
  column('B', { kind: 'binary-double' }),
]
const kindOf = (...names: string[]) =>
  cursorKindOf({ name: 'things', cursor: { columns: names, nulls: 'include' } }, columns)

describe('a cursor', () => {
  test('is of the kind of its columns, whatever their precision', () => {
    expect(kindOf('ID')).toBe('number')
    expect(kindOf('D1', 'D2')).toBe('date')
    expect(kindOf('T3', 'T9')).toBe('timestamp')
  })

  test.each([
    [['V'], 'V is text, which has no distance'],
    [['B'], 'B is a binary-double'],
    [['D1', 'T3'], 'D1 is a date and T3 a timestamp: convert one of them'],
    [['GONE'], 'GONE is not among its columns'],
    [['D1" OR 1=1 --'], 'is not among its columns'],
  ])('%s is refused with the reason', (names, why) => {
    expect(() => kindOf(...names)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(() => kindOf(...names)).toThrow(why)
  })

  test('that is missing means that there are no windows', () => {
    expect(() => cursorKindOf({ name: 'things' }, columns)).toThrow('things has no cursor')
  })

  test('of several columns has the first value that is not NULL', () => {
    const cursorValueOf = compileCursor({ columns: ['D2', 'D1'], nulls: 'include' }, columns)
    expect(cursorValueOf(['1', 'd1', 'd2', null, null, null, null])).toBe('d2')
    expect(cursorValueOf(['1', 'd1', null, null, null, null, null])).toBe('d1')
    expect(cursorValueOf(['1', null, null, null, null, null, null])).toBeNull()
  })
})

describe('a cursor expression', () => {
  test.each([
    ['changed', ['CHANGED']],
    [' "Last Update" ', ['Last Update']],
    ['coalesce(LAST_UPDATE_DATE, "Created")', ['LAST_UPDATE_DATE', 'Created']],
    ['COALESCE ( A , B , C )', ['A', 'B', 'C']],
    ['"COALESCE(A, B)"', ['COALESCE(A, B)']],
  ])('%s names columns', (expression, names) => {
    expect(parseCursor(expression)).toEqual(names)
  })

  test.each([
    'CHANGED OR 1=1',
    'CHANGED)',
    'CHANGED--',
    'CHANGED; DROP TABLE THINGS',
    'CHANGED, ID',
    'NVL(A, B)',
    'COALESCE(A)',
    'COALESCE(A, SYSDATE + 1)',
    'COALESCE(A, (SELECT 1 FROM DUAL))',
    'COALESCE(A, COALESCE(B, C))',
    'COALESCE(A, B) OR 1=1',
    "COALESCE(A, 'x')",
    '"A" "B"',
    '"A""B"',
    '"A',
    '""',
    '"A\n"',
    't.CHANGED',
    'COALESCE(A, \u017fTAMP)',
    'COALESCE(A, B\u212a)',
    'COALE\u017fCE(A, B)',
    ':x',
    '1',
    '',
  ])('%j is none', (expression) => {
    expect(parseCursor(expression)).toBeUndefined()
  })
})
