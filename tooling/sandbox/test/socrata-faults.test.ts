import { describe, expect, test } from 'vitest'
import { connectSocrataControl } from '../src/socrata/socrata-control.ts'
import { SOCRATA_FAULT_EFFECTS, type SocrataFaultKind } from '../src/socrata/socrata-faults.ts'
import { type SocrataServer, startSocrata } from '../src/start-socrata.ts'
import { createVirtualClock, type VirtualClock } from '../src/virtual-clock.ts'
import { call, outcomeOf, PATH, UNITS } from './socrata-client.ts'

const NEW_ROWS = [
  { unit: 'b', label: 'new' },
  { unit: 'c', label: 'new' },
]
const COUNTERS = {
  'Rows Created': 2,
  'Rows Updated': 0,
  'Rows Deleted': 0,
  Errors: 0,
  'By RowIdentifier': 0,
  'By SID': 0,
}

interface Expected {
  /** What a client sees of an upsert of b and c, and what is there at once. */
  readonly upsert: readonly [status: number | 'no answer', units: string]
  /** What it sees of a query while only a is there. */
  readonly query: number | 'no answer'
  readonly json?: unknown
}

const DONE = 'a b c'
const EXPECTED: { readonly [Kind in Exclude<SocrataFaultKind, 'hold' | 'no-answer'>]: Expected } = {
  'still-processing': { upsert: [202, 'a'], query: 202 },
  'row-errors': {
    upsert: [200, 'a c'],
    query: 200,
    json: { ...COUNTERS, 'Rows Created': 1, Errors: 1 },
  },
  'missing-rows': { upsert: [200, 'a c'], query: 200, json: { ...COUNTERS, 'Rows Created': 1 } },
  'bad-row': { upsert: [400, 'a'], query: 200, json: errorOf('invalid_request') },
  throttled: { upsert: [429, 'a'], query: 429, json: errorOf('too_many_requests') },
  'internal-error': { upsert: [500, 'a'], query: 500, json: errorOf('internal_error') },
  unavailable: { upsert: [503, 'a'], query: 503, json: errorOf('service_unavailable') },
  'execution-timeout': { upsert: [504, DONE], query: 504, json: errorOf('execution_timeout') },
  'drop-before': { upsert: ['no answer', 'a'], query: 'no answer' },
  'lost-reply': { upsert: ['no answer', DONE], query: 'no answer' },
  'slow-answer': { upsert: [200, DONE], query: 200, json: COUNTERS },
  'lagging-reads': { upsert: [200, DONE], query: 200, json: COUNTERS },
  'message-in-200': { upsert: [200, DONE], query: 200 },
  'truncated-json': { upsert: [200, DONE], query: 200, json: undefined },
  'html-reply': { upsert: [200, 'a'], query: 200, json: undefined },
}

describe.for(Object.entries(EXPECTED))('the fault %s', ([kind, expected]) => {
  const effect = SOCRATA_FAULT_EFFECTS[kind as SocrataFaultKind]

  test('hits an upsert', async () => {
    await using server = await startUnits()
    server.faults.arm({ operations: ['Upsert'], effect })
    const upsert = call(server, 'POST', PATH, { body: NEW_ROWS })

    expect(await outcomeOf(upsert)).toBe(expected.upsert[0])
    expect(unitsOf(server)).toBe(expected.upsert[1])
    if ('json' in expected) expect((await upsert).json).toEqual(expected.json)
  })

  test('hits no call but one, after which the same upsert is done', async () => {
    await using server = await startUnits()
    server.faults.arm({ effect })
    await outcomeOf(call(server, 'POST', PATH, { body: NEW_ROWS }))
    await server.clock.advance(5_000)

    expect((await call(server, 'POST', PATH, { body: NEW_ROWS })).status).toBe(200)
    expect(unitsOf(server)).toBe(DONE)
  })

  test('hits a query', async () => {
    await using server = await startUnits()
    server.faults.arm({ operations: ['Query'], effect })

    expect(await outcomeOf(call(server, 'GET', PATH))).toBe(expected.query)
    server.faults.clear()
    await server.clock.advance(5_000)
    expect((await call(server, 'GET', PATH)).json).toEqual([{ unit: 'a', label: 'old' }])
  })
})

test('work that is still being processed lands later, once, and the same request then has its result', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: { kind: 'still-processing', landsAfterMs: 10_000 } })
  const ask = () => call(server, 'POST', PATH, { body: NEW_ROWS })

  expect((await ask()).status).toBe(202)
  await server.clock.advance(9_999)
  expect([(await ask()).status, unitsOf(server)]).toEqual([202, 'a'])
  await server.clock.advance(1)
  expect(unitsOf(server)).toBe(DONE)
  expect((await ask()).json).toEqual(COUNTERS)
  expect((await ask()).json).toMatchObject({ 'Rows Created': 0, 'Rows Updated': 2 })
})

test('work that is still being processed shows in a later read without being asked for', async () => {
  await using server = await startUnits()
  server.faults.arm({ operations: ['Upsert'], effect: SOCRATA_FAULT_EFFECTS['still-processing'] })
  await call(server, 'POST', PATH, { body: NEW_ROWS })
  await server.clock.advance(5_000)

  expect((await call(server, 'GET', PATH)).json).toHaveLength(3)
})

test('work that is still being processed may end as a refusal', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: SOCRATA_FAULT_EFFECTS['still-processing'] })
  const ask = () => call(server, 'POST', PATH, { body: [{ unit: 'b', nobody: 1 }] })
  await ask()
  await server.clock.advance(5_000)

  expect((await ask()).json).toMatchObject({ message: 'Illegal field name sent: nobody' })
})

test('a query that is still being processed has its rows when it is asked again', async () => {
  await using server = await startUnits()
  server.faults.arm({ operations: ['Query'], effect: SOCRATA_FAULT_EFFECTS['still-processing'] })

  expect((await call(server, 'GET', PATH)).status).toBe(202)
  await server.clock.advance(5_000)
  expect((await call(server, 'GET', PATH)).json).toHaveLength(1)
})

test('work of an execution that timed out may land later', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: { kind: 'execution-timeout', landsAfterMs: 60_000 } })
  await call(server, 'POST', PATH, { body: NEW_ROWS })

  expect(unitsOf(server)).toBe('a')
  await server.clock.advance(60_000)
  expect(unitsOf(server)).toBe(DONE)
})

test('late works land in the order of their times', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: { kind: 'execution-timeout', landsAfterMs: 2_000 } })
  server.faults.arm({ effect: { kind: 'execution-timeout', landsAfterMs: 1_000 }, afterMatches: 1 })
  await call(server, 'POST', PATH, { body: [{ unit: 'a', label: 'sent first' }] })
  await call(server, 'POST', PATH, { body: [{ unit: 'a', label: 'sent second' }] })
  await server.clock.advance(2_000)

  expect(server.rows(UNITS.id)).toEqual([{ unit: 'a', label: 'sent first' }])
})

test('lagging reads show the state before the write until their time is over', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: { kind: 'lagging-reads', lagMs: 1_000 }, times: 'always' })
  const read = async () => (await call(server, 'GET', `${PATH}?$select=count(*)`)).json
  await call(server, 'POST', PATH, { body: [{ unit: 'b' }] })
  await server.clock.advance(600)
  await call(server, 'POST', PATH, { body: [{ unit: 'c' }] })

  expect(await read()).toEqual([{ count: '1' }])
  expect((await call(server, 'GET', '/resource/unit-0001/b.json')).status).toBe(404)
  await server.clock.advance(400)
  expect(await read()).toEqual([{ count: '2' }])
  await server.clock.advance(600)
  expect(await read()).toEqual([{ count: '3' }])
})

test('a slow answer comes when the clock says so, and its work is done before', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: { kind: 'slow-answer', delayMs: 3_600_000 } })
  const before = server.clock.now().getTime()

  expect((await call(server, 'POST', PATH, { body: NEW_ROWS })).json).toEqual(COUNTERS)
  expect(server.clock.now().getTime() - before).toBe(3_600_000)
})

test('a read is answered 200 with a message instead of rows', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: { kind: 'message-in-200' } })

  expect((await call(server, 'GET', PATH)).json).toEqual({ message: expect.any(String) })
})

test('an HTML reply looks like one', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: { kind: 'html-reply', status: 502 } })
  const { status, headers, text } = await call(server, 'GET', PATH)

  expect([status, headers.get('content-type')]).toEqual([502, 'text/html; charset=utf-8'])
  expect(text).toMatch(/^<!DOCTYPE html>/)
})

test('a bad row fails every write that holds it, and no other', async () => {
  await using server = await startUnits()
  server.faults.arm({ effect: { kind: 'bad-row' }, row: 'c', times: 'always' })
  const upsert = async (...units: string[]) =>
    (await call(server, 'POST', PATH, { body: units.map((UNIT) => ({ UNIT })) })).status

  expect([await upsert('b', 'c', 'd'), await upsert('b'), await upsert('c'), await upsert('d')]).toEqual([
    400, 200, 400, 200,
  ])
  expect(unitsOf(server)).toBe('a b d')
})

test('an answer that never comes leaves nothing done', async () => {
  await using server = await startUnits()
  const fault = server.faults.arm({ effect: { kind: 'no-answer' } })
  const client = new AbortController()
  const upsert = outcomeOf(call(server, 'POST', PATH, { body: NEW_ROWS, signal: client.signal }))
  await fault.arrived()
  client.abort()

  expect(await upsert).toBe('no answer')
  expect(unitsOf(server)).toBe('a')
})

test.for([
  ['before', 'a'],
  ['after', DONE],
] as const)('a call held %s its work goes on when it is released', async ([at, held]) => {
  await using server = await startUnits()
  const fault = server.faults.arm({ effect: { kind: 'hold', at } })
  const upsert = call(server, 'POST', PATH, { body: NEW_ROWS })

  expect(await fault.arrived()).toMatchObject({ operation: 'Upsert', rows: 2, status: null, fault: 'hold' })
  expect(unitsOf(server)).toBe(held)
  fault.release()
  expect((await upsert).json).toEqual(COUNTERS)
  expect(unitsOf(server)).toBe(DONE)
})

test('a held call whose client has gone is dropped', async () => {
  await using server = await startUnits()
  const fault = server.faults.arm({ effect: { kind: 'hold', at: 'before' } })
  const client = new AbortController()
  const upsert = outcomeOf(call(server, 'POST', PATH, { body: NEW_ROWS, signal: client.signal }))
  await fault.arrived()
  client.abort()
  await upsert
  fault.release()

  expect((await call(server, 'GET', `${PATH}?$select=unit`)).json).toEqual([{ unit: 'a' }])
})

test('a fault passes some matching calls, hits some, and leaves the others alone', async () => {
  await using server = await startUnits()
  server.faults.arm({
    operations: ['Query'],
    dataset: UNITS.id,
    afterMatches: 1,
    times: 2,
    effect: { kind: 'throttled' },
  })
  const outcomes: number[] = []
  for (const path of [PATH, '/api/views/unit-0001.json', PATH, PATH, '/resource/none-0000.json', PATH]) {
    outcomes.push((await call(server, 'GET', path)).status)
  }

  expect(outcomes).toEqual([200, 200, 429, 429, 404, 200])
})

test('another process arms, awaits and releases faults over the control URL', async () => {
  await using server = await startUnits()
  const control = connectSocrataControl(server.controlUrl)
  const held = await control.arm({ operations: ['Upsert'], effect: { kind: 'hold', at: 'before' } })
  const upsert = call(server, 'POST', PATH, { body: NEW_ROWS })
  await held.arrived()
  await held.release()
  await upsert
  const throttled = await control.arm({ effect: { kind: 'throttled' }, times: 'always' })

  expect((await call(server, 'GET', PATH)).status).toBe(429)
  await throttled.disarm()
  expect((await call(server, 'GET', PATH)).status).toBe(200)
  await control.arm({ effect: { kind: 'throttled' } })
  await control.clear()
  expect((await call(server, 'GET', PATH)).status).toBe(200)
  expect(await control.requests()).toEqual(server.requests())
  expect(await control.callCount()).toBe(4)
})

test('the control URL refuses a fault that does not exist', async () => {
  await using server = await startUnits()
  const response = await fetch(new URL('/faults', server.controlUrl), {
    method: 'POST',
    body: '{"effect":{"kind":"earthquake"}}',
  })

  expect(response.status).toBe(400)
  expect(await response.text()).toContain('still-processing')
})

interface UnitsServer extends SocrataServer {
  readonly clock: VirtualClock
}

async function startUnits(): Promise<UnitsServer> {
  const clock = createVirtualClock()
  const server = await startSocrata({ datasets: [{ ...UNITS, rows: [{ unit: 'a', label: 'old' }] }], clock })
  return { ...server, clock }
}

function unitsOf(server: SocrataServer): string {
  return server
    .rows(UNITS.id)
    .map(({ unit }) => unit)
    .sort()
    .join(' ')
}

function errorOf(code: string): unknown {
  return { code, error: true, message: expect.any(String), data: expect.any(Object) }
}
