import { type ErrorCode, PipelineError } from '@findata/core'
import { expect } from 'vitest'

/** Waits for work that must fail with this code, and returns the error. */
export async function expectCode(code: ErrorCode, work: Promise<unknown>): Promise<PipelineError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof PipelineError)) throw error ?? new Error(`Expected ${code}, but it succeeded`)
  expect(error.code, error.message).toBe(code)
  return error
}
