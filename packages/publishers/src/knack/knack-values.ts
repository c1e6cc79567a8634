import { toCanonicalDecimal, type Value } from '@findata/core'
import { toYesOrNo } from '../canonical-compare.ts'
import { fieldKindOf, type KnackField } from './knack-metadata.ts'

/** What a list is joined with as text. */
export const LIST_SEPARATOR = ',\n'

type ValueField = Pick<KnackField, 'key' | 'type' | 'isMultiple'>

/**
 * The value of a field as text: numbers and currency with the digits that Knack holds, currency with its commas, dates as wall
 * clock `YYYY-MM-DDTHH:MM:SS`, booleans `true` or `false`, a connection as the ids of its records; empty text and lists are null.
 */
export function fromKnack(field: ValueField, record: Readonly<Record<string, unknown>>): Value {
  const formatted = record[field.key]
  // An empty field often comes without its raw value.
  const raw = record[`${field.key}_raw`] ?? formatted
  switch (fieldKindOf(field)) {
    case 'date':
      return toWallClock(raw) ?? toText(formatted)
    case 'boolean':
      return toBoolean(raw)
    case 'list':
      return joined(toList(raw).map(toText))
    case 'connection':
      return joined(toConnectedIds(raw))
    case undefined:
      return toText(formatted)
    default:
      return toText(Array.isArray(raw) ? raw.find((part) => toText(part) !== null) : raw)
  }
}

/** The value of a text in Knack's JSON. A number stays text, so that no digit is lost; null clears the field. */
export function toKnack(field: ValueField, value: Value): unknown {
  switch (fieldKindOf(field)) {
    case 'list':
    case 'connection':
      return value === null || value === '' ? [] : value.split(LIST_SEPARATOR)
    case 'boolean':
      return toYesOrNo(value) ?? (value || null)
    default:
      return value || null
  }
}

function toText(value: unknown): Value {
  if (typeof value === 'string') return value || null
  if (typeof value === 'number') return toCanonicalDecimal(String(value))
  return typeof value === 'boolean' ? String(value) : null
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function joined(parts: readonly Value[]): Value {
  return parts.filter((part) => part !== null).join(LIST_SEPARATOR) || null
}

const YES = new Set(['true', 'yes', 'on', '1'])
const NO = new Set(['false', 'no', 'off', '0'])

function toBoolean(value: unknown): Value {
  const text = toText(value)
  const word = text?.toLowerCase() ?? ''
  return YES.has(word) ? 'true' : NO.has(word) ? 'false' : text
}

const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d*?)0*)?Z?$/

/** Knack dresses the wall clock of the app's zone as UTC. */
function toWallClock(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { iso_timestamp: iso, unix_timestamp: unix } = value as {
    readonly iso_timestamp?: unknown
    readonly unix_timestamp?: unknown
  }
  if (typeof iso === 'string') {
    const [, seconds, fraction] = ISO.exec(iso) ?? []
    if (seconds !== undefined) return fraction ? `${seconds}.${fraction}` : seconds
  }
  const date = new Date(typeof unix === 'number' ? unix : Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : toWallClock({ iso_timestamp: date.toISOString() })
}

const SPAN_OF_RECORD = /class="([0-9a-f]{24})"/g

function toConnectedIds(value: unknown): readonly string[] {
  if (typeof value === 'string') return Array.from(value.matchAll(SPAN_OF_RECORD), ([, id = '']) => id)
  return toList(value).flatMap((part) => {
    if (typeof part === 'string') return part === '' ? [] : [part]
    const { id } = (part ?? {}) as { readonly id?: unknown }
    return typeof id === 'string' ? [id] : []
  })
}
