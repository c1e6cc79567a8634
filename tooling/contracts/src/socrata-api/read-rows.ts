import { expect } from 'vitest'
import type { SocrataContractRow, SocrataNamespace } from './socrata-row.ts'

export const readRows: readonly SocrataContractRow[] = [
  {
    title: 'names its columns, their types and the row identifier',
    async run(socrata) {
      const { status, json } = await socrata.send('GET', `/api/views/${socrata.dataset}.json`)
      const { id, columns, rowIdentifierColumnId } = json as {
        id: string
        columns: readonly { id: number; fieldName: string; dataTypeName: string }[]
        rowIdentifierColumnId: number
      }

      expect(status).toBe(200)
      expect(id).toBe(socrata.dataset)
      expect(
        Object.fromEntries(columns.map((column) => [column.fieldName, column.dataTypeName])),
      ).toMatchObject({
        batch: 'text',
        record_id: 'text',
        label: 'text',
        amount: 'number',
        day: 'calendar_date',
        is_open: 'checkbox',
      })
      expect(columns.find((column) => column.id === rowIdentifierColumnId)?.fieldName).toBe('record_id')
    },
  },
  {
    title: 'names no row identifier where none is set',
    needs: 'plain-dataset',
    async run(socrata) {
      const { json } = await socrata.send('GET', `/api/views/${socrata.plainDataset}.json`)

      expect((json as { rowIdentifierColumnId?: number }).rowIdentifierColumnId ?? null).toBeNull()
    },
  },
  {
    title: 'gives 1,000 rows unless asked for more, and all of them page by page',
    async run(socrata) {
      const keys = Array.from({ length: 1_002 }, (_, index) => socrata.key(String(index).padStart(4, '0')))
      await socrata.upsert(keys.map((record_id) => ({ record_id })))
      await socrata.eventually(async () => expect(await countOf(socrata)).toBe('1002'))

      expect(await socrata.read()).toHaveLength(1_000)
      expect(await socrata.read({ $limit: '5000' })).toHaveLength(1_002)
      const page = (offset: number) =>
        socrata.read({ $select: 'record_id', $order: 'record_id', $limit: '400', $offset: String(offset) })
      const pages = [...(await page(0)), ...(await page(400)), ...(await page(800))]
      expect(pages).toEqual(keys.map((record_id) => ({ record_id })))
    },
  },
  {
    title: 'goes on after a row by its :id, so that no other row moves the page',
    async run(socrata) {
      const keys = ['a', 'b', 'c', 'd', 'e'].map(socrata.key)
      await socrata.upsert(keys.map((record_id) => ({ record_id })))
      await socrata.eventually(async () => expect(await countOf(socrata)).toBe('5'))
      const page = (after?: unknown) =>
        socrata.read({
          $select: ':id, record_id',
          $order: ':id',
          $limit: '2',
          ...(after === undefined ? {} : { $where: `:id > '${after}'` }),
        })
      const first = await page()
      const second = await page(first[1]?.[':id'])
      const third = await page(second[1]?.[':id'])

      expect(third).toHaveLength(1)
      const found = [...first, ...second, ...third].map(({ record_id }) => record_id)
      expect(found.toSorted()).toEqual(keys)
    },
  },
  {
    title: 'selects columns and system fields',
    async run(socrata) {
      const record_id = socrata.key('a')
      await socrata.upsert([{ record_id, label: 'x' }])

      await socrata.eventually(async () =>
        expect(await socrata.read({ $select: ':id, :updated_at, label' })).toEqual([
          {
            ':id': expect.any(String),
            ':updated_at': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
            label: 'x',
          },
        ]),
      )
      expect(await socrata.read({ $select: ':*, *' })).toEqual([
        expect.objectContaining({ ':id': expect.any(String), record_id, label: 'x' }),
      ])
    },
  },
  {
    title: 'filters by equality, by lists, with and, or and parentheses',
    async run(socrata) {
      const row = (name: string, label: string, amount: string) => ({
        record_id: socrata.key(name),
        label,
        amount,
      })
      await socrata.upsert([row('a', "O'Neil", '1.50'), row('b', 'two', '2'), row('c', 'three', '3')])
      await socrata.eventually(async () => expect(await countOf(socrata)).toBe('3'))
      const labels = async ($where: string) =>
        (await socrata.read({ $where, $order: 'record_id' })).map(({ label }) => label)

      expect(await labels("label = 'O''Neil'")).toEqual(["O'Neil"])
      expect(await labels('amount = 1.5')).toEqual(["O'Neil"])
      expect(await labels("label in ('two', 'three', 'four')")).toEqual(['two', 'three'])
      expect(await labels("label = 'two' or amount in (3)")).toEqual(['two', 'three'])
      expect(await labels('amount > 1.5')).toEqual(['two', 'three'])
      expect(await labels("(label = 'two' or label = 'three') and amount = 3")).toEqual(['three'])
    },
  },
  {
    title: 'orders by several columns, either way',
    async run(socrata) {
      const row = (name: string, label: string, amount: string) => ({
        record_id: socrata.key(name),
        label,
        amount,
      })
      await socrata.upsert([row('a', 'x', '9'), row('b', 'x', '10'), row('c', 'y', '-1')])

      await socrata.eventually(async () =>
        expect(await socrata.read({ $select: 'amount', $order: 'label desc, amount' })).toEqual([
          { amount: '-1' },
          { amount: '9' },
          { amount: '10' },
        ]),
      )
    },
  },
  {
    title: 'reads one row by its row identifier',
    async run(socrata) {
      const record_id = socrata.key('a')
      await socrata.upsert([{ record_id, label: 'alone' }])

      await socrata.eventually(async () => {
        const { json } = await socrata.send('GET', `/resource/${socrata.dataset}/${record_id}.json`)
        expect(json).toMatchObject({ record_id, label: 'alone' })
      })
    },
  },
  {
    title: 'deletes one row by its row identifier',
    async run(socrata) {
      const record_id = socrata.key('a')
      await socrata.upsert([{ record_id }])
      const { status } = await socrata.send('DELETE', `/resource/${socrata.dataset}/${record_id}.json`)

      expect(status).toBe(200)
      await socrata.eventually(async () => expect(await socrata.read()).toEqual([]))
    },
  },
]

async function countOf(socrata: SocrataNamespace): Promise<unknown> {
  const [row] = await socrata.read({ $select: 'count(*) as rows' })
  return row?.rows
}
