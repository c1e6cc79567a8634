import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { financeSocrataDatasets } from '../src/sample/socrata-datasets.ts'
import { connectSocrataControl } from '../src/socrata/socrata-control.ts'
import type { SocrataDatasetDefinition } from '../src/socrata/socrata-dataset.ts'
import { type SocrataServer, startSocrata } from '../src/start-socrata.ts'
import { createVirtualClock } from '../src/virtual-clock.ts'
import { type CallOptions, call, PATH, UNITS } from './socrata-client.ts'

const { rowIdentifier: _, ...PLAIN } = { ...UNITS, id: 'plai-n001' }
const PLAIN_PATH = '/resource/plai-n001.json'
const ROW_PATH = '/resource/unit-0001/a.json'

describe('an upsert', () => {
  test('counts what it created, updated and deleted, and how it found them', async () => {
    await using server = await startUnits([{ unit: 'a' }, { unit: 'b' }])
    const [{ ':id': sid }] = (await call(server, 'GET', `${PATH}?$select=:id&unit=b`)).json as [
      { ':id': string },
    ]
    const body = [{ unit: 'a', ':deleted': true }, { ':id': sid, label: 'x' }, { unit: 'c' }, { unit: 'd' }]

    expect((await call(server, 'POST', PATH, { body })).json).toEqual({
      'Rows Created': 2,
      'Rows Updated': 1,
      'Rows Deleted': 1,
      Errors: 0,
      'By RowIdentifier': 1,
      'By SID': 1,
    })
    expect(server.rows(UNITS.id)).toEqual([{ unit: 'b', label: 'x' }, { unit: 'c' }, { unit: 'd' }])
  })

  test('that deletes a row which is not there counts nothing', async () => {
    await using server = await startUnits()

    expect(
      (await call(server, 'POST', PATH, { body: [{ unit: 'a', ':deleted': true }] })).json,
    ).toMatchObject({
      'Rows Deleted': 0,
      Errors: 0,
    })
  })

  test('counts a row identifier that comes twice as created and updated', async () => {
    await using server = await startUnits()
    const body = [
      { unit: 'a', label: 'first', balance: '1' },
      { unit: 'a', label: 'second' },
    ]

    expect((await call(server, 'POST', PATH, { body })).json).toMatchObject({
      'Rows Created': 1,
      'Rows Updated': 1,
    })
    expect(server.rows(UNITS.id)).toEqual([{ unit: 'a', label: 'second', balance: '1' }])
  })

  test('takes one row that is not in an array', async () => {
    await using server = await startUnits()

    expect((await call(server, 'POST', PATH, { body: { unit: 'a' } })).json).toMatchObject({
      'Rows Created': 1,
    })
  })

  test.for([
    [{}, 'The row identifier unit has no value'],
    [{ unit: null }, 'The row identifier unit has no value'],
    [{ ':deleted': true }, 'A row to delete is named by its row identifier or its :id'],
    [{ ':id': 'row-none' }, 'There is no row row-none'],
    [{ unit: 'a', ':updated_at': '2026-01-01' }, 'Illegal field name sent: :updated_at'],
    [{ unit: 'a', UNIT: 'b' }, 'The field unit was sent twice in one row'],
    [{ unit: 7 }, 'Cannot convert 7 to text for the column unit'],
    ['a', 'A row has to be a JSON object'],
  ])('refuses %j and takes none of its rows', async ([row, message]) => {
    await using server = await startUnits()
    const { status, json } = await call(server, 'POST', PATH, { body: [{ unit: 'z' }, row] })

    expect(status).toBe(400)
    expect(json).toMatchObject({ code: 'invalid_request', error: true, message, data: { row: 1 } })
    expect(server.rows(UNITS.id)).toEqual([])
  })

  test('without a row identifier appends, and finds rows by :id only', async () => {
    await using server = await startUnits()
    const body = [{ unit: 'a' }]
    await call(server, 'POST', PLAIN_PATH, { body })
    await call(server, 'POST', PLAIN_PATH, { body })
    const rows = (await call(server, 'GET', `${PLAIN_PATH}?$select=:id`)).json as readonly { ':id': string }[]
    expect(rows).toHaveLength(2)
    const refused = await call(server, 'POST', PLAIN_PATH, { body: [{ unit: 'a', ':deleted': true }] })

    expect(refused.status).toBe(400)
    expect(
      (await call(server, 'POST', PLAIN_PATH, { body: [{ ...rows[0], ':deleted': true }] })).json,
    ).toMatchObject({ 'Rows Deleted': 1, 'By SID': 1, 'By RowIdentifier': 0 })
    expect(server.rows('plai-n001')).toEqual([{ unit: 'a' }])
  })

  test('leaves what a map of the same writes would hold', async () => {
    const unit = fc.constantFrom('a', 'b', 'c')
    const write = fc.record(
      {
        unit,
        label: fc.option(fc.string({ maxLength: 3 })),
        balance: fc.option(fc.bigInt().map(String)),
        ':deleted': fc.boolean(),
      },
      { requiredKeys: ['unit'] },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(write, { maxLength: 6 }), { maxLength: 4 }), async (requests) => {
        await using server = await startUnits()
        const expected = new Map<string, Record<string, unknown>>()
        for (const body of requests) {
          await call(server, 'POST', PATH, { body })
          for (const { ':deleted': isDeleted = false, ...cells } of body) {
            if (isDeleted) expected.delete(cells.unit)
            else expected.set(cells.unit, { ...expected.get(cells.unit), ...cells })
          }
        }

        const held = [...expected.values()].map((row) =>
          Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)),
        )
        expect((await call(server, 'GET', PATH)).json).toEqual(held)
      }),
      { numRuns: 40 },
    )
  })
})

describe('a replace', () => {
  test('leaves nothing of what was there, and counts all as created', async () => {
    await using server = await startUnits([{ unit: 'a', label: 'old' }, { unit: 'b' }])

    expect((await call(server, 'PUT', PATH, { body: [{ unit: 'a' }] })).json).toMatchObject({
      'Rows Created': 1,
      'Rows Updated': 0,
      'Rows Deleted': 0,
      'By RowIdentifier': 0,
    })
    expect(server.rows(UNITS.id)).toEqual([{ unit: 'a' }])
  })

  test.for([[[{ unit: 'b' }, { nobody: 1 }]], [[{ unit: 'a', ':deleted': true }]]])(
    'that is refused leaves everything: %j',
    async ([body]) => {
      await using server = await startUnits([{ unit: 'a' }])

      expect((await call(server, 'PUT', PATH, { body })).status).toBe(400)
      expect(server.rows(UNITS.id)).toEqual([{ unit: 'a' }])
    },
  )
})

describe('a single row', () => {
  test('is read, updated, replaced and deleted by its row identifier', async () => {
    await using server = await startUnits([{ unit: 'a', label: 'x', balance: '1.0' }])

    expect((await call(server, 'GET', ROW_PATH)).json).toEqual({ unit: 'a', label: 'x', balance: '1' })
    expect((await call(server, 'POST', ROW_PATH, { body: { label: 'y' } })).json).toMatchObject({
      label: 'y',
    })
    expect(server.rows(UNITS.id)).toEqual([{ unit: 'a', label: 'y', balance: '1' }])
    await call(server, 'PUT', ROW_PATH, { body: { balance: 2 } })
    expect(server.rows(UNITS.id)).toEqual([{ unit: 'a', balance: '2' }])
    expect((await call(server, 'DELETE', ROW_PATH)).status).toBe(200)
    expect(server.rows(UNITS.id)).toEqual([])
  })

  test.for(['GET', 'POST', 'PUT', 'DELETE'])('that is not there is a 404 to %s', async (method) => {
    await using server = await startUnits()
    const options = method === 'POST' || method === 'PUT' ? { body: { label: 'y' } } : {}

    expect(await call(server, method, ROW_PATH, options)).toMatchObject({
      status: 404,
      json: { code: 'not_found' },
    })
  })

  test('keeps its row identifier', async () => {
    await using server = await startUnits([{ unit: 'a' }])

    expect((await call(server, 'POST', ROW_PATH, { body: { unit: 'b' } })).status).toBe(400)
    expect(server.rows(UNITS.id)).toEqual([{ unit: 'a' }])
  })
})

describe('access', () => {
  const datasets = [{ ...UNITS, isPublic: false }, PLAIN]
  const reader = { user: 'reader', password: 'secret' }

  test.for<[string, string, string, CallOptions, number]>([
    ['anybody reads what is public', 'GET', PLAIN_PATH, { user: null }, 200],
    ['nobody reads what is not', 'GET', PATH, { user: null }, 401],
    ['a reader reads it', 'GET', PATH, { user: reader }, 200],
    ['a reader writes nothing', 'POST', PATH, { user: reader, body: [{ unit: 'a' }] }, 403],
    ['nobody writes', 'POST', PLAIN_PATH, { user: null, body: [{ unit: 'a' }] }, 401],
    ['a wrong password opens nothing', 'GET', PLAIN_PATH, { user: { ...reader, password: 'no' } }, 401],
    ['a wrong token opens nothing', 'GET', PLAIN_PATH, { headers: { 'x-app-token': 'no' } }, 403],
    ['OAuth is not imitated', 'GET', PLAIN_PATH, { headers: { authorization: 'OAuth x' } }, 501],
    ['an unknown dataset is not found', 'GET', '/resource/none-0000.json', {}, 404],
  ])('%s', async ([, method, path, options, status]) => {
    await using server = await startSocrata({ datasets, readers: [reader] })

    expect((await call(server, method, path, options)).status).toBe(status)
    expect([server.rows(UNITS.id), server.rows(PLAIN.id)]).toEqual([[], []])
  })

  test('the right token is taken, in the header or as a parameter', async () => {
    await using server = await startUnits()
    const { appToken } = server.credentials

    expect((await call(server, 'GET', PATH, { headers: { 'x-app-token': appToken } })).status).toBe(200)
    expect((await call(server, 'GET', `${PATH}?$$app_token=${appToken}`)).status).toBe(200)
    expect((await call(server, 'GET', `${PATH}?$$app_token=no`)).status).toBe(403)
  })
})

test.for([
  ['GET', '/resource/unit-0001.csv', 501],
  ['GET', '/api/publishing/v1/revision/unit-0001', 501],
  ['POST', '/api/views/unit-0001.json', 405],
  ['PATCH', PATH, 405],
  ['GET', `${PATH}?$group=unit`, 501],
  ['GET', `${PATH}?$where=unit like 'a%25'`, 501],
  ['GET', `${PATH}?$where=balance < 1`, 501],
  ['GET', `${PATH}?$where=not unit = 'a'`, 400],
  ['GET', `${PATH}?$where=unit = label`, 501],
  ['GET', `${PATH}?$where=unit in ('a'`, 400],
  ['GET', `${PATH}?$where=unit = 'a' 'b'`, 501],
  ['GET', `${PATH}?$where=unit = 1`, 400],
  ['GET', `${PATH}?$where=balance = 'x'`, 400],
  ['GET', `${PATH}?$where=balance > 'x'`, 400],
  ['GET', `${PATH}?$where=unit > 1`, 400],
  ['GET', `${PATH}?$where=unit > label`, 501],
  ['GET', `${PATH}?$where=nobody = 'x'`, 400],
  ['GET', `${PATH}?$select=max(balance)`, 501],
  ['GET', `${PATH}?$order=upper(unit)`, 501],
  ['GET', `${PATH}?$limit=all`, 400],
  ['GET', `${PATH}?nobody=1`, 400],
] as const)('%s %s is answered %i', async ([method, path, status]) => {
  await using server = await startUnits([{ unit: 'a' }])
  const reply = await call(server, method, path)

  expect([reply.status, reply.json]).toEqual([status, expect.objectContaining({ error: true })])
})

test('takes rows as JSON only', async () => {
  await using server = await startUnits()
  const csv = { body: 'unit\na', headers: { 'content-type': 'text/csv' } }

  expect((await call(server, 'POST', PATH, csv)).status).toBe(415)
  expect((await call(server, 'POST', PATH, { body: '[{"unit": "a", "balance": NaN}]' })).status).toBe(400)
})

test('takes rows without a content type, as sodapy sends them', async () => {
  await using server = await startUnits()
  // Bytes, because fetch names a type for text.
  const body = new TextEncoder().encode('[{"unit": "a"}]')

  expect((await call(server, 'POST', PATH, { body })).status).toBe(200)
  expect(server.rows(UNITS.id)).toEqual([{ unit: 'a' }])
})

test('rows without a value come last in an order', async () => {
  await using server = await startUnits([{ unit: 'a' }, { unit: 'b', balance: 2 }, { unit: 'c', balance: 1 }])

  expect((await call(server, 'GET', `${PATH}?$select=unit&$order=balance`)).json).toEqual([
    { unit: 'c' },
    { unit: 'b' },
    { unit: 'a' },
  ])
})

test('a row says when it was created and changed', async () => {
  const clock = createVirtualClock(new Date('2026-11-22T10:00:00.000Z'))
  await using server = await startSocrata({ datasets: [UNITS], clock })
  await call(server, 'POST', PATH, { body: [{ unit: 'a' }] })
  await clock.advance(1_500)
  await call(server, 'POST', PATH, { body: [{ unit: 'a', label: 'x' }] })

  expect((await call(server, 'GET', `${PATH}?$select=:created_at, :updated_at, :version`)).json).toEqual([
    {
      ':created_at': '2026-11-22T10:00:00.000Z',
      ':updated_at': '2026-11-22T10:00:01.500Z',
      ':version': 'rv-2',
    },
  ])
  expect((await call(server, 'GET', '/api/views/unit-0001.json')).json).toMatchObject({
    rowsUpdatedAt: 1_795_341_601,
  })
})

test('the log names every call with its rows, status and the id that the client saw', async () => {
  await using server = await startUnits()
  const reply = await call(server, 'POST', PATH, { body: [{ unit: 'a' }, { unit: 'b' }] })
  await call(server, 'GET', '/api/views/unit-0001.json')
  await call(server, 'GET', '/nowhere')

  expect(server.requests()).toMatchObject([
    {
      call: 1,
      operation: 'Upsert',
      method: 'POST',
      dataset: UNITS.id,
      url: PATH,
      rows: 2,
      bytes: 27,
      status: 200,
    },
    { call: 2, operation: 'GetMetadata', rows: 0, bytes: 0, status: 200, fault: null },
    { call: 3, operation: 'Unknown', dataset: '', url: '/nowhere', status: 501 },
  ])
  expect(server.requests()[0]?.requestId).toBe(reply.headers.get('x-socrata-requestid'))
  expect(server.callCount()).toBe(3)
})

test('rows are inserted, edited and removed behind the back of the API', async () => {
  await using server = await startUnits([{ unit: 'a', label: 'x', balance: 1.5 }])
  server.insert(UNITS.id, [{ unit: 'b' }])
  server.edit(UNITS.id, 'a', { label: null, balance: '0.10' })
  server.remove(UNITS.id, 'b')

  expect((await call(server, 'GET', PATH)).json).toEqual([{ unit: 'a', balance: '0.1' }])
  expect(() => server.insert(UNITS.id, [{ unit: 'a' }])).toThrow('already has a row a')
  expect(() => server.edit(UNITS.id, 'nobody', {})).toThrow('no row nobody')
  expect(server.callCount()).toBe(1)
})

test('another process does the same over the control URL', async () => {
  await using server = await startUnits([{ unit: 'a/b <c>' }])
  const control = connectSocrataControl(server.controlUrl)
  await control.insert(UNITS.id, [{ unit: 'd' }])
  await control.edit(UNITS.id, 'a/b <c>', { balance: '9999999999999999.99' })
  await control.remove(UNITS.id, 'd')

  expect(await control.rows(UNITS.id)).toEqual([{ unit: 'a/b <c>', balance: '9999999999999999.99' }])
  await expect(control.rows('none-0000')).rejects.toThrow('Cannot find view with id none-0000')
})

test('a page shows the datasets and their rows, escaped', async () => {
  await using server = await startUnits([
    { unit: 'a', label: '<script>alert("x")</script>', balance: '-1.25' },
  ])
  const response = await fetch(server.url)
  const html = await response.text()

  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(html).toContain('<h2>Units &amp; &lt;others&gt;</h2>')
  expect(html).toContain('1 row · row identifier unit · public')
  expect(html).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;')
  expect(html).not.toContain('<script')
  expect(html).toContain('>-1.25</td>')
  expect(html).toContain('color-scheme: light dark')
  expect(server.callCount()).toBe(0)
})

test('a page shows a hundred rows of many, and where the others are', async () => {
  await using server = await startUnits(
    Array.from({ length: 250 }, (_, index) => ({ unit: `unit ${index}` })),
  )
  const html = await (await fetch(server.url)).text()

  expect(html.match(/<tr><td/g)).toHaveLength(100)
  expect(html).toContain('and 150 more')
})

test.for<[string, Partial<SocrataDatasetDefinition>]>([
  ['is not a 4x4 id', { id: 'units' }],
  ['cannot have a field', { columns: [{ fieldName: 'Unit', dataTypeName: 'text' }] }],
  ['row identifier', { rowIdentifier: 'nobody' }],
  ['row identifier', { rowIdentifier: 'opened' }],
  ['already has a row|Cannot convert', { rows: [{ unit: 'a', balance: 'x' }] }],
])('a dataset that %s cannot be started', async ([message, change]) => {
  await expect(startSocrata({ datasets: [{ ...UNITS, ...change }] })).rejects.toThrow(new RegExp(message))
})

test('the finance datasets hold ids as text and money as numbers, and no staff', async () => {
  const fields = financeSocrataDatasets().flatMap(({ columns }) => columns)

  expect(fields.filter(({ fieldName }) => fieldName.endsWith('_id') || fieldName === 'task_order')).toSatisfy(
    (columns: typeof fields) => columns.every(({ dataTypeName }) => dataTypeName === 'text'),
  )
  expect(
    fields.filter(({ dataTypeName }) => dataTypeName === 'number').map(({ fieldName }) => fieldName),
  ).toEqual(['current_estimate', 'chargedamount', 'balance'])
  expect(fields.filter(({ fieldName }) => /manager$|estimator|last_update_by/.test(fieldName))).toEqual([])
  await using server = await startSocrata({ datasets: financeSocrataDatasets() })
  expect(server.rows('sp9x-subp')).toEqual([])
})

function startUnits(rows: NonNullable<SocrataDatasetDefinition['rows']> = []): Promise<SocrataServer> {
  return startSocrata({ datasets: [{ ...UNITS, rows }, PLAIN] })
}
