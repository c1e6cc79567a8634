import type { Value } from '@findata/core'

const LONGEST = 60

/** A value inside a sentence for people: quoted, control characters shown, long ones cut. */
export function readableValue(value: Value): string {
  if (value === null || value === '') return 'empty'
  return JSON.stringify(value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value)
}
