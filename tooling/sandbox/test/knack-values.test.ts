import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KnackFieldDefinition } from '../src/knack/knack-app.ts'
import { financeKnackApps } from '../src/sample/knack-apps.ts'
import { startKnack } from '../src/start-knack.ts'
import { appOf, openKnack } from './knack-client.ts'

const ID = /^[0-9a-f]{24}$/

test('an empty record has empty text for every field, and a raw value only where Knack has one', async () => {
  await using knack = await openKnack({
    apps: [
      appOf([
        { key: 'field_1', name: 'Text', type: 'short_text' },
        { key: 'field_2', name: 'Amount', type: 'currency' },
        { key: 'field_3', name: 'Tags', type: 'multiple_choice', format: { type: 'multi' } },
        { key: 'field_4', name: 'Link', type: 'connection', format: { object: 'object_1' } },
      ]),
    ],
  })

  expect((await knack.call('POST', '', {})).json).toEqual({
    id: expect.stringMatching(ID),
    field_1: '',
    field_2: '',
    field_3: '',
    field_3_raw: [null],
    field_4: '',
    field_4_raw: [],
  })
})

test('an amount keeps every digit of any amount that was written', async () => {
  await using knack = await openKnack()
  await fc.assert(
    fc.asyncProperty(
      fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
      fc.boolean(),
      async (cents, hasCommas) => {
        const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
        const grouped = Intl.NumberFormat('en-US').format(BigInt(digits.slice(0, -2)))
        const sign = cents < 0n ? '-' : ''
        const raw = `${sign}${grouped}.${digits.slice(-2)}`
        const written = hasCommas ? raw : raw.replaceAll(',', '')

        expect(knack.server.insert('app', 'object_1', { field_2: written })).toMatchObject({
          field_2: `${sign}$${grouped}.${digits.slice(-2)}`,
          field_2_raw: raw,
        })
      },
    ),
    { numRuns: 200 },
  )
})

test('a third digit after the point rounds an amount half away from zero', async () => {
  await using knack = await openKnack()
  const rounded = ['1.004', '1.005', '-1.005', '0.9951', '.5'].map(
    (field_2) => knack.server.insert('app', 'object_1', { field_2 }).field_2_raw,
  )

  expect(rounded).toEqual(['1.00', '1.01', '-1.01', '1.00', '0.50'])
})

for (const [type, value, message] of [
  ['currency', 'ten', 'Field must be an amount.'],
  ['currency', '1,99.00', 'Field must be an amount.'],
  ['currency', '--1.00', 'Field must be an amount.'],
  ['number', 'ten', 'Field must be a number.'],
  ['boolean', 'perhaps', 'Field must be yes or no.'],
  ['multiple_choice', 'Pending', 'Field must be one of its options.'],
  ['multiple_choice', ['Active', 'Inactive'], 'Field takes one option.'],
  ['date_time', '02/30/2026', 'Field must be a valid date.'],
  ['date_time', '2026-01-05T06:00:00+07:00', 'Field must be a valid date.'],
  ['connection', ['42'], 'Field must be record ids.'],
  ['short_text', { text: 'A' }, 'Field must be text.'],
  ['equation', 1, 'Field is computed.'],
  ['auto_increment', 1, 'Field is computed.'],
  ['concatenation', 'A', 'Field is computed.'],
  ['count', 1, 'Field is computed.'],
  ['sum', 1, 'Field is computed.'],
] as const) {
  test(`${JSON.stringify(value)} is refused for a field of type ${type}, and nothing is written`, async () => {
    const field: KnackFieldDefinition = {
      key: 'field_1',
      name: 'Field',
      type,
      options: ['Active', 'Inactive'],
      format: { object: 'object_1' },
    }
    await using knack = await openKnack({ apps: [appOf([field])] })
    const { status, json, headers } = await knack.call('POST', '', { field_1: value })

    expect([status, headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8'])
    expect(json).toMatchObject({ errors: [{ field: 'field_1', message }] })
    expect(knack.keys()).toEqual([])
  })
}

test('all that is wrong with a record is told at once', async () => {
  await using knack = await openKnack({
    apps: [
      appOf([
        { key: 'field_1', name: 'Key', type: 'short_text', required: true, unique: true },
        { key: 'field_2', name: 'Amount', type: 'currency' },
      ]),
    ],
  })
  const { status, json } = await knack.call('POST', '', { field_2: 'ten', field_9: 'A' })

  expect(status).toBe(400)
  expect(json).toEqual({
    errors: [
      { field: 'field_2', type: 'invalid', message: 'Amount must be an amount.' },
      { field: 'field_9', type: 'unknown', message: 'There is no field field_9.' },
      { field: 'field_1', type: 'required', message: 'Key is required.' },
    ],
  })
})

test('a unique value is refused to a second record, and a required one is not cleared', async () => {
  await using knack = await openKnack({
    apps: [appOf([{ key: 'field_1', name: 'Key', type: 'short_text', required: true, unique: true }])],
  })
  const { id } = (await knack.call('POST', '', { field_1: 'A' })).json as { id: string }
  const twin = await knack.call('POST', '', { field_1: 'A' })
  const same = await knack.call('PUT', `/${id}`, { field_1: 'A' })
  const cleared = await knack.call('PUT', `/${id}`, { field_1: null })

  expect([twin.status, same.status, cleared.status]).toEqual([400, 200, 400])
  expect(twin.json).toMatchObject({ errors: [{ type: 'unique' }] })
  expect(cleared.json).toMatchObject({ errors: [{ type: 'required' }] })
  expect(knack.keys()).toEqual(['A'])
})

test('an id in the body changes nothing', async () => {
  await using knack = await openKnack()
  const { id } = knack.server.insert('app', 'object_1', { field_1: 'A' })
  const { json } = await knack.call('PUT', `/${id}`, { id: 'f'.repeat(24), field_1: 'B' })

  expect(json).toMatchObject({ id, field_1: 'B' })
})

test('a date is given in the format of its field, and as local time dressed as UTC', async () => {
  await using knack = await openKnack({
    apps: [
      appOf([
        { key: 'field_1', name: 'Military', type: 'date_time' },
        { key: 'field_2', name: 'Half days', type: 'date_time', format: { timeFormat: 'HH:MM am' } },
        { key: 'field_3', name: 'Day', type: 'date_time', format: { timeFormat: 'Ignore Time' } },
        { key: 'field_4', name: 'Day first', type: 'date_time', format: { dateFormat: 'dd/mm/yyyy' } },
      ]),
    ],
  })
  const { json } = await knack.call('POST', '', {
    field_1: '2018-07-03T22:26:59.5Z',
    field_2: '07/03/2018 12:05 am',
    field_3: { date: '07/03/2018', hours: 10, minutes: '05', am_pm: 'PM' },
    field_4: '03/07/2018 08:00',
  })

  expect(json).toMatchObject({
    field_1: '07/03/2018 22:26',
    field_1_raw: {
      date: '07/03/2018',
      date_formatted: '07/03/2018',
      hours: '10',
      minutes: '26',
      am_pm: 'PM',
      unix_timestamp: Date.UTC(2018, 6, 3, 22, 26),
      iso_timestamp: '2018-07-03T22:26:00.000Z',
      timestamp: '07/03/2018 10:26 pm',
      time: 22 * 60 + 26,
    },
    field_2: '07/03/2018 12:05am',
    field_2_raw: { iso_timestamp: '2018-07-03T00:05:00.000Z' },
    field_3: '07/03/2018',
    field_3_raw: { iso_timestamp: '2018-07-03T22:05:00.000Z' },
    field_4: '03/07/2018 08:00',
    field_4_raw: { iso_timestamp: '2018-07-03T08:00:00.000Z' },
  })
})

test('a connection is given as spans with the identifiers of its records', async () => {
  await using knack = await openKnack({
    apps: [
      appOf([
        { key: 'field_1', name: 'Name', type: 'short_text' },
        { key: 'field_2', name: 'Parents', type: 'connection', format: { object: 'object_1', has: 'many' } },
      ]),
    ],
  })
  const { id } = knack.server.insert('app', 'object_1', { field_1: 'A & B' })
  const { json } = await knack.call('POST', '', { field_1: 'C', field_2: [id] })

  expect(json).toMatchObject({
    field_2: `<span class="${id}" data-kn="connection-value">A &amp; B</span>`,
    field_2_raw: [{ id, identifier: 'A & B' }],
  })
})

test('computed fields show what the app computed, rounded where they are formatted', async () => {
  await using knack = await openKnack({
    apps: [
      appOf([
        { key: 'field_1', name: 'Number', type: 'auto_increment' },
        { key: 'field_2', name: 'Share', type: 'equation' },
        { key: 'field_3', name: 'Many', type: 'number', format: { marksThousands: true, precision: 1 } },
      ]),
    ],
  })
  knack.server.insert('app', 'object_1', { field_2: 1 / 3, field_3: 1234.5 })
  await knack.call('POST', '', {})

  expect(knack.server.records('app', 'object_1')).toMatchObject([
    {
      field_1: 1,
      field_1_raw: 1,
      field_2: '0.33',
      field_2_raw: 1 / 3,
      field_3: '1,234.5',
      field_3_raw: 1234.5,
    },
    { field_1: 2, field_2: '' },
  ])
})

test('raw and formatted values can be asked for alone', async () => {
  await using knack = await openKnack()
  const { id } = knack.server.insert('app', 'object_1', { field_1: 'A', field_2: '1.00' })

  expect((await knack.call('GET', `/${id}?format=raw`)).json).toEqual({ id, field_1: 'A', field_2: '1.00' })
  expect((await knack.call('GET', `/${id}?format=html`)).json).toEqual({ id, field_1: 'A', field_2: '$1.00' })
})

test('"is" ignores case, so that a client must compare for itself', async () => {
  await using knack = await openKnack()
  for (const field_1 of ['24row', '24ROW']) knack.server.insert('app', 'object_1', { field_1 })
  const filters = JSON.stringify([{ field: 'field_1', operator: 'is', value: '24ROW' }])

  expect((await knack.call('GET', `?filters=${encodeURIComponent(filters)}`)).json).toMatchObject({
    records: [{ field_1: '24row' }, { field_1: '24ROW' }],
  })
})

test('today is the day in the zone of the app', async () => {
  await using knack = await openKnack({
    apps: [
      appOf([
        { key: 'field_1', name: 'Name', type: 'short_text' },
        { key: 'field_2', name: 'Day', type: 'date_time' },
      ]),
    ],
  })
  // Five in the morning UTC is eleven in the evening before in Chicago.
  await knack.clock.advance(23 * 60 * 60 * 1_000)
  for (const field_1 of ['2026-01-04', '2026-01-05', '2026-01-06']) {
    knack.server.insert('app', 'object_1', { field_1, field_2: field_1 })
  }
  const found = async (rule: object) => {
    const filters = encodeURIComponent(JSON.stringify([{ field: 'field_2', ...rule }]))
    const { json } = await knack.call('GET', `?filters=${filters}`)
    return (json as { records: { field_1: string }[] }).records.map(({ field_1 }) => field_1)
  }

  expect(await found({ operator: 'is today' })).toEqual(['2026-01-05'])
  expect(await found({ operator: 'is during the previous', range: 1, type: 'days' })).toEqual(['2026-01-04'])
  expect(await found({ operator: 'is during the next', range: 1, type: 'weeks' })).toEqual(['2026-01-06'])
})

for (const [what, path] of [
  ['an unknown parameter', '?sort=field_1'],
  ['a page that is no number', '?page=first'],
  ['a field to sort by that does not exist', '?sort_field=field_9'],
  ['a field to filter by that does not exist', filtered([{ field: 'field_9', operator: 'is', value: 1 }])],
  [
    'an operator that the field does not have',
    filtered([{ field: 'field_1', operator: 'higher than', value: 1 }]),
  ],
  ['groups of rules', filtered({ match: 'and', rules: [], groups: [] })],
  ['filters that are not JSON', '?filters=field_1'],
]) {
  test(`${what} is refused`, async () => {
    await using knack = await openKnack()

    expect((await knack.call('GET', path)).status).toBe(400)
  })
}

test('a field type that is not imitated is refused at the start', async () => {
  const file = { key: 'field_1', name: 'File', type: 'file' } as unknown as KnackFieldDefinition

  await expect(startKnack({ apps: [appOf([file])] })).rejects.toThrow(
    'app, object_1, field_1: fields of type file are not imitated',
  )
})

test('the finance apps start empty, with every field once', async () => {
  const apps = financeKnackApps()
  await using server = await startKnack({ apps })

  expect(server.state().apps.map(({ slug, objects }) => [slug, objects])).toEqual([
    ['data-tracker', { object_86: [], object_189: [] }],
    ['finance-purchasing', { object_43: [], object_7: [], object_45: [], object_6: [], object_13: [] }],
  ])
  for (const { objects } of apps) {
    const keys = objects.flatMap(({ fields }) => fields.map(({ key }) => key))
    expect(new Set(keys).size).toBe(keys.length)
  }
})

function filtered(filters: unknown): string {
  return `?filters=${encodeURIComponent(JSON.stringify(filters))}`
}
