import { catalogue } from '@findata/core'
import { expect, test } from 'vitest'
import { compileKeyMatch, parseTraceKey, wholeKey } from './trace-key.ts'
import { narrowTo } from './trace-oracle.ts'

const taskOrders = catalogue.get('task_orders')
const units = catalogue.get('units')
const WHOLE = {
  columns: [
    { column: 'TASK_ORDER_DEPT', value: '2400' },
    { column: 'TASK_ORDER_ID', value: '24ROW51000' },
  ],
}

test.each([
  ['one value', ['24ROW51000'], { anyColumn: '24ROW51000' }],
  ['all values in order', ['2400', '24ROW51000'], WHOLE],
  ['pairs', ['TASK_ORDER_DEPT=2400', 'task_order_id=24ROW51000'], WHOLE],
  ['a whole key as messages write it', ['TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000'], WHOLE],
  [
    'a value with a comma and a sign',
    ['TASK_ORDER_ID=a, b=c'],
    { columns: [{ column: 'TASK_ORDER_ID', value: 'a, b=c' }] },
  ],
] as const)('%s name a record', (_, texts, key) => {
  expect(parseTraceKey(taskOrders, texts)).toEqual(key)
})

test.each([
  [['1', '2', '3'], '3 values were given, and its key has 2 columns.'],
  [['TASK_ORDER_DEP=2400'], 'TASK_ORDER_DEP is no column of its key; did you mean TASK_ORDER_DEPT?'],
  [['TASK_ORDER_DEPT=2400', '24ROW51000'], '"24ROW51000" does not say its column.'],
] as const)('%j is refused', (texts, why) => {
  expect(() => parseTraceKey(taskOrders, texts)).toThrow(why)
})

test('a key is whole when every column has a value', () => {
  expect(wholeKey(WHOLE, taskOrders)).toEqual(['2400', '24ROW51000'])
  expect(wholeKey({ anyColumn: '2400' }, taskOrders)).toBeUndefined()
  expect(wholeKey({ anyColumn: '1001' }, units)).toEqual(['1001'])
})

const column = (name: string, kind: 'number' | 'text') => ({
  name,
  type: { kind },
  isNullable: true,
  ordinal: 1,
})

test('a number is found however it is written, and a text is no number', () => {
  const schema = { columns: [column('DEPT_UNIT_ID', 'number')] }
  const isMatch = (text: string) =>
    compileKeyMatch({ anyColumn: text }, units.entityKey, schema)(['13240.01'])
  expect(['13240.01', '13240.010', '013240.01', '13240', '24ROW51000'].map(isMatch)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})

test('the key is bound and never part of the SQL, and a number column is asked only for numbers', () => {
  const columns = [column('TASK_ORDER_DEPT', 'number'), column('TASK_ORDER_ID', 'text')]
  const narrowed = narrowTo(taskOrders, columns, { anyColumn: `x' OR '1'='1` })
  expect(narrowed?.query.endsWith('WHERE "TASK_ORDER_ID" = :trace_key_1')).toBe(true)
  expect(narrowed?.binds).toEqual({ ...taskOrders.binds, trace_key_1: `x' OR '1'='1` })
  expect(narrowTo(units, [column('DEPT_UNIT_ID', 'number')], { anyColumn: '24ROW51000' })).toBeUndefined()
})
