import { expect } from 'vitest'
import { createTagged, idsOf, type KnackRow, listPage, tagged } from './knack-row.ts'

export const pageRows: readonly KnackRow[] = [
  {
    title: 'lists page by page, every record once when sorted by a field',
    needs: ['short_text'],
    async run(knack) {
      const made = await createTagged(knack, [3, 1, 5, 2, 4])
      const sorted = { sort_field: knack.field('short_text'), sort_order: 'asc', rows_per_page: '2' }
      const pages = []
      for (const page of ['1', '2', '3'])
        pages.push(await listPage(knack, tagged(knack), { ...sorted, page }))

      expect(pages.flatMap(idsOf)).toEqual([1, 3, 0, 4, 2].map((index) => made[index]?.id))
      expect(pages.map(({ current_page }) => current_page)).toEqual([1, 2, 3])
    },
  },
  {
    title: 'announces how many records and pages there are, within a few',
    needs: ['short_text'],
    async run(knack) {
      await createTagged(knack, [1, 2, 3])
      const page = await listPage(knack, tagged(knack), { rows_per_page: '2' })

      expect(Math.abs(page.total_records - 3)).toBeLessThanOrEqual(10)
      expect(page.total_pages).toBeGreaterThanOrEqual(1)
    },
  },
  {
    title: 'gives a page beyond the last one without records',
    needs: ['short_text'],
    async run(knack) {
      await createTagged(knack, [1])

      expect((await listPage(knack, tagged(knack), { rows_per_page: '10', page: '5' })).records).toEqual([])
    },
  },
  {
    title: 'gives at most 25 records unless more are asked for',
    needs: ['short_text'],
    async run(knack) {
      await createTagged(
        knack,
        Array.from({ length: 26 }, (_, index) => index),
      )

      expect((await listPage(knack, tagged(knack))).records).toHaveLength(25)
      expect((await listPage(knack, tagged(knack), { rows_per_page: '1000' })).records).toHaveLength(26)
    },
  },
  {
    title: 'sorts downwards',
    needs: ['short_text'],
    async run(knack) {
      const [one, three, two] = await createTagged(knack, [1, 3, 2])
      const page = await listPage(knack, tagged(knack), {
        sort_field: knack.field('short_text'),
        sort_order: 'desc',
      })

      expect(idsOf(page)).toEqual([three?.id, two?.id, one?.id])
    },
  },
  {
    title: 'sorts amounts as numbers',
    needs: ['short_text', 'currency'],
    async run(knack) {
      const [text, currency] = [knack.field('short_text'), knack.field('currency')]
      for (const amount of ['100.00', '20.00', '-3.00']) {
        await knack.create({ [text]: knack.tag, [currency]: amount })
      }
      const page = await listPage(knack, tagged(knack), { sort_field: currency, sort_order: 'asc' })

      expect(page.records.map((record) => record[`${currency}_raw`])).toEqual(['-3.00', '20.00', '100.00'])
    },
  },
  {
    title: 'sorts by id',
    needs: ['short_text'],
    async run(knack) {
      const made = await createTagged(knack, [2, 3, 1])
      const page = await listPage(knack, tagged(knack), { sort_field: 'id', sort_order: 'asc' })

      expect(idsOf(page)).toEqual(made.map(({ id }) => id))
    },
  },
  {
    title: 'lists records as it reads them one by one',
    needs: ['short_text'],
    async run(knack) {
      const [record] = await createTagged(knack, [1])

      expect((await listPage(knack, tagged(knack))).records).toEqual([record])
    },
  },
]
