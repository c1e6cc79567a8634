import { expect } from 'vitest'
import type { SocrataContractRow } from './socrata-row.ts'

export const TEXTS = [
  '13240.010',
  '007',
  'Lot <50 acres',
  '& &amp; "quoted" \'single\' \\',
  'Señalización ซ่อมแซม 🚲',
  'Line one\nline two\ttab',
  "'; --",
]

const NUMBERS: readonly (readonly [sent: string, read: string])[] = [
  ['10.00', '10'],
  ['-0.10', '-0.1'],
  ['0', '0'],
  ['-1997.78', '-1997.78'],
  ['9999999999999999.99', '9999999999999999.99'],
  ['0.1234567890123456789', '0.1234567890123456789'],
]

export const valueRows: readonly SocrataContractRow[] = [
  ...NUMBERS.map(
    ([sent, read]): SocrataContractRow => ({
      title: `reads the number ${sent} back as the text ${read}, sent as text or as a number`,
      async run(socrata) {
        const row = (name: string, amount: string) =>
          `{"batch": "${socrata.batch}", "record_id": "${socrata.key(name)}", "amount": ${amount}}`
        const body = `[${row('a', `"${sent}"`)}, ${row('b', sent)}]`
        const { status, text } = await socrata.send('POST', `/resource/${socrata.dataset}.json`, { body })

        expect(status, text).toBe(200)
        await socrata.eventually(async () =>
          expect(await socrata.read({ $select: 'amount' })).toEqual([{ amount: read }, { amount: read }]),
        )
      },
    }),
  ),
  {
    title: 'keeps text as it is',
    async run(socrata) {
      await socrata.upsert(TEXTS.map((label, index) => ({ record_id: socrata.key(String(index)), label })))

      await socrata.eventually(async () =>
        expect(await socrata.read({ $select: 'label', $order: 'record_id' })).toEqual(
          TEXTS.map((label) => ({ label })),
        ),
      )
    },
  },
  {
    title: 'reads a day back with its time of midnight, without a zone',
    async run(socrata) {
      await socrata.upsert([
        { record_id: socrata.key('a'), day: '2026-11-22' },
        { record_id: socrata.key('b'), day: '2026-03-08T02:30:00' },
      ])

      await socrata.eventually(async () =>
        expect(await socrata.read({ $select: 'day', $order: 'record_id' })).toEqual([
          { day: '2026-11-22T00:00:00.000' },
          { day: '2026-03-08T02:30:00.000' },
        ]),
      )
    },
  },
  {
    title: 'reads a checkbox back as true or false',
    async run(socrata) {
      await socrata.upsert([
        { record_id: socrata.key('a'), is_open: true },
        { record_id: socrata.key('b'), is_open: false },
      ])

      await socrata.eventually(async () =>
        expect(await socrata.read({ $select: 'is_open', $order: 'record_id' })).toEqual([
          { is_open: true },
          { is_open: false },
        ]),
      )
    },
  },
]
