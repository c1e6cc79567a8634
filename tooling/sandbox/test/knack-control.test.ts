import { expect, test } from 'vitest'
import { connectKnackControl } from '../src/knack/knack-control.ts'
import { appOf, openKnack } from './knack-client.ts'

test('another process reads, inserts, edits and removes records by hand', async () => {
  await using knack = await openKnack()
  const control = connectKnackControl(knack.server.controlUrl)
  const { id } = await control.insert('app', 'object_1', { field_1: 'A', field_2: '1.00' })
  const edited = await control.edit('app', 'object_1', id, { field_1: 'B' })
  const records = await control.records(appOf().id, 'object_1')
  await control.remove('app', 'object_1', id)

  expect(records).toEqual([edited])
  expect(edited).toMatchObject({ id, field_1: 'B', field_2_raw: '1.00' })
  expect(knack.keys()).toEqual([])
})

test('another process sees the whole state, and uses up calls', async () => {
  await using knack = await openKnack({ dailyCalls: 10 })
  const control = connectKnackControl(knack.server.controlUrl)
  await knack.call('POST', '', { field_1: 'A' })
  await control.spendCalls('account', 4)

  expect(await control.callsToday('account')).toBe(5)
  expect(await control.state()).toEqual({
    apps: [
      {
        id: appOf().id,
        slug: 'app',
        name: 'App',
        objects: { object_1: [expect.objectContaining({ field_1: 'A' })] },
      },
    ],
    callsToday: { account: 5 },
  })
  await control.spendCalls('account')
  expect(await control.callsToday('account')).toBe(10)
})

test('another process arms faults, waits for them, releases them and reads the calls', async () => {
  await using knack = await openKnack()
  const control = connectKnackControl(knack.server.controlUrl)
  const held = await control.arm({ effect: { kind: 'hold', at: 'before' } })
  const taken = await control.arm({ effect: { kind: 'server-error', status: 500, at: 'before' } })
  await taken.disarm()
  const call = knack.call('GET')
  const arrived = await held.arrived()
  await held.release()

  expect([arrived.call, (await call).status]).toEqual([1, 200])
  expect(await control.requests()).toMatchObject([{ call: 1, operation: 'list', status: 200, fault: 'hold' }])
})

test('faults of another process are cleared at once', async () => {
  await using knack = await openKnack()
  const control = connectKnackControl(knack.server.controlUrl)
  await control.arm({ effect: { kind: 'lost-reply' }, times: 'always' })
  await control.clear()

  expect((await knack.call('GET')).status).toBe(200)
})

test('what the control URL does not have, or the app refuses, is refused with a reason', async () => {
  await using knack = await openKnack()
  const control = connectKnackControl(knack.server.controlUrl)
  const effect = { kind: 'meteor' } as never

  await expect(control.arm({ effect })).rejects.toThrow("A fault's effect.kind is one of server-error")
  await expect(control.records('app', 'object_2')).rejects.toThrow('no object object_2 in an app app')
  await expect(control.insert('app', 'object_1', { field_2: 'ten' })).rejects.toThrow(
    'Balance must be an amount',
  )
  await expect(control.remove('app', 'object_1', 'f'.repeat(24))).rejects.toThrow('Record not found')
})
