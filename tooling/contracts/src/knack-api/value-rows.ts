import { expect } from 'vitest'
import type { KnackNamespace, KnackNeed, KnackRow } from './knack-row.ts'

export const valueRows: readonly KnackRow[] = [
  ...[
    ['1,997.78', '$1,997.78'],
    ['100.43', '$100.43'],
    ['0.00', '$0.00'],
    ['1,234,567,890,123.45', '$1,234,567,890,123.45'],
  ].map(
    ([amount = '', formatted]): KnackRow => ({
      title: `keeps ${amount} as text with commas, formatted ${formatted}`,
      needs: ['currency'],
      run: (knack) => expectValue(knack, 'currency', amount, { formatted, raw: amount }),
    }),
  ),
  {
    title: 'keeps a negative amount as text',
    needs: ['currency'],
    run: (knack) => expectValue(knack, 'currency', '-1,997.78', { raw: '-1,997.78' }),
  },
  {
    title: 'keeps an amount of more digits than a binary float has',
    needs: ['currency'],
    run: (knack) =>
      expectValue(knack, 'currency', '9,999,999,999,999,999.99', { raw: '9,999,999,999,999,999.99' }),
  },
  {
    title: 'takes an amount without commas and gives it back with them',
    needs: ['currency'],
    run: (knack) => expectValue(knack, 'currency', '1997.7', { raw: '1,997.70' }),
  },
  {
    title: 'gives an empty field as empty text',
    needs: ['short_text', 'paragraph_text', 'number', 'currency', 'date_time'],
    async run(knack) {
      const record = await knack.create({ [knack.field('short_text')]: knack.tag })
      const empty = (['paragraph_text', 'number', 'currency', 'date_time'] as const).map(
        (type) => record[knack.field(type)],
      )

      expect(empty).toEqual(['', '', '', ''])
    },
  },
  {
    title: 'gives an empty amount no raw value',
    needs: ['short_text', 'currency'],
    async run(knack) {
      const record = await knack.create({ [knack.field('short_text')]: knack.tag })

      expect(record[`${knack.field('currency')}_raw`] ?? '').toBe('')
    },
  },
  {
    title: 'gives a number as a number',
    needs: ['number'],
    run: (knack) => expectValue(knack, 'number', 42, { raw: 42 }),
  },
  {
    title: 'gives true and false as Yes and No',
    needs: ['boolean'],
    async run(knack) {
      await expectValue(knack, 'boolean', true, { formatted: 'Yes', raw: true })
      await expectValue(knack, 'boolean', false, { formatted: 'No', raw: false })
    },
  },
  {
    title: 'gives the option that was chosen',
    needs: ['multiple_choice'],
    async run(knack) {
      const [option] = knack.options(knack.field('multiple_choice'))

      await expectValue(knack, 'multiple_choice', option, { formatted: option })
    },
  },
  {
    title: 'dresses local time as UTC',
    needs: ['date_time'],
    run: (knack) =>
      expectValue(knack, 'date_time', '2026-07-03T10:26:00', {
        raw: expect.objectContaining({
          iso_timestamp: '2026-07-03T10:26:00.000Z',
          unix_timestamp: Date.UTC(2026, 6, 3, 10, 26),
        }),
      }),
  },
  {
    title: 'keeps the line breaks of a paragraph',
    needs: ['paragraph_text'],
    run: (knack) =>
      expectValue(knack, 'paragraph_text', '5610 2400 4200,\n8400 2507 9024', {
        raw: '5610 2400 4200,\n8400 2507 9024',
      }),
  },
  {
    title: 'keeps runs of white space inside a text',
    needs: ['short_text'],
    run: (knack) => expectValue(knack, 'short_text', 'two  spaces', { raw: 'two  spaces' }),
  },
  {
    title: 'keeps text beyond ASCII, ampersands and quotes',
    needs: ['short_text'],
    run: (knack) =>
      expectValue(knack, 'short_text', `ภาษาไทย "O'Brien" & Peña 🚲`, { raw: `ภาษาไทย "O'Brien" & Peña 🚲` }),
  },
  {
    title: 'loses what follows an unclosed angle bracket and a letter or digit',
    needs: ['short_text', 'paragraph_text'],
    async run(knack) {
      await expectValue(knack, 'short_text', 'lots of <50 acres', {
        raw: expect.not.stringContaining('acres'),
      })
      await expectValue(knack, 'paragraph_text', 'if <b then', { raw: expect.not.stringContaining('then') })
    },
  },
  {
    title: 'keeps an angle bracket with a space on either side',
    needs: ['short_text'],
    run: (knack) =>
      expectValue(knack, 'short_text', 'lots of < 50 acres > here', { raw: 'lots of < 50 acres > here' }),
  },
  {
    title: 'keeps an id that looks like a number as it was written',
    needs: ['short_text'],
    run: (knack) => expectValue(knack, 'short_text', '13240.010', { raw: '13240.010' }),
  },
]

async function expectValue(
  knack: KnackNamespace,
  type: KnackNeed,
  written: unknown,
  expected: { readonly formatted?: unknown; readonly raw?: unknown },
): Promise<void> {
  const field = knack.field(type)
  const { id } = await knack.create({ [field]: written })
  const record = (await knack.call('GET', `${knack.records}/${id}`)).json as Record<string, unknown>

  if ('formatted' in expected) expect(record[field]).toEqual(expected.formatted)
  if ('raw' in expected) expect(record[`${field}_raw`]).toEqual(expected.raw)
}
