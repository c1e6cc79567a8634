import { expect } from 'vitest'
import type { SocrataContractRow } from './socrata-row.ts'

export const writeRows: readonly SocrataContractRow[] = [
  {
    title: 'creates rows, and counts them',
    async run(socrata) {
      const counters = await socrata.upsert([
        { record_id: socrata.key('a') },
        { record_id: socrata.key('b') },
      ])

      expect(counters).toMatchObject({ 'Rows Created': 2, 'Rows Updated': 0, 'Rows Deleted': 0, Errors: 0 })
      await socrata.eventually(async () => expect(await socrata.read()).toHaveLength(2))
    },
  },
  {
    title: 'updates the row of the same row identifier',
    async run(socrata) {
      const record_id = socrata.key('a')
      await socrata.upsert([{ record_id, label: 'old' }])
      const counters = await socrata.upsert([{ record_id, label: 'new' }])

      expect(counters).toMatchObject({ 'Rows Created': 0, 'Rows Updated': 1, 'Rows Deleted': 0, Errors: 0 })
      await socrata.eventually(async () =>
        expect(await socrata.read()).toEqual([{ batch: socrata.batch, record_id, label: 'new' }]),
      )
    },
  },
  {
    title: 'holds a row once however often it is sent',
    async run(socrata) {
      const row = { record_id: socrata.key('a'), amount: '1.5', is_open: true }
      await socrata.upsert([row])
      await socrata.upsert([row])

      await socrata.eventually(async () =>
        expect(await socrata.read()).toEqual([{ batch: socrata.batch, ...row }]),
      )
    },
  },
  {
    title: 'keeps what an update leaves out, and clears what it sets to null',
    async run(socrata) {
      const record_id = socrata.key('a')
      await socrata.upsert([{ record_id, label: 'kept', amount: '7', day: '2026-11-22', is_open: true }])
      await socrata.upsert([{ record_id, amount: null, day: null, is_open: null }])

      await socrata.eventually(async () =>
        expect(await socrata.read()).toEqual([{ batch: socrata.batch, record_id, label: 'kept' }]),
      )
    },
  },
  {
    title: 'deletes the rows that are marked so, among others',
    async run(socrata) {
      const [gone, kept] = [socrata.key('gone'), socrata.key('kept')]
      await socrata.upsert([{ record_id: gone }, { record_id: kept }])
      const counters = await socrata.upsert([
        { record_id: gone, ':deleted': true },
        { record_id: kept, label: 'x' },
      ])

      expect(counters).toMatchObject({ 'Rows Created': 0, 'Rows Updated': 1, 'Rows Deleted': 1, Errors: 0 })
      await socrata.eventually(async () =>
        expect(await socrata.read({ $select: 'record_id' })).toEqual([{ record_id: kept }]),
      )
    },
  },
  {
    title: 'lets the later of two rows of one row identifier win',
    async run(socrata) {
      const record_id = socrata.key('a')
      await socrata.upsert([
        { record_id, label: 'first' },
        { record_id, label: 'second' },
      ])

      await socrata.eventually(async () =>
        expect(await socrata.read({ $select: 'label' })).toEqual([{ label: 'second' }]),
      )
    },
  },
  {
    title: 'takes field names in upper case',
    async run(socrata) {
      const record_id = socrata.key('a')
      await socrata.upsert([{ RECORD_ID: record_id, Label: 'mixed' }])

      await socrata.eventually(async () =>
        expect(await socrata.read()).toEqual([{ batch: socrata.batch, record_id, label: 'mixed' }]),
      )
    },
  },
  {
    title: 'replaces the whole content',
    needs: 'replace',
    async run(socrata) {
      await socrata.upsert([{ record_id: socrata.key('gone') }])
      const record_id = socrata.key('new')
      const body = JSON.stringify([{ batch: socrata.batch, record_id }])
      const { status, json } = await socrata.send('PUT', `/resource/${socrata.dataset}.json`, { body })

      expect(status).toBe(200)
      expect(json).toMatchObject({ 'Rows Created': 1, Errors: 0 })
      await socrata.eventually(async () =>
        expect(await socrata.read()).toEqual([{ batch: socrata.batch, record_id }]),
      )
    },
  },
  {
    title: 'appends where the dataset has no row identifier',
    needs: 'plain-dataset',
    async run(socrata) {
      const path = `/resource/${socrata.plainDataset}.json`
      const body = JSON.stringify([{ batch: socrata.batch, record_id: 'a' }])
      await socrata.send('POST', path, { body })
      const { json } = await socrata.send('POST', path, { body })

      expect(json).toMatchObject({ 'Rows Created': 1, 'Rows Updated': 0 })
      await socrata.eventually(async () => {
        const { json } = await socrata.send('GET', `${path}?batch=${socrata.batch}`)
        expect(json).toHaveLength(2)
      })
    },
  },
]
