import { type FieldKind, toCanonicalDecimal, toCanonicalTimestamp, type Value } from '@findata/core'
import { toYesOrNo } from '../canonical-compare.ts'

/** What the values of a column are compared as, by `dataTypeName`; columns of other types cannot be published to. */
export const SOCRATA_KINDS: Readonly<Record<string, FieldKind | undefined>> = {
  text: 'text',
  number: 'number',
  calendar_date: 'date',
  checkbox: 'boolean',
}

/** A value as the service answers it; absent fields are null. Numbers come as text, dates with three digits of a second. */
export function toValue(kind: FieldKind, found: unknown): Value {
  if (found === null || found === undefined) return null
  const text = typeof found === 'object' ? JSON.stringify(found) : String(found)
  if (kind === 'date') return toCanonicalTimestamp(text)
  return kind === 'number' ? toDecimalOrItself(text) : text
}

/** A value as a column can hold it: dates have no zone and three digits of a second. */
export function toHeld(kind: FieldKind, value: Value): Value {
  if (kind !== 'date' || value === null) return value
  return toCanonicalTimestamp(value.replace(/(\.\d{3})\d*|Z$/g, '$1'))
}

/**
 * A value as the service takes it. Numbers go as text, which it reads digit by digit; null clears a field, while an absent field
 * keeps what it has.
 */
export function toSent(kind: FieldKind, value: Value): string | boolean | null {
  return kind === 'boolean' ? (toYesOrNo(value) ?? value) : value
}

function toDecimalOrItself(text: string): string {
  try {
    return toCanonicalDecimal(text)
  } catch {
    return text
  }
}
