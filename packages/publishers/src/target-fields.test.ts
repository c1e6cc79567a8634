import { catalogue, type FieldKind } from '@findata/core'
import { expect, test } from 'vitest'
import { toDestinations } from './define-destinations.ts'
import { compileComparedValues, toTargetFields } from './target-fields.ts'

const { mapping } = toDestinations({}, catalogue.recordTypes, 'findata.config.ts').mapping(
  'task_orders',
  'socrata',
)
const taskOrders = catalogue.get('task_orders')
const described = new Map(
  mapping.fields.map(({ field }) => [field, { label: field.toUpperCase(), kind: 'text' as const }]),
)

test('fields say what they are compared as, and which money column alone fills them', () => {
  const fields = toTargetFields(mapping, taskOrders, described)

  const common = { isIgnoredInDiff: false }
  expect(fields.find(({ name }) => name === 'task_order')).toEqual({
    ...common,
    name: 'task_order',
    label: 'TASK_ORDER',
    kind: 'text',
    isKey: true,
  })
  expect(fields.find(({ name }) => name === 'balance')).toEqual({
    ...common,
    name: 'balance',
    label: 'BALANCE',
    kind: 'text',
    isKey: false,
    money: { column: 'TASK_ORDER_BAL', scale: 2 },
  })
})

test('A29: a sorted list is compared as a list, also where a text field holds it', () => {
  const fields = toTargetFields(mapping, taskOrders, described)

  expect(fields.filter(({ kind }) => kind === 'list').map(({ name }) => name)).toEqual(['buyer_fdus'])
})

test('a field that the destination does not describe is a defect of the caller', () => {
  expect(() => toTargetFields(mapping, taskOrders, new Map())).toThrow(RangeError)
})

test('A43: the mark of departed records is a field of its own, in which only the mark itself counts', () => {
  const departed = { action: 'flag', field: 'gone', value: 'yes', maxRecords: 5 } as const
  const flagging = { ...mapping, departed }
  const fields = toTargetFields(
    flagging,
    taskOrders,
    new Map<string, { label: string; kind: FieldKind }>([
      ...described,
      ['gone', { label: 'Gone', kind: 'boolean' }],
    ]),
  )
  const others = mapping.fields.map(() => 'x')
  const compared = compileComparedValues(flagging, fields)

  expect(fields.at(-1)).toEqual({
    name: 'gone',
    label: 'Gone',
    kind: 'boolean',
    isKey: false,
    isIgnoredInDiff: false,
  })
  expect(compared([...others, 'true'])).toEqual([...others, 'true'])
  expect(compared([...others, 'No'])).toEqual([...others, null])
  expect(compared([...others, 'by hand'])).toEqual([...others, null])
})
