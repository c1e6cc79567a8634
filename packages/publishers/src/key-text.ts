import type { TargetField, Value } from '@findata/core'
import { toComparable } from './canonical-compare.ts'

/** The key of a record as one text: equal texts are equal keys. */
export function keyTextOf(fields: readonly TargetField[], values: readonly Value[]): string {
  const parts = fields.flatMap(({ kind, isKey }, place) =>
    isKey ? [toComparable(kind, values[place] ?? null)] : [],
  )
  return JSON.stringify(parts)
}
