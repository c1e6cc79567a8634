import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SOCRATA_FAULT_EFFECTS, type SocrataFaultKind } from '@findata/sandbox'
import { describe, expect, test } from 'vitest'
import type { SocrataClient, SocrataRow } from '../src/socrata/socrata-client.ts'
import { DATASET, openScene, sampleRows } from './socrata-scene.ts'

const LATER = new Date('2030-01-01T00:00:00Z')

async function readAll(client: SocrataClient, fields = ['id', 'name', 'amount']): Promise<SocrataRow[]> {
  return (await Array.fromAsync(client.readRows(DATASET, fields))).flat()
}

describe('reading', () => {
  test('finds the columns and the row identifier in the metadata', async () => {
    await using scene = await openScene()

    expect(await scene.openClient().describe(DATASET)).toEqual({
      name: 'Task orders',
      columns: [
        { fieldName: 'id', name: 'id', type: 'text' },
        { fieldName: 'name', name: 'name', type: 'text' },
        { fieldName: 'amount', name: 'amount', type: 'number' },
      ],
      rowIdentifier: 'id',
    })
  })

  test('says that there is no row identifier', async () => {
    await using scene = await openScene([], { rowIdentifier: null })

    expect((await scene.openClient().describe(DATASET)).rowIdentifier).toBeUndefined()
  })

  test('reads on after the first thousand rows', async () => {
    await using scene = await openScene(sampleRows(2_345))

    const rows = await readAll(scene.openClient())

    expect(new Set(rows.map(({ id }) => id)).size).toBe(2_345)
    expect(rows).toHaveLength(2_345)
  })

  test('reads every row that stays once, while others appear and vanish between the pages', async () => {
    await using scene = await openScene(sampleRows(100))
    const client = scene.openClient({ settings: { rowsPerRequest: 10 } })
    const read: unknown[] = []
    let page = 0

    for await (const rows of client.readRows(DATASET, ['id'])) {
      read.push(...rows.map(({ id }) => id))
      scene.server.insert(DATASET, [{ id: `new-${++page}`, name: 'New' }])
      const [first] = rows
      scene.server.remove(DATASET, String(first?.id))
    }

    expect(new Set(read).size).toBe(read.length)
    expect(read.filter((id) => !String(id).startsWith('new-'))).toHaveLength(100)
  })

  test('does not read for ever where something drops the query of the address', async () => {
    await using scene = await openScene()
    const server = createServer((_, response) => response.end('[{":id":"row-1"}]'))
    await using _ = { [Symbol.asyncDispose]: async () => void server.close().closeAllConnections() }
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const client = scene.openClient({ settings: { baseUrl: `http://127.0.0.1:${port}` } })

    await expect(readAll(client)).rejects.toMatchObject({
      code: 'DESTINATION_REFUSED',
      message: expect.stringContaining('answers every page with the same rows'),
    })
  })

  test('keeps every digit of a number', async () => {
    await using scene = await openScene([{ id: '1', name: 'Big', amount: '12345678901234567890.123456789' }])

    expect((await readAll(scene.openClient()))[0]?.amount).toBe('12345678901234567890.123456789')
  })

  test('asks for the mapped columns alone', async () => {
    await using scene = await openScene(sampleRows(1))

    expect(Object.keys((await readAll(scene.openClient(), ['name']))[0] ?? {})).toEqual([':id', 'name'])
  })
})

describe('writing', () => {
  test('counts what was created, updated and deleted', async () => {
    await using scene = await openScene(sampleRows(2))

    const counts = await scene
      .openClient()
      .upsert(
        DATASET,
        ['{"id":"0001","name":"Changed"}', '{"id":"0002",":deleted":true}', '{"id":"0003"}'],
        LATER,
      )

    expect(counts).toEqual({ created: 1, updated: 1, deleted: 1, errors: 0 })
    expect(scene.server.rows(DATASET)).toEqual([
      { id: '0001', name: 'Changed', amount: '0.1' },
      { id: '0003' },
    ])
  })

  test('replaces the whole set', async () => {
    await using scene = await openScene(sampleRows(5))

    await scene.openClient().replace(DATASET, ['{"id":"0009","name":"Only"}'], LATER)

    expect(scene.server.rows(DATASET)).toEqual([{ id: '0009', name: 'Only' }])
  })

  test('asks again until a request that takes its time is done', async () => {
    await using scene = await openScene()
    scene.server.faults.arm({ effect: { kind: 'still-processing', landsAfterMs: 600_000 } })

    const counts = await scene.openClient().upsert(DATASET, ['{"id":"1"}'], LATER)

    expect(counts.created).toBe(1)
    expect(scene.server.requests().map(({ status }) => status)).toContain(202)
  })

  test('gives up a request that is never done when its time is over', async () => {
    await using scene = await openScene()
    scene.server.faults.arm({ effect: { kind: 'still-processing', landsAfterMs: 86_400_000 } })
    const sendBefore = new Date(scene.clock.now().getTime() + 600_000)

    await expect(scene.openClient().upsert(DATASET, ['{"id":"1"}'], sendBefore)).rejects.toMatchObject({
      code: 'DESTINATION_BUSY',
      message: expect.stringContaining('still at work'),
    })
    expect(scene.clock.now().getTime() - sendBefore.getTime()).toBeLessThan(60_000)
  })
})

/** What passes by itself: the call is made again, and its effect is the same as of one call. */
const RECOVERABLE = [
  'still-processing',
  'throttled',
  'internal-error',
  'unavailable',
  'execution-timeout',
  'drop-before',
  'lost-reply',
  'slow-answer',
  'no-answer',
  'truncated-json',
  'html-reply',
] as const satisfies readonly SocrataFaultKind[]

describe.for(RECOVERABLE)('after %s', (kind) => {
  test('A54: an upsert is sent again and happens once', async () => {
    await using scene = await openScene(sampleRows(1))
    scene.server.faults.arm({ effect: SOCRATA_FAULT_EFFECTS[kind], operations: ['Upsert'] })
    const client = scene.openClient({ timeoutMs: 300 })

    const { errors } = await client.upsert(
      DATASET,
      ['{"id":"0001","name":"A"}', '{"id":"0002","name":"B"}'],
      LATER,
    )

    expect(errors).toBe(0)
    expect(scene.server.rows(DATASET)).toEqual([
      { id: '0001', name: 'A', amount: '0.1' },
      { id: '0002', name: 'B' },
    ])
  })

  test('a page is read again', async () => {
    await using scene = await openScene(sampleRows(30))
    scene.server.faults.arm({ effect: SOCRATA_FAULT_EFFECTS[kind], operations: ['Query'], afterMatches: 1 })
    const client = scene.openClient({ timeoutMs: 300, settings: { rowsPerRequest: 10 } })

    expect(await readAll(client)).toHaveLength(30)
  })
})

test('a read that is answered with a message in place of rows is made again', async () => {
  await using scene = await openScene(sampleRows(3))
  scene.server.faults.arm({ effect: { kind: 'message-in-200' } })

  expect(await readAll(scene.openClient())).toHaveLength(3)
  expect(scene.messages.join()).toMatch(/could not be answered at this time.*Next attempt in/)
})

test('A64: a message in place of rows is an error when it stays, not an empty dataset', async () => {
  await using scene = await openScene(sampleRows(3))
  scene.server.faults.arm({ effect: { kind: 'message-in-200' }, times: 'always' })

  await expect(readAll(scene.openClient())).rejects.toMatchObject({
    code: 'DESTINATION_BUSY',
    message: expect.stringMatching(
      /^Could not read dataset ggav-ufvc: .*request id \w+.* \(tried 6 times\)$/,
    ),
  })
})

describe('A64: refusals are explained with the dataset, the next step and the id of the request', () => {
  const cases = [
    { status: 429, kind: 'throttled', code: 'DESTINATION_BUSY', says: /more requests than it takes/ },
    { status: 500, kind: 'internal-error', code: 'DESTINATION_BUSY', says: /failing at the moment/ },
    { status: 503, kind: 'unavailable', code: 'DESTINATION_BUSY', says: /failing at the moment/ },
    { status: 504, kind: 'execution-timeout', code: 'DESTINATION_BUSY', says: /took too long/ },
    { status: 400, kind: 'bad-row', code: 'DESTINATION_REFUSED', says: /no row was taken/ },
  ] as const

  test.for(cases)('$status', async ({ status, kind, code, says }) => {
    await using scene = await openScene()
    scene.server.faults.arm({ effect: SOCRATA_FAULT_EFFECTS[kind], times: 'always' })

    const error = await scene
      .openClient()
      .upsert(DATASET, ['{"id":"1"}'], LATER)
      .catch((caught) => caught)

    const [request] = scene.server.requests().slice(-1)
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(says),
      details: {
        dataset: DATASET,
        httpStatus: status,
        requestId: request?.requestId,
        nextStep: expect.any(String),
      },
    })
    expect(error.message).toContain(`upsert 1 rows in dataset ${DATASET}`)
    expect(error.message).toContain(request?.requestId)
  })

  test('401, without another attempt', async () => {
    await using scene = await openScene()
    const client = scene.openClient({ settings: { password: () => 'wrong-secret' } })

    const error = await client.describe(DATASET).catch((caught) => caught)

    expect(error).toMatchObject({ code: 'DESTINATION_CREDENTIALS_REFUSED', details: { httpStatus: 401 } })
    expect(error.message).toMatch(/SO_USER, SO_PASS/)
    expect(JSON.stringify([error.message, error.details])).not.toContain('wrong-secret')
    expect(scene.server.callCount()).toBe(1)
  })

  test('401 of a proxy that repeats what it was sent, without the secrets', async () => {
    const proxy = createServer((request, response) => {
      const { authorization, 'x-app-token': token } = request.headers
      response.writeHead(401).end(`refused ${authorization} with ${token}`)
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    await using scene = await openScene()
    const baseUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`

    const error = await scene
      .openClient({ settings: { baseUrl } })
      .describe(DATASET)
      .catch((caught) => caught)
    proxy.close()

    expect(error.message).toContain('refused Basic [secret] with [secret]')
  })

  test('403', async () => {
    await using scene = await openScene()
    const client = scene.openClient({ settings: { appToken: () => 'anotherToken' } })

    await expect(client.upsert(DATASET, ['{"id":"1"}'], LATER)).rejects.toMatchObject({
      code: 'DESTINATION_PERMISSION_REFUSED',
    })
  })

  test('404', async () => {
    await using scene = await openScene()

    await expect(scene.openClient().describe('none-here')).rejects.toMatchObject({
      code: 'DESTINATION_MISSING',
      message: expect.stringMatching(/none-here.*not there.*Check the domain and the id/),
    })
  })

  test('400, with the row and the words of the service', async () => {
    await using scene = await openScene()

    await expect(
      scene.openClient().upsert(DATASET, ['{"id":"1"}', '{"id":"2","amount":"NaN"}'], LATER),
    ).rejects.toMatchObject({
      name: 'RejectedRowError',
      message: expect.stringContaining('Cannot convert "NaN" to number for the column amount'),
      details: { row: 1 },
    })
    expect(scene.server.rows(DATASET)).toEqual([])
  })
})
