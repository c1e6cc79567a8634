import { S3_FAULT_EFFECTS, type S3FaultEffect } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { incompressible } from './sample-bytes.ts'
import { surviveAtEveryCall } from './survive-faults.ts'

/** Those that any call can meet and that end by themselves. */
const EFFECTS: readonly S3FaultEffect[] = [
  S3_FAULT_EFFECTS['internal-error'],
  S3_FAULT_EFFECTS['slow-down'],
  S3_FAULT_EFFECTS['reset-before-body'],
  S3_FAULT_EFFECTS['reset-in-request-body'],
  S3_FAULT_EFFECTS['reset-in-response-body'],
  S3_FAULT_EFFECTS['lost-reply'],
  S3_FAULT_EFFECTS['disk-full'],
  S3_FAULT_EFFECTS.delay,
]

test.each(EFFECTS)('$kind at any single call of a small run is survived', async (effect) => {
  expect(await surviveAtEveryCall(effect, Buffer.from('[{"ID":"1"}]'))).toBeGreaterThan(15)
})

test.each(EFFECTS)('$kind at any single call of a run of several parts is survived', async (effect) => {
  expect(await surviveAtEveryCall(effect, incompressible(9 * 1024 ** 2))).toBeGreaterThan(20)
})
