import { expect, test } from 'vitest'
import { defineRecordType } from './define-record-type.ts'
import type { Rejections } from './entities.ts'
import { checkPublishGuards, type PublishGuardFacts, publishRefusalOf } from './publish-guards.ts'

const recordType = defineRecordType({
  name: 'receipts',
  query: 'SELECT ID, AMOUNT FROM RECEIPTS',
  columns: ['ID', 'AMOUNT'],
  rowKey: ['ID'],
  money: ['AMOUNT'],
})

const accepted: Rejections = {
  count: 0,
  byKind: { 'null key': 0, scale: 0, conflict: 0, other: 0 },
  listed: [],
}
/** Rejected for its amount, which no other guard looks at. */
const oneRejected: Rejections = {
  count: 1,
  byKind: { ...accepted.byKind, scale: 1 },
  listed: [
    {
      kind: 'scale',
      key: 'ID=7',
      rows: 1,
      reason: 'an amount in AMOUNT has more than 2 digits after the point',
      columns: ['AMOUNT'],
    },
  ],
}

function judge(facts: Partial<PublishGuardFacts>) {
  const guards = checkPublishGuards({
    recordType,
    entities: 10,
    rejections: accepted,
    departing: undefined,
    overrides: [],
    ...facts,
  })
  return {
    departed: guards.find(({ guard }) => guard === 'departed'),
    refusal: publishRefusalOf(recordType, 'books', guards),
  }
}

test('A43: as many records that left as the limit allows are flagged or deleted, and no more', () => {
  expect(judge({ departing: { records: 5, limit: 5 } }).refusal).toBeUndefined()
  expect(judge({ departing: { records: 6, limit: 5 } }).refusal).toMatchObject({
    code: 'GUARD_REFUSED',
    message: expect.stringContaining('--allow-departed'),
  })
})

test('A43: no record is flagged or deleted while rejected rows may be its own', () => {
  const { departed, refusal } = judge({ departing: { records: 1, limit: 5 }, rejections: oneRejected })

  expect(refusal?.code).toBe('GUARD_REFUSED')
  expect(departed).toMatchObject({
    passed: false,
    evidence: expect.stringContaining('1 rejected from the snapshot'),
    examples: ['ID=7: an amount in AMOUNT has more than 2 digits after the point'],
  })
})

test('rejected rows stop nothing where no record would be flagged or deleted', () => {
  expect(judge({ rejections: oneRejected }).refusal).toBeUndefined()
  expect(judge({ rejections: oneRejected, departing: { records: 0, limit: 5 } }).refusal).toBeUndefined()
})

test('an override lets records be flagged or deleted all the same', () => {
  const overrides = [{ guard: 'departed', by: 'mary', reason: 'looked at each' }] as const
  const { departed, refusal } = judge({
    departing: { records: 1, limit: 5 },
    rejections: oneRejected,
    overrides,
  })
  expect(refusal).toBeUndefined()
  expect(departed?.overridden).toEqual(overrides[0])
})
