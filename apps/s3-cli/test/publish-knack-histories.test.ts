import fc from 'fast-check'
import { test } from 'vitest'
import { histories, liveThrough } from './publish-knack-history.ts'

test('A42: a few random histories of changes, hand edits, faults and kills end with the entities, each once', async () => {
  await fc.assert(fc.asyncProperty(histories, liveThrough), { numRuns: 30 })
})
