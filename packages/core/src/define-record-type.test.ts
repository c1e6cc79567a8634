import { describe, expect, test } from 'vitest'
import { defineRecordType, type RecordTypeInput } from './define-record-type.ts'

const input: RecordTypeInput = {
  name: 'receipts',
  query: 'SELECT ID, LINE, AMOUNT, NOTE FROM RECEIPTS WHERE OFFICE IN (:offices) AND KIND = :kind',
  binds: { offices: ['10', '20'], kind: 'CASH' },
  columns: ['ID', 'LINE', 'AMOUNT', 'NOTE'],
  rowKey: ['ID', { column: 'LINE', isNullable: true }],
  money: ['AMOUNT'],
}

const A_CURSOR =
  'it is a column or COALESCE(A, B, …); a name that is not in upper case stands in double quotes'

/** What a person who writes JavaScript or JSON can get wrong, types or not. */
function mistakesOf(change: Readonly<Record<string, unknown>>): string {
  try {
    defineRecordType({ ...input, ...change } as RecordTypeInput)
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    return (error as Error).message
  }
  throw new Error('The record type was accepted')
}

test('A18: a record type needs a name, a query, columns and a row key; the rest has defaults', () => {
  const { name, query, columns, rowKey } = input
  const plain = query.slice(0, query.indexOf(' WHERE'))
  expect(defineRecordType({ name, query: `\n  ${plain}\n`, columns, rowKey })).toEqual({
    name,
    description: 'receipts',
    query: plain,
    binds: {},
    columns,
    rowKey: [
      { column: 'ID', isNullable: false },
      { column: 'LINE', isNullable: true },
    ],
    entityKey: [
      { column: 'ID', isNullable: false },
      { column: 'LINE', isNullable: true },
    ],
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
    maxExecutions: 2,
    statementTimeoutMs: 600_000,
    maxLobLength: 1_000_000,
  })
})

test('a money column has two digits after the point unless it says otherwise', () => {
  expect(defineRecordType(input).money).toEqual([{ column: 'AMOUNT', scale: 2 }])
  const money = [{ column: 'AMOUNT', scale: 4 }]
  expect(defineRecordType({ ...input, money }).money).toEqual(money)
})

test('the query may be executed once alone where the source is not asked for totals', () => {
  const once = { ...input, maxExecutions: 1, sourceTotals: 'off' } as const
  expect(defineRecordType(once)).toMatchObject({ maxExecutions: 1 })
})

test('a limit that is set leaves the other limits at their defaults', () => {
  const { guards } = defineRecordType({ ...input, guards: { maxShrinkPercent: 2.5 } })
  expect(guards).toMatchObject({ maxShrinkPercent: 2.5, minRows: 1, maxConflicts: 0 })
})

test.each([
  "SELECT ID, LINE, AMOUNT, NOTE FROM R WHERE NOTE <> ':x; ' AND OFFICE IN (:offices) AND KIND = :kind",
  'SELECT ID, LINE, AMOUNT, ":x;" AS NOTE FROM R WHERE OFFICE IN ( :OFFICES ) AND KIND = : kind',
  'SELECT ID, LINE, AMOUNT, NOTE FROM R -- :x;\n WHERE OFFICE IN (:offices) /* :y; */ AND KIND = :kind',
  "with R as (SELECT * FROM T WHERE NOTE = q'[it's :x;]') SELECT * FROM R WHERE O IN (:offices) OR K = :kind",
])('strings, quoted names and comments in a query are not read as SQL: %s', (query) => {
  expect(defineRecordType({ ...input, query }).query).toBe(query)
})

describe('is refused with the place of the mistake', () => {
  test.each<[change: Readonly<Record<string, unknown>>, mistake: string]>([
    [{ name: 'Receipts' }, 'name: is no name'],
    [{ name: '../receipts' }, 'name: is no name'],
    [{ query: undefined }, 'query: expected string, but it is missing'],
    [{ query: 'DELETE FROM T', binds: {} }, 'query: does not begin with SELECT or WITH'],
    [{ query: `${input.query};` }, 'query: has a semicolon'],
    [{ binds: { kind: 'CASH' } }, 'query: has the placeholder :OFFICES, and binds has no value for it'],
    [{ binds: { ...input.binds, extra: 'x' } }, 'binds.extra: is not in the query: it has no :extra'],
    [
      { binds: { ...input.binds, kind: ['CASH'] } },
      'binds.kind: is a list, so the query needs it in parentheses: IN (:kind)',
    ],
    [{ binds: { ...input.binds, offices: [] } }, 'binds.offices: needs at least one text'],
    [
      { binds: { ...input.binds, offices: ['10', ''] } },
      'binds.offices[1]: is empty, which Oracle reads as NULL',
    ],
    [
      { query: `${input.query} AND Z = :findata_scn`, binds: { ...input.binds, findata_scn: '1' } },
      'binds.findata_scn: begins with FINDATA_, as the names do that are added to every query',
    ],
    [{ columns: ['ID', 'LINE', 'AMOUNT', 'FINDATA_HASH'] }, 'columns[3]: begins with FINDATA_'],
    [{ columns: [] }, 'columns: needs at least one column'],
    [{ columns: ['ID', 'LINE', 'AMOUNT', 'ID'] }, 'columns[3]: ID is there twice'],
    [{ columns: ['ID', 'LINE', 'AMOUNT', 'A"B'] }, 'columns[3]: is no column name'],
    [{ columns: 'ID, LINE' }, 'columns: expected array, received string'],
    [{ rowKey: [] }, 'rowKey: needs at least one column'],
    [{ rowKey: ['IDD'] }, 'rowKey[0]: IDD is not among the columns; did you mean ID?'],
    [{ rowKey: [{ column: 'ID' }] }, 'rowKey[0].isNullable: expected boolean, but it is missing'],
    [{ rowKey: ['ID', 'AMOUNT'] }, 'rowKey[1]: AMOUNT is money, and an amount is never part of a key'],
    [{ entityKey: ['ID', 'ID'] }, 'entityKey[1]: ID is there twice'],
    [{ entityKey: ['AMOUNT'] }, 'entityKey[0]: AMOUNT is money'],
    [{ coalesced: ['NOTES'] }, 'coalesced[0]: NOTES is not among the columns; did you mean NOTE?'],
    [{ coalesced: ['LINE'] }, 'coalesced[0]: LINE is part of the entity key'],
    [{ coalesced: ['AMOUNT'] }, 'coalesced[0]: AMOUNT is money, and amounts are not joined'],
    [{ money: ['TOTAL'] }, 'money[0]: TOTAL is not among the columns'],
    [{ money: [{ column: 'AMOUNT', scale: 1.5 }] }, 'money[0].scale: expected int, received number'],
    [
      { publicColumns: ['amount'] },
      'publicColumns[0]: amount is not among the columns; did you mean AMOUNT?',
    ],
    [{ guards: { maxShrinkPercent: 101 } }, 'guards.maxShrinkPercent: '],
    [{ guards: { maxShrinkPercent: 0.001 } }, 'guards.maxShrinkPercent: has more than two digits'],
    [{ guards: { maxShrinkage: 1 } }, 'guards.maxShrinkage: is not a setting'],
    [{ sourceTotals: false }, 'sourceTotals: '],
    [
      { maxExecutions: 1 },
      'maxExecutions: is 1, and with sourceTotals on the query is executed twice, for the totals and for the rows: make it 2, or set sourceTotals to off',
    ],
    [{ maxExecutions: 1, sourceTotals: 'full' }, 'maxExecutions: is 1, and with sourceTotals full'],
    [{ maxExecutions: 0, sourceTotals: 'off' }, 'maxExecutions: '],
    [{ statementTimeoutMs: 600 }, 'statementTimeoutMs: is less than a second'],
    [{ maxLobLength: 0 }, 'maxLobLength: '],
    [{ colums: ['ID'] }, 'colums: is not a setting'],
    [{ cursor: 'NVL(NOTE, ID)' }, `cursor: is "NVL(NOTE, ID)": ${A_CURSOR}`],
    [{ cursor: 'NOTE; DROP TABLE x' }, `cursor: is "NOTE; DROP TABLE x": ${A_CURSOR}`],
    [{ cursor: '"LineNo" + 1' }, `cursor: is "\\"LineNo\\" + 1": ${A_CURSOR}`],
    [{ cursor: '' }, `cursor: is empty: ${A_CURSOR}`],
    [{ cursor: 5 }, `cursor: is 5: ${A_CURSOR}`],
    [{ cursor: null }, `cursor: is null: ${A_CURSOR}`],
    [{ cursor: ['NOTE'] }, `cursor: is ["NOTE"]: ${A_CURSOR}`],
    [{ cursor: { expression: 'NVL(NOTE, ID)' } }, `cursor.expression: is "NVL(NOTE, ID)": ${A_CURSOR}`],
    [{ cursor: {} }, `cursor.expression: is missing: ${A_CURSOR}`],
    [{ cursor: { nulls: 'fail' } }, `cursor.expression: is missing: ${A_CURSOR}`],
    [{ cursor: { column: 'NOTE' } }, `cursor.expression: is missing: ${A_CURSOR}`],
    [{ cursor: { column: 'NOTE' } }, 'cursor.column: is not a setting'],
    [
      { cursor: { expression: 'NOTE', nulls: 'exlude' } },
      'cursor.nulls: is "exlude": it is include, exclude or fail; did you mean exclude?',
    ],
    [{ cursor: { expression: 'NOTE', nulls: 1 } }, 'cursor.nulls: is 1: it is include, exclude or fail\n'],
    [{ cursor: { columns: ['NOTE'], nulls: 'failed' } }, 'cursor.nulls: is "failed"'],
    [{ cursor: { columns: [] } }, 'cursor.columns: needs at least one column'],
    [{ cursor: { columns: [''] } }, 'cursor.columns[0]: is no column name'],
    [
      { cursor: { columns: ['ID'], expression: 'NOTE' } },
      'cursor.expression: stands beside columns: it needs one of them',
    ],
    [{ cursor: '"Note"' }, 'cursor: "Note" is not among the columns; did you mean NOTE?'],
    [{ cursor: 'COALESCE(NOTES, ID)' }, 'cursor: NOTES is not among the columns; did you mean NOTE?'],
    [{ cursor: 'COALESCE(ID, ID)' }, 'cursor: ID is there twice'],
    [{ cursor: { expression: 'Notes' } }, 'cursor.expression: NOTES is not among the columns'],
    [{ cursor: { columns: ['ID', 'Note'] } }, 'cursor.columns[1]: Note is not among the columns'],
  ])('%j', (change, mistake) => {
    expect(`${mistakesOf(change)}\n`).toContain(`\n  ${mistake}`)
  })

  test.each([
    [
      'Changed',
      'cursor',
      'CHANGED is not among the columns: a name that is not in upper case stands in double quotes, so write "Changed"',
    ],
    [
      { expression: 'COALESCE(changed, ID)' },
      'cursor.expression',
      'CHANGED is not among the columns: a name that is not in upper case stands in double quotes, so write "Changed"',
    ],
    ['Chnaged', 'cursor', 'CHNAGED is not among the columns; did you mean "Changed"?'],
    ['"Chnaged"', 'cursor', '"Chnaged" is not among the columns; did you mean "Changed"?'],
  ])('a column that is not in upper case, written %j', (cursor, path, mistake) => {
    const change = { columns: [...input.columns, 'Changed'], cursor }
    expect(mistakesOf(change)).toContain(`\n  ${path}: ${mistake}`)
  })

  test('A14: numbers among the values to bind, since Oracle would compare the column as a number', () => {
    const message = mistakesOf({ binds: { offices: [10, '20'], kind: 7 } })
    expect(message).toContain('binds.offices[0]: is not text: put it in quotes')
    expect(message).toContain('binds.kind: is not text')
    expect(message).not.toContain('binds.offices[1]')
  })

  test('all mistakes at once', () => {
    const message = mistakesOf({
      rowKey: ['IDD'],
      money: ['AMOUNTS'],
      query: 'SELECT 1 FROM DUAL;',
      binds: {},
    })
    expect(message.split('\n')).toEqual([
      'The record type "receipts" is not usable:',
      expect.stringContaining('query: has a semicolon'),
      expect.stringContaining('rowKey[0]: IDD'),
      expect.stringContaining('money[0]: AMOUNTS'),
    ])
  })

  test('nothing at all', () => {
    expect(() => defineRecordType(undefined as unknown as RecordTypeInput)).toThrow('is not usable')
  })
})
