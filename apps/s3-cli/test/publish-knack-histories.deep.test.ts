import fc from 'fast-check'
import { test } from 'vitest'
import { histories, liveThrough } from './publish-knack-history.ts'

test('A42: a thousand random histories of changes, hand edits, faults and kills end with the entities, each once', async () => {
  await fc.assert(fc.asyncProperty(histories, liveThrough), { numRuns: 1_000 })
}, 900_000)
