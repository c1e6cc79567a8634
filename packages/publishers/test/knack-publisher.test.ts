import {
  type ColumnType,
  catalogue,
  freezeOrdinals,
  openScratchFolder,
  type PublishTarget,
  type Row,
  type RowBatch,
  type TargetOptions,
} from '@findata/core'
import { createVirtualClock, financeKnackApps, type KnackAppDefinition, startKnack } from '@findata/sandbox'
import { expect, test } from 'vitest'
import {
  createKnackPublisher,
  type KnackDestination,
  type KnackSettings,
  toDestinations,
} from '../src/index.ts'

const UNITS = 'object_189'
const NUMBER: ColumnType = { kind: 'number', precision: 12, scale: 0 }
const TEXT: ColumnType = { kind: 'text' }

const units = catalogue.get('units')
const [tracker, purchasing] = financeKnackApps()
const destination = toDestinations({}, catalogue.recordTypes, 'findata.config').get(
  'data-tracker',
) as KnackDestination

test('A21: the key of another app is refused before anything is called with it, with both apps named', async () => {
  await using knack = await startKnack({ apps: [tracker, purchasing], clock: createVirtualClock() })

  const opening = openTarget(knack.url, {
    settings: { appId: purchasing.id, apiKey: () => purchasing.apiKey },
  })

  await expect(opening).rejects.toMatchObject({
    code: 'DESTINATION_MISMATCH',
    message: expect.stringMatching(/slug "data-tracker".*Finance & Purchasing.*slug "finance-purchasing"/),
  })
  expect(knack.requests().map(({ operation }) => operation)).toEqual(['metadata'])
})

test('A21: the id and the name of the app are compared too where they are configured', async () => {
  await using knack = await startKnack({ apps: [tracker], clock: createVirtualClock() })

  const opening = openTarget(knack.url, { settings: { app: { id: tracker.id, name: 'Data Tracker 2' } } })

  await expect(opening).rejects.toMatchObject({
    code: 'DESTINATION_MISMATCH',
    message: expect.stringMatching(/name "Data Tracker 2".*name "Data Tracker"/),
  })
})

test('A25: a mapped column that the snapshot lacks stops the run', async () => {
  await using knack = await startKnack({ apps: [tracker], clock: createVirtualClock() })

  const opening = openTarget(knack.url, {
    columns: ['DEPT_UNIT_ID', 'DEPT_ID', 'DEPT', 'UNIT', 'UNIT_LONG_NM'],
  })

  await expect(opening).rejects.toMatchObject({
    code: 'COLUMNS_MISSING',
    details: { missing: ['UNIT_LONG_NAME', 'UNIT_SHORT_NAME', 'DEPT_UNIT_STATUS'] },
  })
})

test('A36: all fields that are not there or cannot be written are named at once, with the nearest', async () => {
  const changed = withFields(tracker, (field) => {
    if (field.key === 'field_3585') return { ...field, type: 'auto_increment' as const }
    if (field.key === 'field_3688') return { ...field, type: 'date_time' as const }
    return field.key === 'field_3689' ? { ...field, key: 'field_9000' } : field
  })
  await using knack = await startKnack({ apps: [changed], clock: createVirtualClock() })

  const opening = openTarget(knack.url)

  await expect(opening).rejects.toMatchObject({
    code: 'DESTINATION_MISMATCH',
    details: {
      problems: [
        expect.stringMatching(/^field_3688 .*date_time, which cannot hold DEPT_ID as numberText/),
        expect.stringMatching(/^field_3585 .*auto_increment, which Knack computes/),
        expect.stringMatching(/^field_3689 is not there.*UNIT_LONG_NAME; the nearest is field_9000/),
      ],
    },
  })
})

test('A36: an object that is not there is refused with those that are', async () => {
  const other = { ...tracker, objects: tracker.objects.filter(({ key }) => key !== UNITS) }
  await using knack = await startKnack({ apps: [other], clock: createVirtualClock() })

  await expect(openTarget(knack.url)).rejects.toMatchObject({
    code: 'DESTINATION_MISSING',
    message: expect.stringMatching(/object_189.*object_86 \(task_orders\)/),
  })
})

test('A34: a number from Oracle finds its record by the text that the field holds', async () => {
  await using knack = await startKnack({ apps: [tracker], clock: createVirtualClock() })
  const opened = knack.insert('data-tracker', UNITS, {
    field_3687: '359318059',
    field_3688: '180775091',
    field_3584: '2400',
    field_3585: '8400',
    field_3689: 'Signals',
    field_3586: '8400-2400',
    field_3588: 'Active',
  })
  await using target = await openTarget(knack.url)

  const plan = await target.plan(
    entities(
      ['359318059', '180775091', '2400', '8400', 'Signals', '8400-2400', 'Inactive'],
      ['359318060', '180775091', '2400', '8401', 'Signs', '8401-2400', 'Active'],
    ),
    [],
  )

  expect(await Array.fromAsync(plan.entries())).toEqual([
    {
      kind: 'create',
      key: 'DEPT_UNIT_ID=359318060',
      changes: expect.arrayContaining([{ field: 'field_3687', from: null, to: '359318060' }]),
    },
    {
      kind: 'update',
      key: 'DEPT_UNIT_ID=359318059',
      id: opened.id,
      changes: [{ field: 'field_3588', from: 'Active', to: 'Inactive' }],
    },
  ])
  expect(target).toMatchObject({
    description: 'object_189 (dept_units) in Data Tracker',
    account: 'knack-atd',
    money: [],
  })
})

test('A34: the kinds of fields come from the metadata of the app', async () => {
  const changed = withFields(tracker, (field) =>
    field.key === 'field_3688'
      ? { ...field, type: 'number' as const, format: { marksThousands: true } }
      : field,
  )
  await using knack = await startKnack({ apps: [changed], clock: createVirtualClock() })
  knack.insert('data-tracker', UNITS, { field_3687: '1', field_3688: 180775091, field_3588: 'Active' })
  await using target = await openTarget(knack.url)

  const plan = await target.plan(entities(['1', '180775091', null, null, null, null, 'Active']), [])

  expect(plan.summary).toMatchObject({ unchanged: 1, updates: 0 })
  expect(plan.fields.find(({ name }) => name === 'field_3688')).toMatchObject({
    kind: 'number',
    label: 'DEPT_ID',
  })
})

test('A32: a zone that is not known is refused with how to set it, where a timestamp is generated', async () => {
  await using knack = await startKnack({ apps: [tracker], clock: createVirtualClock() })
  const recordType = 'task_orders'

  const opening = openTarget(knack.url, { recordType, settings: { timeZone: 'Mars/Olympus' } })

  await expect(opening).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringMatching(/"Mars\/Olympus".*destinations\.data-tracker\.connection\.timeZone/),
  })
  await using known = await openTarget(knack.url, { recordType })
  await using unused = await openTarget(knack.url, { settings: { timeZone: 'Mars/Olympus' } })
  expect(known.money).toEqual(['TK_CURR_AMOUNT', 'CHARGED_AMOUNT', 'TASK_ORDER_BAL'])
  expect(unused.money).toEqual([])
})

test('reads back from the comparison of the plan when nothing was sent', async () => {
  await using knack = await startKnack({ apps: [tracker], clock: createVirtualClock() })
  knack.insert('data-tracker', UNITS, { field_3687: '1', field_3588: 'Active' })
  await using target = await openTarget(knack.url)
  await target.plan(
    entities(['1', null, null, null, null, null, 'Active'], [null, null, null, null, null, null, 'Active']),
    [],
  )
  const calls = knack.requests().length

  const totals = await target.readBack({
    created: 0,
    updated: 0,
    deleted: 0,
    alreadyDone: 0,
    refused: [],
    stale: [],
    held: [],
    waiting: 0,
    calls: 2,
  })

  expect(totals).toMatchObject({
    mapped: { rows: 1 },
    destination: { rows: 1 },
    notPublished: { rejected: { rows: 1 } },
    differences: [],
  })
  expect(knack.requests()).toHaveLength(calls)
})

async function openTarget(
  url: string,
  {
    recordType = 'units',
    columns,
    settings = {},
  }: {
    readonly recordType?: string
    readonly columns?: readonly string[]
    readonly settings?: Partial<KnackSettings>
  } = {},
): Promise<PublishTarget> {
  const type = catalogue.get(recordType)
  const { schema } = freezeOrdinals(
    (columns ?? type.columns).map((name) => ({
      name,
      type:
        type.money.some(({ column }) => column === name) || /^DEPT_(UNIT_)?ID$/.test(name) ? NUMBER : TEXT,
      isNullable: true,
    })),
  )
  const publisher = createKnackPublisher(destination, {
    ...destination.connection,
    appId: tracker.id,
    apiKey: () => tracker.apiKey,
    apiUrl: url,
    ...settings,
  })
  const clock = createVirtualClock()
  const scratch = await openScratchFolder()
  const options: TargetOptions = {
    schema,
    clock,
    startedAt: clock.now(),
    scratch,
    signal: new AbortController().signal,
    onProgress() {},
  }
  const target = await publisher.openTarget(type, options)
  return {
    ...target,
    async [Symbol.asyncDispose]() {
      await target[Symbol.asyncDispose]()
      await scratch[Symbol.asyncDispose]()
    },
  }
}

function withFields(
  app: KnackAppDefinition,
  change: (
    field: KnackAppDefinition['objects'][number]['fields'][number],
  ) => KnackAppDefinition['objects'][number]['fields'][number],
): KnackAppDefinition {
  return {
    ...app,
    objects: app.objects.map((object) => ({ ...object, fields: object.fields.map(change) })),
  }
}

/** In the order of the columns of `units`. */
async function* entities(...rows: readonly Row[]): AsyncGenerator<RowBatch> {
  yield rows.map((row) => units.columns.map((_, index) => row[index] ?? null))
}
