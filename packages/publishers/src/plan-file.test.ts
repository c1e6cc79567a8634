import { PipelineError, type PlanEntry, type PlanSummary, type PublishPlan } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fields, openWorkplace } from '../test/records.ts'
import { openPlanFile, type PlanHeader, writePlanFile } from './plan-file.ts'

const header: PlanHeader = {
  runId: '20261122T100000Z-aaaaaa',
  recordType: 'task_orders',
  destination: 'data-tracker',
  target: 'object_86 (Task orders) in Data Tracker',
  snapshotRunId: '20261122T070000Z-bbbbbb',
  mappingSha256: 'ab'.repeat(32),
  createdAt: '2026-11-22T10:00:00.000Z',
}

const summary: PlanSummary = {
  creates: 1,
  updates: 1,
  deletes: 1,
  held: 1,
  unchanged: 5804,
  departed: 1,
  duplicates: 1,
  rejected: 1,
  changesByField: { balance: 1 },
  equalities: { 'order only': 12 },
  departing: { records: 1, limit: 20 },
  callsNeeded: 12,
  callsLeft: 24_880,
  callsResetAt: '2026-11-23T00:00:00.000Z',
}

const modified = { field: 'modified', from: null, to: '2026-11-22T10:00:00' }
const entries: readonly PlanEntry[] = [
  {
    kind: 'update',
    key: 'a',
    id: '1',
    changes: [{ field: 'balance', from: '99999999999999999.01', to: 'ก\n\t"\u2028' }, modified],
  },
  { kind: 'create', key: 'b', changes: [{ field: 'id', from: null, to: '13240.010' }, modified] },
  {
    kind: 'held',
    key: 'c',
    changes: [{ field: 'id', from: null, to: 'c' }],
    until: '2026-11-22T10:08:00.000Z',
  },
  { kind: 'delete', key: '', id: '2', changes: [{ field: 'id', from: 'x', to: null }] },
  { kind: 'departed', key: '', id: '3' },
  { kind: 'departed', key: 'e', id: '5', isFilteredOut: true },
  { kind: 'duplicate', key: 'a', id: '4', keptId: '1' },
  { kind: 'rejected', key: 'd', reason: 'too long' },
]

const planOf = (some: readonly PlanEntry[]): PublishPlan => ({
  summary,
  fields,
  async *entries() {
    yield* some
  },
})

const written = async (some = entries) =>
  (await Array.fromAsync(writePlanFile(planOf(some), header))).join('')

async function read(content: string | Uint8Array, pieceLength = 7) {
  await using workplace = await openWorkplace()
  const bytes = Buffer.from(content)
  async function* pieces() {
    for (let from = 0; from < bytes.length; from += pieceLength) {
      yield new Uint8Array(bytes.subarray(from, from + pieceLength))
    }
  }
  await using saved = await openPlanFile(pieces(), 'plan.ndjson', workplace.scratch)
  return {
    header: saved.header,
    summary: saved.plan.summary,
    fields: saved.plan.fields,
    entries: await Array.fromAsync(saved.plan.entries()),
  }
}

async function failureOf(content: string | Uint8Array): Promise<PipelineError> {
  const error = await read(content, 1000).then(
    () => expect.fail('It was taken for a plan'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(PipelineError)
  expect(error).toMatchObject({ code: 'FILE_INVALID', details: { file: 'plan.ndjson' } })
  return error as PipelineError
}

describe('A44: a plan in a file', () => {
  test('is read back whole, without the values of the run that wrote it', async () => {
    const withoutModified = entries.map((entry) =>
      'changes' in entry
        ? { ...entry, changes: entry.changes.filter(({ field }) => field !== 'modified') }
        : entry,
    )
    expect(await read(await written())).toEqual({ header, summary, fields, entries: withoutModified })
    expect(await written()).not.toContain('"from":null,"to":"2026-11-22T10:00:00"')
  })

  test('may come as text too, and may be empty of entries', async () => {
    await using workplace = await openWorkplace()
    const saved = await openPlanFile(writePlanFile(planOf([]), header), 'plan', workplace.scratch)
    expect(await Array.fromAsync(saved.plan.entries())).toEqual([])
    await saved[Symbol.asyncDispose]()
  })

  test('is refused after any byte of it was changed', async () => {
    const original = Buffer.from(await written())
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: original.length - 2 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const changed = Buffer.from(original)
          changed[at] = (changed[at] as number) ^ flip
          await failureOf(changed)
        },
      ),
      { numRuns: 80 },
    )
  })

  test('is refused when it was cut anywhere', async () => {
    const original = await written()
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: original.length - 2 }), async (length) => {
        await failureOf(original.slice(0, length))
      }),
      { numRuns: 40 },
    )
    const withoutSeal = original.split('\n').slice(0, -2).join('\n')
    expect((await failureOf(withoutSeal)).message).toBe(
      'plan.ndjson is not a plan that can be applied: it was cut short. Make the plan anew with `plan --out FILE`, or name the right file.',
    )
  })

  test.each([
    ['', 'it is empty'],
    ['<html>', 'it is something else'],
    ['{"kind":"findata-certificate"}', 'it does not begin as one'],
    [new Uint8Array([0x1f, 0x8b, 0xff]), 'it is not text in UTF-8'],
    ['{"kind":"findata-plan","version":2}', 'Expected version 1'],
  ])('is told from other files: %j', async (content, reason) => {
    expect((await failureOf(content)).message).toContain(reason)
  })

  test('takes nothing it does not know, though the seal fits', async () => {
    const odd = { kind: 'create', key: 'x', changes: [], extra: 1 } as unknown as PlanEntry
    expect((await failureOf(await written([odd]))).message).toMatch(/line 2: .*extra/)
    expect((await failureOf(`${await written()}{}\n`)).message).toContain('something follows its last line')
  })
})
