import {
  type ColumnType,
  defineRecordType,
  freezeOrdinals,
  openScratchFolder,
  type RowBatch,
} from '@findata/core'
import type { SocrataColumn } from '@findata/sandbox'
import { describe, expect, test } from 'vitest'
import { toDestinations } from '../src/define-destinations.ts'
import type { FieldInput, MappingInput } from '../src/destination-input.ts'
import type { SocrataDestination } from '../src/mapping.ts'
import { createSocrataPublisher } from '../src/socrata/socrata-publisher.ts'
import { DATASET, openScene, type SocrataScene, sampleRows } from './socrata-scene.ts'

const recordType = defineRecordType({
  name: 'orders',
  query: 'SELECT ID, NAME, AMOUNT, OPENED FROM T',
  columns: ['ID', 'NAME', 'AMOUNT', 'OPENED'],
  rowKey: ['ID'],
  money: ['AMOUNT'],
  publicColumns: ['ID', 'NAME', 'AMOUNT', 'OPENED'],
})
const TYPES: Readonly<Record<string, ColumnType>> = { AMOUNT: { kind: 'number' }, OPENED: { kind: 'date' } }
const { schema } = freezeOrdinals(
  recordType.columns.map((name) => ({ name, type: TYPES[name] ?? { kind: 'text' }, isNullable: true })),
)

const ID: FieldInput = { field: 'id', from: 'ID', isKey: true }
const NAME: FieldInput = { field: 'name', from: 'NAME' }
const AMOUNT: FieldInput = { field: 'amount', from: 'AMOUNT' }
const FIELDS = [ID, NAME, AMOUNT]

async function open(
  scene: SocrataScene,
  mapping: Partial<MappingInput> = {},
  stack = new AsyncDisposableStack(),
) {
  const portal = {
    kind: 'socrata',
    recordTypes: { orders: { target: DATASET, fields: FIELDS, ...mapping } },
  }
  const destination = toDestinations({ portal }, [recordType], 'test').get('portal') as SocrataDestination
  const scratch = stack.use(await openScratchFolder())
  return stack.use(
    await createSocrataPublisher(destination, scene.settings).openTarget(recordType, {
      schema,
      clock: scene.clock,
      startedAt: scene.clock.now(),
      scratch,
      signal: new AbortController().signal,
      onProgress() {},
    }),
  )
}

async function* entities(...rows: RowBatch): AsyncGenerator<RowBatch> {
  yield rows
}

describe('a dataset that does not fit is refused before anything is sent', () => {
  test('A55: without a row identifier every run would append all rows', async () => {
    await using scene = await openScene([], { rowIdentifier: null })

    await expect(open(scene)).rejects.toMatchObject({
      code: 'DESTINATION_MISMATCH',
      message: expect.stringMatching(
        /Dataset ggav-ufvc \(Task orders\).*no row identifier.*append all rows again.*make id its row identifier/s,
      ),
    })
    expect(scene.server.requests().map(({ method }) => method)).toEqual(['GET'])
  })

  test('A55: another row identifier than the key', async () => {
    await using scene = await openScene([], { rowIdentifier: 'name' })

    await expect(open(scene)).rejects.toMatchObject({
      code: 'DESTINATION_MISMATCH',
      message: expect.stringContaining('its row identifier is name and the key is id'),
    })
  })

  test('A60: all columns that it lacks are named', async () => {
    await using scene = await openScene()

    await expect(
      open(scene, {
        fields: [...FIELDS, { field: 'ammount', from: 'AMOUNT' }, { field: 'opened', from: 'OPENED' }],
      }),
    ).rejects.toMatchObject({
      code: 'DESTINATION_MISMATCH',
      details: { problems: ['it has no column ammount; did you mean amount?', 'it has no column opened'] },
    })
  })

  test('A63: a key column of numbers would lose the zeros of ids', async () => {
    await using scene = await openScene([], {
      columns: [
        { fieldName: 'id', dataTypeName: 'number' },
        { fieldName: 'name', dataTypeName: 'text' },
        { fieldName: 'amount', dataTypeName: 'number' },
      ],
    })

    await expect(open(scene)).rejects.toMatchObject({
      details: {
        problems: [
          'the key column id holds numbers, and ids would lose their zeros there: make it a text column',
        ],
      },
    })
    await expect(
      open(scene, { fields: [{ ...ID, convert: { numberText: { scale: 3 } } }, NAME, AMOUNT] }),
    ).rejects.toMatchObject({ code: 'DESTINATION_MISMATCH' })
  })

  const unfit: readonly (readonly [string, SocrataColumn['dataTypeName'], FieldInput])[] = [
    ['a point', 'point', { field: 'x', from: 'NAME' }],
    ['a link', 'url', { field: 'x', from: 'NAME' }],
    ['a day in a column of numbers', 'number', { field: 'x', from: 'OPENED' }],
    ['an amount in a checkbox', 'checkbox', { field: 'x', from: 'AMOUNT' }],
    [
      'an amount with commas in a column of numbers',
      'number',
      { field: 'x', from: 'AMOUNT', convert: 'currency' },
    ],
    [
      'joined columns in a column of numbers',
      'number',
      { field: 'x', from: { columns: ['ID', 'NAME'], separator: ' ' } },
    ],
  ]
  test.for(unfit)('%s', async ([, dataTypeName, field]) => {
    await using scene = await openScene([], {
      columns: [
        { fieldName: 'id', dataTypeName: 'text' },
        { fieldName: 'x', dataTypeName },
      ],
    })

    await expect(open(scene, { fields: [ID, field] })).rejects.toMatchObject({
      code: 'DESTINATION_MISMATCH',
      details: { problems: [expect.stringContaining('the column x is')] },
    })
  })

  test('A61: a replace that would empty a column nobody maps', async () => {
    await using scene = await openScene()

    await expect(open(scene, { mode: 'replace', fields: [ID, AMOUNT] })).rejects.toMatchObject({
      details: { problems: [expect.stringContaining('the mode replace would empty name')] },
    })
  })

  test('a column that marks departed records and is not there', async () => {
    await using scene = await openScene()

    await expect(
      open(scene, { departed: { action: 'flag', field: 'gone', value: 'yes', maxRecords: 1 } }),
    ).rejects.toMatchObject({ details: { problems: ['it has no column gone'] } })
  })

  test('a column that cannot hold the flag, which would be written in every run', async () => {
    await using scene = await openScene()

    await expect(
      open(scene, {
        fields: [ID, NAME],
        departed: { action: 'flag', field: 'amount', value: 'yes', maxRecords: 1 },
      }),
    ).rejects.toMatchObject({
      details: { problems: [expect.stringContaining('the column amount is for values of the kind number')] },
    })
  })
})

test('A64: wrong credentials, a missing dataset and a record type without one have errors of their own', async () => {
  await using scene = await openScene()
  await expect(
    open({ ...scene, settings: { ...scene.settings, password: () => 'wrong' } }),
  ).rejects.toMatchObject({ code: 'DESTINATION_CREDENTIALS_REFUSED' })
  await expect(
    open({ ...scene, settings: { ...scene.settings, datasets: { orders: 'none-here' } } }),
  ).rejects.toMatchObject({ code: 'DESTINATION_MISSING' })
  await expect(open({ ...scene, settings: { ...scene.settings, datasets: {} } })).rejects.toMatchObject({
    code: 'DESTINATION_UNKNOWN',
  })
})

test('a target says what it is, and which money it holds', async () => {
  await using scene = await openScene()
  await using stack = new AsyncDisposableStack()

  const target = await open(scene, {}, stack)
  const without = await open(scene, { fields: [ID, NAME] }, stack)

  expect(target.description).toBe(`dataset ggav-ufvc (Task orders) at ${scene.server.host}`)
  expect(target.account).toBeUndefined()
  expect(target.money).toEqual(['AMOUNT'])
  expect(without.money).toEqual([])
})

test('a plan counts its calls, and reading back without sending reads nothing', async () => {
  await using scene = await openScene(sampleRows(2))
  await using stack = new AsyncDisposableStack()
  const target = await open(scene, {}, stack)

  const plan = await target.plan(
    entities(['0001', 'Order 0001', '0.1', null], ['0002', 'Other', '1.1', null], ['0003', 'New', '3', null]),
    [],
  )
  const calls = scene.server.callCount()
  const totals = await target.readBack({
    created: 0,
    updated: 0,
    deleted: 0,
    alreadyDone: 0,
    refused: [],
    stale: [],
    held: [],
    waiting: 0,
    calls,
  })

  expect(plan.summary).toMatchObject({ creates: 1, updates: 1, unchanged: 1, callsNeeded: 3 })
  expect(await Array.fromAsync(plan.entries())).toEqual([
    expect.objectContaining({
      kind: 'create',
      changes: expect.arrayContaining([{ field: 'id', from: null, to: '0003' }]),
    }),
    expect.objectContaining({
      kind: 'update',
      id: '0002',
      changes: [{ field: 'name', from: 'Order 0002', to: 'Other' }],
    }),
  ])
  expect(totals.differences).toHaveLength(2)
  expect(scene.server.callCount()).toBe(calls)
})

test('days and checks are compared in the form of the dataset', async () => {
  await using scene = await openScene([{ id: '1', on: '2026-01-05', yes: true }], {
    columns: [
      { fieldName: 'id', dataTypeName: 'text' },
      { fieldName: 'on', dataTypeName: 'calendar_date' },
      { fieldName: 'yes', dataTypeName: 'checkbox' },
    ],
  })
  await using stack = new AsyncDisposableStack()
  const fields: readonly FieldInput[] = [ID, { field: 'on', from: 'OPENED' }, { field: 'yes', from: 'NAME' }]
  const target = await open(scene, { fields }, stack)

  const plan = await target.plan(entities(['1', 'Yes', null, '2026-01-05T00:00:00']), [])

  expect(plan.summary.unchanged).toBe(1)
})
