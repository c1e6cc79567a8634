import { expect } from 'vitest'
import { isRefused, type SocrataContractRow, type SocrataNamespace } from './socrata-row.ts'

const BAD_ROWS: readonly (readonly [what: string, cells: string])[] = [
  ['NaN for a number', '"amount": NaN'],
  ['the text NaN for a number', '"amount": "NaN"'],
  ['words for a number', '"amount": "ten"'],
  ['words for a date', '"day": "tomorrow"'],
]

export const refusalRows: readonly SocrataContractRow[] = [
  ...BAD_ROWS.map(
    ([what, cells]): SocrataContractRow => ({
      title: `refuses ${what}`,
      async run(socrata) {
        const record_id = socrata.key('a')
        const body = `[{"batch": "${socrata.batch}", "record_id": "${record_id}", ${cells}}]`
        const reply = await socrata.send('POST', `/resource/${socrata.dataset}.json`, { body })

        expect(isRefused(reply), reply.text).toBe(true)
        expect(await socrata.read()).toEqual([])
      },
    }),
  ),
  {
    title: 'refuses an unknown field, with the id of the request, and takes no row',
    async run(socrata) {
      const reply = await post(socrata, [
        { record_id: socrata.key('a') },
        { record_id: socrata.key('b'), nobodys_field: 'x' },
      ])

      expect(reply).toMatchObject({
        status: 400,
        json: { error: true, message: expect.stringContaining('nobodys_field') },
      })
      expect(reply.json).toMatchObject({ code: expect.any(String) })
      expect(reply.headers.get('x-socrata-requestid')).toMatch(/\S/)
      expect(await socrata.read()).toEqual([])
    },
  },
  {
    title: 'refuses a column that is not there in a query',
    async run(socrata) {
      const { status, json } = await socrata.send(
        'GET',
        `/resource/${socrata.dataset}.json?$select=nobodys_field`,
      )

      expect(status).toBe(400)
      expect(json).toMatchObject({ error: true, message: expect.stringContaining('nobodys_field') })
    },
  },
  {
    title: 'refuses a write with a wrong password',
    async run(socrata) {
      const { status } = await post(socrata, [{ record_id: socrata.key('a') }], 'stranger')

      expect([401, 403]).toContain(status)
      expect(await socrata.read()).toEqual([])
    },
  },
  {
    title: 'refuses a write without credentials',
    async run(socrata) {
      const { status } = await post(socrata, [{ record_id: socrata.key('a') }], 'anonymous')

      expect([401, 403]).toContain(status)
      expect(await socrata.read()).toEqual([])
    },
  },
  {
    title: 'refuses a write of somebody who may only read',
    needs: 'reader',
    async run(socrata) {
      const { status, json } = await post(socrata, [{ record_id: socrata.key('a') }], 'reader')

      expect(status).toBe(403)
      expect(json).toMatchObject({ code: 'permission_denied', error: true })
      expect(await socrata.read()).toEqual([])
    },
  },
  {
    title: 'does not know a dataset that does not exist',
    async run(socrata) {
      const metadata = await socrata.send('GET', '/api/views/zzzz-zzz9.json')
      const rows = await socrata.send('GET', '/resource/zzzz-zzz9.json')

      expect([metadata.status, rows.status]).toEqual([404, 404])
      expect(rows.json).toMatchObject({ error: true, message: expect.any(String) })
    },
  },
  {
    title: 'does not know a row that does not exist',
    async run(socrata) {
      const path = `/resource/${socrata.dataset}/${socrata.key('nobody')}.json`

      expect(await socrata.send('GET', path)).toMatchObject({ status: 404, json: { error: true } })
    },
  },
]

function post(socrata: SocrataNamespace, rows: readonly object[], as?: 'stranger' | 'anonymous' | 'reader') {
  const body = JSON.stringify(rows.map((row) => ({ batch: socrata.batch, ...row })))
  return socrata.send('POST', `/resource/${socrata.dataset}.json`, { body, ...(as && { as }) })
}
