import { expect } from 'vitest'
import type { KnackRow } from './knack-row.ts'

export const writeRows: readonly KnackRow[] = [
  {
    title: 'answers a create with the whole record',
    needs: ['short_text', 'currency'],
    async run(knack) {
      const [text, currency] = [knack.field('short_text'), knack.field('currency')]
      const record = await knack.create({ [text]: knack.tag, [currency]: '12.50' })

      expect(record).toMatchObject({
        id: expect.stringMatching(/^[0-9a-f]{24}$/),
        [text]: knack.tag,
        [`${text}_raw`]: knack.tag,
        [currency]: '$12.50',
      })
    },
  },
  {
    title: 'gives ids that grow with the time of creation',
    needs: ['short_text'],
    async run(knack) {
      const text = knack.field('short_text')
      const first = await knack.create({ [text]: knack.tag })
      const second = await knack.create({ [text]: knack.tag })

      expect(first.id < second.id).toBe(true)
    },
  },
  {
    title: 'creates a second record when the same create is sent twice',
    needs: ['short_text'],
    async run(knack) {
      const values = { [knack.field('short_text')]: knack.tag }

      expect((await knack.create(values)).id).not.toBe((await knack.create(values)).id)
    },
  },
  {
    title: 'takes a trailing slash after records',
    needs: ['short_text'],
    async run(knack) {
      expect((await knack.call('GET', `${knack.records}/`, { query: { rows_per_page: '1' } })).status).toBe(
        200,
      )
    },
  },
  {
    title: 'reads one record as it was written',
    needs: ['short_text'],
    async run(knack) {
      const record = await knack.create({ [knack.field('short_text')]: knack.tag })

      expect((await knack.call('GET', `${knack.records}/${record.id}`)).json).toEqual(record)
    },
  },
  {
    title: 'changes only the fields that are named, and answers with the whole record',
    needs: ['short_text', 'number'],
    async run(knack) {
      const [text, number] = [knack.field('short_text'), knack.field('number')]
      const { id } = await knack.create({ [text]: knack.tag, [number]: 7 })
      const { status, json } = await knack.call('PUT', `${knack.records}/${id}`, { body: { [number]: 8 } })

      expect(status).toBe(200)
      expect(json).toMatchObject({ id, [text]: knack.tag, [`${number}_raw`]: 8 })
    },
  },
  {
    title: 'changes nothing else when the same change is sent twice',
    needs: ['short_text'],
    async run(knack) {
      const text = knack.field('short_text')
      const { id } = await knack.create({ [text]: knack.tag })
      const change = () => knack.call('PUT', `${knack.records}/${id}`, { body: { [text]: `${knack.tag} 2` } })
      const first = await change()

      expect((await change()).json).toEqual(first.json)
    },
  },
  {
    title: 'clears a field by null and by empty text',
    needs: ['short_text', 'currency', 'date_time'],
    async run(knack) {
      const [text, currency, date] = [
        knack.field('short_text'),
        knack.field('currency'),
        knack.field('date_time'),
      ]
      const { id } = await knack.create({
        [text]: knack.tag,
        [currency]: '1.00',
        [date]: '2026-03-04T05:06:00',
      })
      const { json } = await knack.call('PUT', `${knack.records}/${id}`, {
        body: { [currency]: '', [date]: null },
      })

      expect(json).toMatchObject({ [text]: knack.tag, [currency]: '', [date]: '' })
    },
  },
  {
    title: 'answers 404 for a change of a record that does not exist',
    needs: ['short_text'],
    async run(knack) {
      const body = { [knack.field('short_text')]: knack.tag }

      expect((await knack.call('PUT', `${knack.records}/000000000000000000000000`, { body })).status).toBe(
        404,
      )
    },
  },
  {
    title: 'deletes a record',
    needs: ['short_text'],
    async run(knack) {
      const { id } = await knack.create({ [knack.field('short_text')]: knack.tag })
      const deletion = await knack.call('DELETE', `${knack.records}/${id}`)

      expect([deletion.status, deletion.json]).toEqual([200, { delete: true }])
      expect((await knack.call('GET', `${knack.records}/${id}`)).status).toBe(404)
      expect((await knack.call('DELETE', `${knack.records}/${id}`)).status).toBe(404)
    },
  },
]
