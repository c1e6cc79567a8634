import { expect } from 'vitest'
import type { KnackRow } from './knack-row.ts'

const NO_RECORD = '000000000000000000000000'

export const accessRows: readonly KnackRow[] = [
  {
    title: 'describes an app to anybody: id, name, slug, account, zone, objects and fields',
    async run(knack) {
      const answer = await knack.call('GET', `/applications/${knack.appId}`, {
        headers: { 'X-Knack-REST-API-Key': '' },
      })
      const { application } = answer.json as {
        application: { objects: { key: string; fields: unknown[] }[] }
      }

      expect(answer.status).toBe(200)
      expect(application).toMatchObject({
        id: knack.appId,
        name: expect.any(String),
        slug: expect.any(String),
        account: { slug: expect.any(String) },
        settings: { timezone: expect.any(String) },
      })
      expect(application.objects.find(({ key }) => key === knack.objectKey)?.fields).toContainEqual(
        expect.objectContaining({
          key: expect.stringMatching(/^field_\d+$/),
          name: expect.any(String),
          type: expect.any(String),
        }),
      )
    },
  },
  {
    title: 'refuses a wrong key with 401, in plain text',
    async run(knack) {
      const answer = await knack.call('GET', knack.records, { headers: { 'X-Knack-REST-API-Key': 'wrong' } })

      expect([answer.status, answer.text]).toEqual([401, 'Invalid API key'])
    },
  },
  {
    title: 'refuses a malformed app id with 400, in plain text',
    async run(knack) {
      const answer = await knack.call('GET', knack.records, { headers: { 'X-Knack-Application-Id': 'app' } })

      expect([answer.status, answer.text]).toEqual([400, 'Malformed App ID.'])
    },
  },
  {
    title: 'refuses a call without an app id with 401, in plain text',
    async run(knack) {
      const answer = await knack.call('GET', knack.records, { headers: { 'X-Knack-Application-Id': '' } })

      expect([answer.status, answer.text]).toEqual([401, 'Invalid API request'])
    },
  },
  {
    title: 'answers 404 for an object that does not exist',
    async run(knack) {
      expect((await knack.call('GET', '/objects/object_999999/records')).status).toBe(404)
    },
  },
  {
    title: 'answers 404 for a record that does not exist',
    async run(knack) {
      expect((await knack.call('GET', `${knack.records}/${NO_RECORD}`)).status).toBe(404)
    },
  },
  {
    title: 'tells both limits with every answer: of the day in milliseconds left, of the second as a time',
    async run(knack) {
      const { headers } = await knack.call('GET', knack.records, { query: { rows_per_page: '1' } })
      const read = (name: string) => Number(headers.get(name) ?? Number.NaN)

      expect(read('X-PlanLimit-Remaining')).toBeLessThan(read('X-PlanLimit-Limit'))
      expect(read('X-PlanLimit-Reset')).toBeGreaterThan(0)
      expect(read('X-PlanLimit-Reset')).toBeLessThanOrEqual(24 * 60 * 60 * 1_000)
      expect(read('X-RateLimit-Remaining')).toBeLessThan(read('X-RateLimit-Limit'))
      expect(Math.abs(read('X-RateLimit-Reset') - Date.now() / 1_000)).toBeLessThan(60)
    },
  },
  {
    title: 'counts a call against the day',
    async run(knack) {
      const left = async () => {
        const { headers } = await knack.call('GET', knack.records, { query: { rows_per_page: '1' } })
        return Number(headers.get('X-PlanLimit-Remaining'))
      }
      const before = await left()

      expect(await left()).toBeLessThan(before)
    },
  },
]
