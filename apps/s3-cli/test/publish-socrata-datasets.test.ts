import { catalogue } from '@findata/core'
import { type SocrataDestination, toDestinations } from '@findata/publishers'
import { financeSocrataDatasets } from '@findata/sandbox'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  ORDERS_DATASET,
  openSocrataPublishScene,
  orders,
  ordersDestination,
  type SourceRow,
  toSavedPlan,
} from './publish-socrata-scene.ts'

const portal = toDestinations({}, catalogue.recordTypes, 'test').get('socrata') as SocrataDestination

function openDataset(recordType: string, rowIdentifier: string) {
  const definition = financeSocrataDatasets().find((dataset) => dataset.rowIdentifier === rowIdentifier)
  if (!definition) throw new Error(`No dataset has the row identifier ${rowIdentifier}`)
  return openSocrataPublishScene({
    recordType: catalogue.get(recordType),
    destination: portal,
    definition,
    types: {},
  })
}

const TASK_ORDER: SourceRow = {
  TASK_ORDER_DEPT: '2400',
  TASK_ORDER_ID: '24ROW51000',
  TASK_ORDER_DESC: 'Right of way',
  TASK_ORDER_STATUS: 'A',
  TASK_ORDER_TYPE: 'T',
  TK_CURR_AMOUNT: '1997.78',
  CHARGED_AMOUNT: '0',
  TASK_ORDER_BAL: '-0.25',
  TASK_ORDER_ESTIMATOR: 'Jane Doe',
  BYR_FDU: '8400 2507 9042',
}

describe('the datasets of the finance department', () => {
  test('A56: task orders have their public names, no estimator, and a display name', async () => {
    await using scene = await openDataset('task_orders', 'task_order')

    const { totals } = await scene.publish([TASK_ORDER])

    expect(scene.held()).toEqual({
      '24ROW51000': {
        dept: '2400',
        task_order: '24ROW51000',
        name: 'Right of way',
        status: 'A',
        tk_type: 'T',
        current_estimate: '1997.78',
        chargedamount: '0',
        balance: '-0.25',
        buyer_fdus: '8400 2507 9042',
        display_name: '24ROW51000 | Right of way',
      },
    })
    expect(Object.keys(totals.destination.money)).toEqual([
      'TK_CURR_AMOUNT',
      'CHARGED_AMOUNT',
      'TASK_ORDER_BAL',
    ])
  })

  test('A57: a task order without a description is published under its id', async () => {
    await using scene = await openDataset('task_orders', 'task_order')

    const { outcome } = await scene.publish([
      { ...TASK_ORDER, TASK_ORDER_DESC: null, TASK_ORDER_STATUS: null },
    ])

    expect(outcome).toMatchObject({ created: 1, refused: [] })
    expect(scene.held()['24ROW51000']).toMatchObject({ display_name: '24ROW51000' })
    expect(scene.held()['24ROW51000']).not.toHaveProperty('name')
  })

  test('A58: all buyer FDUs of a task order are in its one row, in whatever order they come', async () => {
    await using scene = await openDataset('task_orders', 'task_order')
    const rows = ['5610 2400 4200', '5610 2400 4100'].map((BYR_FDU) => ({ ...TASK_ORDER, BYR_FDU }))

    await scene.publish(rows)
    const second = await scene.publish(rows.toReversed())

    expect(scene.held()['24ROW51000']).toMatchObject({ buyer_fdus: '5610 2400 4100,\n5610 2400 4200' })
    expect(second.requests).toEqual([])
  })

  test('A59: names of staff are in no request, and in no dataset', async () => {
    await using scene = await openDataset('subprojects', 'sp_number_txt')
    const { columns, publicColumns } = catalogue.get('subprojects')
    const row = Object.fromEntries(columns.map((column) => [column, `<${column}>`]))
    let journalled = ''

    await scene.publish([{ ...row, SP_NUMBER_TXT: '13240.010', PROJECT_NUMBER: '13240' }], {
      journal: (journal) => ({
        ...journal,
        writeIntents: (intents) => {
          journalled += JSON.stringify(intents)
          return journal.writeIntents(intents)
        },
      }),
    })

    expect(Object.keys(scene.held()['13240.010'] ?? {}).sort()).toEqual([
      'project_number',
      'sp_description',
      'sp_detailed_scope',
      'sp_name',
      'sp_number_txt',
      'sp_status',
      'sub_project_managing_dept',
    ])
    const staff = columns.filter((column) => !publicColumns.includes(column))
    expect(staff).toContain('SUB_PROJECT_MANAGER')
    for (const column of staff) expect(JSON.stringify(scene.held()) + journalled).not.toContain(`<${column}>`)
  })

  test('A60: units are published under the names of their columns in lower case', async () => {
    await using scene = await openDataset('units', 'dept_unit_id')
    const columns = catalogue.get('units').columns

    await scene.publish([
      Object.fromEntries(columns.map((column) => [column, column === 'DEPT_UNIT_ID' ? '7' : column])),
    ])

    expect(scene.held()['7']).toMatchObject({ dept_unit_id: '7', unit_long_name: 'UNIT_LONG_NAME' })
  })

  test('A63: an id keeps the zeros at its end', async () => {
    await using scene = await openDataset('subprojects', 'sp_number_txt')

    await scene.publish([
      { SP_NUMBER_TXT: '13240.010', SP_NAME: 'Ten' },
      { SP_NUMBER_TXT: '13240.01', SP_NAME: 'One' },
    ])

    expect(Object.keys(scene.held()).sort()).toEqual(['13240.01', '13240.010'])
  })
})

describe('A62: rows that left the source', () => {
  test('are reported and stay', async () => {
    await using scene = await openSocrataPublishScene()
    await scene.publish(orders(3))

    const { entries, plan, requests } = await scene.publish(orders(2))

    expect(entries).toEqual([{ kind: 'departed', key: 'ID=0003', id: '0003' }])
    expect(plan).toMatchObject({ departed: 1, deletes: 0 })
    expect(plan.departing).toBeUndefined()
    expect(requests).toEqual([])
  })

  test('are deleted by tombstones, and the plan says how many may be', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination(
        { departed: { action: 'delete', maxRecords: 2 } },
        { rowsPerRequest: 2 },
      ),
    })
    await scene.publish(orders(8))

    const { plan, outcome } = await scene.publish(orders(3))

    expect(plan).toMatchObject({ deletes: 5, departing: { records: 5, limit: 2 } })
    expect(outcome.deleted).toBe(5)
    expect(Object.keys(scene.held())).toEqual(['0001', '0002', '0003'])
  })

  test('count as deleted although the answer was lost', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({ departed: { action: 'delete', maxRecords: 200 } }),
    })
    await scene.publish(orders(150))
    scene.server.faults.arm({ effect: { kind: 'lost-reply' }, operations: ['Upsert'], afterMatches: 1 })

    const { outcome, requests } = await scene.publish(orders(1, () => ({ NAME: 'New' })))

    expect(outcome).toMatchObject({ updated: 1, deleted: 149, refused: [] })
    expect(requests.map(({ rows }) => rows)).toEqual([1, 149, 149, 149])
  })

  test('are marked in a column of their own, once', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({
        departed: { action: 'flag', field: 'remark', value: 'Closed', maxRecords: 5 },
      }),
    })
    await scene.publish(orders(3))

    const first = await scene.publish(orders(2))
    const second = await scene.publish(orders(2))

    expect(first.plan).toMatchObject({ updates: 1, departing: { records: 1, limit: 5 } })
    expect(scene.held()['0003']).toMatchObject({ name: 'Order 0003', remark: 'Closed' })
    expect(second.requests).toEqual([])

    const back = await scene.publish(orders(3))
    const settled = await scene.publish(orders(3))

    expect(back.plan).toMatchObject({ updates: 1, changesByField: { remark: 1 } })
    expect(back.totals.differences).toEqual([])
    expect(scene.held()['0003']).not.toHaveProperty('remark')
    expect(settled.requests).toEqual([])
  })

  test('have not left where only the filter leaves them out, and stay', async () => {
    await using scene = await openSocrataPublishScene({
      destination: ordersDestination({
        filter: { column: 'DEPT', in: ['2400'] },
        departed: { action: 'delete', maxRecords: 5 },
      }),
    })
    await scene.publish(orders(3))

    const moved = orders(2, (index) => (index === 1 ? { DEPT: '6200' } : {}))
    const { entries, outcome, plan } = await scene.publish(moved)

    expect(entries).toMatchObject([
      { kind: 'delete', id: '0003' },
      { kind: 'departed', id: '0002', isFilteredOut: true },
    ])
    expect(plan).toMatchObject({ departed: 2, departing: { records: 1, limit: 5 } })
    expect(outcome.deleted).toBe(1)
    expect(Object.keys(scene.held())).toEqual(['0001', '0002'])
  })
})

describe('A61: a dataset that is replaced', () => {
  const definition = {
    ...ORDERS_DATASET,
    columns: ORDERS_DATASET.columns.filter(({ fieldName }) => fieldName !== 'remark'),
  }
  const open = (mapping: Parameters<typeof ordersDestination>[0] = {}) =>
    openSocrataPublishScene({ definition, destination: ordersDestination({ mode: 'replace', ...mapping }) })

  test('gets the whole set in one request, and only when something differs', async () => {
    await using scene = await open()
    await scene.publish(orders(1_200))
    const changed = orders(1_190, (index) => (index === 3 ? { NAME: 'New', AMOUNT: null } : {}))

    const { requests, outcome, plan, totals } = await scene.publish(changed)
    const again = await scene.publish(changed)

    expect(requests.map(({ method, rows }) => [method, rows])).toEqual([['PUT', 1_190]])
    expect(outcome).toMatchObject({ created: 0, updated: 1, deleted: 10, waiting: 0 })
    expect(plan.departing).toEqual({ records: 10, limit: 240 })
    expect(Object.keys(scene.held())).toHaveLength(1_190)
    expect(scene.held()['0004']).toEqual({ id: '0004', name: 'New', opened: '2026-01-05T00:00:00.000' })
    expect(totals.differences).toEqual([])
    expect(again.requests).toEqual([])
  })

  test('loses what the filter leaves out, which counts as deleted', async () => {
    await using scene = await open({ filter: { column: 'DEPT', in: ['2400'] } })
    await scene.publish(orders(10))

    const moved = orders(10, (index) => (index === 1 ? { DEPT: '6200' } : {}))
    const { outcome, plan } = await scene.publish(moved)

    expect(plan).toMatchObject({ deletes: 1, departing: { records: 1, limit: 2 } })
    expect(outcome).toMatchObject({ deleted: 1 })
    expect(Object.keys(scene.held())).toHaveLength(9)
  })

  test('is sent again when not every row was taken', async () => {
    await using scene = await open()
    scene.server.faults.arm({ effect: { kind: 'row-errors', rows: 2 } })

    const { totals } = await scene.publish(orders(5))

    expect(Object.keys(scene.held())).toHaveLength(5)
    expect(totals.differences).toEqual([])
  })

  test('A55: fails when rows are never taken', async () => {
    await using scene = await open()
    scene.server.faults.arm({ effect: { kind: 'row-errors', rows: 2 }, times: 'always' })

    await expect(scene.publish(orders(5))).rejects.toMatchObject({
      code: 'DESTINATION_REFUSED',
      message: expect.stringContaining('of 5 sent it counts 3 created, 0 updated, 0 deleted and 2 errors'),
    })
  })

  test('keeps what it has when the service refuses a row, and the error names it', async () => {
    await using scene = await open()
    await scene.publish(orders(5))
    scene.server.faults.arm({ effect: { kind: 'bad-row' }, times: 'always' })

    await expect(scene.publish(orders(6))).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'DESTINATION_REFUSED',
    })
    expect(Object.keys(scene.held())).toHaveLength(5)
  })

  test('is left alone when an entity is rejected, whose row would go', async () => {
    await using scene = await open()
    await scene.publish(orders(3))

    const { outcome, requests } = await scene.publish([...orders(4), { ...orders(1)[0], DEPT: '6200' }])

    expect(outcome).toMatchObject({ waiting: 1, stopped: { reason: 'rejections' } })
    expect(requests).toEqual([])
    expect(Object.keys(scene.held())).toHaveLength(3)
  })

  test('is left alone when the limit is below what differs', async () => {
    await using scene = await open()

    const { outcome, requests, totals } = await scene.publish(orders(5), { limit: 4 })

    expect(outcome).toMatchObject({ created: 0, waiting: 5, stopped: { reason: 'limit' } })
    expect(requests).toEqual([])
    expect(totals.notPublished.waiting.rows).toBe(5)
  })

  test('is left alone when a saved plan is not all that differs', async () => {
    await using scene = await open()
    const saved = toSavedPlan(await scene.plan(orders(2)))

    await expect(scene.publish(orders(3), { saved })).rejects.toMatchObject({ code: 'PLAN_STALE' })
    expect(scene.held()).toEqual({})
  })
})

test('any set becomes any other in chunks of any size, and then nothing is left to send', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('O\'Neil "x" \\ <b>', '13240.010', '\u2028', 'NaN'),
  )
  const set = fc.uniqueArray(
    fc.record({
      ID: fc.stringMatching(/^[a-z0-9.' ]{0,3}[a-z0-9]$/),
      DEPT: fc.constant('2400'),
      NAME: fc.option(text),
      AMOUNT: fc.option(
        fc.tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.integer({ min: 0, max: 99 })).map(toAmount),
      ),
      OPENED: fc.option(fc.constantFrom('2026-01-05T00:00:00', '2024-02-29T23:59:59')),
    }),
    { selector: ({ ID }) => ID.trim().replace(/\s+/g, ' '), maxLength: 25 },
  )

  await using scene = await openSocrataPublishScene({
    destination: ordersDestination({ departed: { action: 'delete', maxRecords: 25 } }),
  })
  await fc.assert(
    fc.asyncProperty(
      set,
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 100, max: 500 }),
      async (wanted, rowsPerRequest, bytesPerRequest) => {
        const { outcome, totals } = await scene.publish(wanted, {
          settings: { rowsPerRequest, bytesPerRequest },
        })

        expect(outcome).toMatchObject({ refused: [], waiting: 0 })
        expect(totals.differences).toEqual([])
        expect(totals.destination).toEqual(totals.mapped)
        expect(totals.mapped.rows).toBe(wanted.length)
        expect(scene.server.rows(scene.dataset)).toHaveLength(wanted.length)
        expect((await scene.plan(wanted)).entries).toEqual([])
      },
    ),
    { numRuns: 20 },
  )
})

function toAmount([whole, cents]: [bigint, number]): string {
  const digits = String(cents).padStart(2, '0').replace(/0+$/, '')
  return digits === '' ? String(whole) : `${whole}.${digits}`
}
