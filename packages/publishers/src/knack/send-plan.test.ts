import { type PlanEntry, type PublishJournal, TransientError } from '@findata/core'
import { createVirtualClock } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { type SendOptions, sendPlan } from './send-plan.ts'

const changes = [{ field: 'field_1', from: null, to: '13240.010' }]

const key = 'SP_NUMBER=13240.01'

test('A42: a delete of a record with the same name does not end the hold of an unclear create', async () => {
  const calls: string[] = []
  const plan: readonly PlanEntry[] = [
    { kind: 'create', key, changes },
    { kind: 'delete', key, id: 'other', changes: [] },
  ]
  const client = {
    ...creating(calls),
    async createRecord() {
      calls.push('create')
      throw new TransientError('DESTINATION_UNREACHABLE', 'no answer came', {
        details: { isUnclear: true },
      })
    },
  }

  const { held, deleted, created } = await sendPlan(iterate(plan), { ...options, client })

  expect(calls).toEqual(['create', 'delete'])
  expect({ created, deleted, held }).toMatchObject({ created: 0, deleted: 1, held: [{ key }] })
})

const options = {
  objectKey: 'object_45',
  lookUp: { find: async () => new Map(), changes: () => [] },
  toValues: () => ({}),
  journal: forgetfulJournal(),
  clock: createVirtualClock(),
  signal: new AbortController().signal,
  onProgress() {},
  settleMs: 600_000,
  concurrency: 1,
  maxRefused: 25,
  reservedCalls: 0,
  unanswered: [],
  total: 2,
  waitsForUnclear: false,
} satisfies Omit<SendOptions, 'client'>

/** Accepts whatever is sent. */
function creating(calls: string[]): SendOptions['client'] {
  return {
    async createRecord() {
      calls.push('create')
      return { id: 'new' }
    },
    async updateRecord() {
      throw new Error('nothing is updated')
    },
    async deleteRecord() {
      calls.push('delete')
    },
    allowance: () => ({}),
  }
}

function forgetfulJournal(): PublishJournal {
  return {
    runId: 'run',
    unanswered: [],
    async writeIntents() {},
    async writeReceipts() {},
    async settle() {},
    async [Symbol.asyncDispose]() {},
  }
}

async function* iterate<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}
