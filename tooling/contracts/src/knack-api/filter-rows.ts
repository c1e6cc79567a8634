import { expect } from 'vitest'
import { createTagged, idsOf, type KnackNamespace, type KnackRow, listPage, tagged } from './knack-row.ts'

export const filterRows: readonly KnackRow[] = [
  {
    title: 'finds a record by its key right after it was created',
    needs: ['short_text'],
    async run(knack) {
      const field = knack.field('short_text')
      const record = await knack.create({ [field]: knack.tag })

      expect(idsOf(await listPage(knack, [{ field, operator: 'is', value: knack.tag }]))).toEqual([record.id])
    },
  },
  {
    title: 'finds the records of twenty keys in one call',
    needs: ['short_text'],
    async run(knack) {
      const field = knack.field('short_text')
      const numbers = Array.from({ length: 20 }, (_, index) => index)
      const made = await createTagged(knack, numbers)
      const rules = numbers.map((number) => ({ field, operator: 'is', value: `${knack.tag} ${number}` }))
      const found = await listPage(knack, { match: 'or', rules }, { rows_per_page: '100' })

      expect(idsOf(found).toSorted()).toEqual(made.map(({ id }) => id).toSorted())
    },
  },
  {
    title: 'takes a list of rules as all of them',
    needs: ['short_text'],
    async run(knack) {
      const field = knack.field('short_text')
      const [first] = await createTagged(knack, [1, 2])
      const filters = [...tagged(knack), { field, operator: 'ends with', value: ' 1' }]

      expect(idsOf(await listPage(knack, filters))).toEqual([first?.id])
      expect(idsOf(await listPage(knack, { match: 'and', rules: filters }))).toEqual([first?.id])
    },
  },
  ...textRow('is not', ' 1', [2, 3]),
  ...textRow('contains', ' 2', [2]),
  ...textRow('does not contain', ' 2', [1, 3]),
  {
    title: 'finds empty and filled fields',
    needs: ['short_text', 'number'],
    async run(knack) {
      const [text, number] = [knack.field('short_text'), knack.field('number')]
      const empty = await knack.create({ [text]: knack.tag })
      const filled = await knack.create({ [text]: knack.tag, [number]: 1 })

      expect(await found(knack, { field: number, operator: 'is blank' })).toEqual([empty.id])
      expect(await found(knack, { field: number, operator: 'is not blank' })).toEqual([filled.id])
    },
  },
  {
    title: 'finds numbers above and below one',
    needs: ['short_text', 'number'],
    async run(knack) {
      const [text, number] = [knack.field('short_text'), knack.field('number')]
      const [nine, ten, eleven] = [
        await knack.create({ [text]: knack.tag, [number]: 9 }),
        await knack.create({ [text]: knack.tag, [number]: 10 }),
        await knack.create({ [text]: knack.tag, [number]: 11 }),
      ]

      expect(await found(knack, { field: number, operator: 'higher than', value: 10 })).toEqual([eleven.id])
      expect(await found(knack, { field: number, operator: 'lower than', value: 10 })).toEqual([nine.id])
      expect(await found(knack, { field: number, operator: 'is', value: 10 })).toEqual([ten.id])
    },
  },
  {
    title: 'finds dates before, on and after a day',
    needs: ['short_text', 'date_time'],
    async run(knack) {
      const [text, date] = [knack.field('short_text'), knack.field('date_time')]
      const [before, on, after] = [
        await knack.create({ [text]: knack.tag, [date]: '2026-07-02T23:59:00' }),
        await knack.create({ [text]: knack.tag, [date]: '2026-07-03T10:26:00' }),
        await knack.create({ [text]: knack.tag, [date]: '2026-07-04T00:00:00' }),
      ]
      const value = '07/03/2026'

      expect(await found(knack, { field: date, operator: 'is before', value })).toEqual([before.id])
      expect(await found(knack, { field: date, operator: 'is', value })).toEqual([on.id])
      expect(await found(knack, { field: date, operator: 'is after', value })).toEqual([after.id])
    },
  },
]

function textRow(operator: string, value: string, numbers: readonly number[]): KnackRow[] {
  return [
    {
      title: `finds texts by "${operator}"`,
      needs: ['short_text'],
      async run(knack) {
        const made = await createTagged(knack, [1, 2, 3])
        const text = operator.startsWith('is') ? `${knack.tag}${value}` : value
        const ids = await found(knack, { field: knack.field('short_text'), operator, value: text })

        expect(ids).toEqual(numbers.map((number) => made[number - 1]?.id))
      },
    },
  ]
}

/** The ids of what a row made and a rule finds. */
async function found(knack: KnackNamespace, rule: unknown): Promise<readonly string[]> {
  return idsOf(await listPage(knack, [...tagged(knack), rule])).toSorted()
}
