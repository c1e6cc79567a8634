import { TransientError } from '@findata/core'
import { expect, test } from 'vitest'
import { answerOf, isComplete } from './send-chunks.ts'

test.each([
  [{ created: 1, updated: 1, deleted: 1, errors: 0 }, true],
  [{ created: 1, updated: 1, deleted: 0, errors: 0 }, false],
  [{ created: 2, updated: 1, deleted: 1, errors: 0 }, false],
  [{ created: 1, updated: 1, deleted: 1, errors: 1 }, false],
])('A55: three rows that are counted as %j are all taken: %s', (counts, expected) => {
  expect(isComplete(counts, 3)).toBe(expected)
})

test('a receipt says what the service answered, in short', () => {
  const busy = new TransientError('DESTINATION_BUSY', 'Could not upsert', { details: { answer: '503 Down' } })

  expect(answerOf(busy)).toBe('503 Down')
  expect(answerOf(new TransientError('DESTINATION_UNREACHABLE', 'x'.repeat(1_000)))).toHaveLength(300)
  expect(answerOf(new Error('stopped'))).toBe('the run stopped before an answer came')
})
