import { escapeHtml } from '../escape-html.ts'
import { centsToGrouped, groupThousands, toCents } from './exact-amount.ts'
import { isKnackId, type KnackFieldDefinition } from './knack-app.ts'
import { formatWallTime, rawWallTime, toWallMinutes } from './wall-time.ts'

/** What a field holds: cents, wall minutes, text, record ids or options; an empty field holds nothing. */
export type Stored = string | number | boolean | bigint | readonly string[]

/** Why a value was refused. */
export class BadValue extends Error {}

/** Undefined clears the field. @throws BadValue */
export function toStored(field: KnackFieldDefinition, value: unknown): Stored | undefined {
  if (value === null || value === undefined || value === '') return undefined
  switch (field.type) {
    case 'short_text':
    case 'paragraph_text':
    case 'concatenation':
      return toText(value) || undefined
    case 'number':
    case 'auto_increment':
    case 'equation':
    case 'count':
    case 'sum':
      return toNumber(value)
    case 'currency': {
      const cents =
        typeof value === 'string' || typeof value === 'number' ? toCents(String(value)) : undefined
      if (cents === undefined) throw new BadValue('must be an amount')
      return cents
    }
    case 'boolean':
      return toBoolean(value)
    case 'multiple_choice':
      return toChoice(field, value)
    case 'date_time': {
      const wall = toWallMinutes(value, field.format)
      if (wall === undefined) throw new BadValue('must be a valid date')
      return wall
    }
    case 'connection':
      return toIds(field, value)
  }
}

// An unclosed `<` that a letter or digit follows begins a tag for Knack, and it drops the rest.
const UNCLOSED_TAG = /<[A-Za-z0-9][^>]*$/

function toText(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') throw new BadValue('must be text')
  return value.replace(UNCLOSED_TAG, '')
}

function toNumber(value: unknown): number {
  const text = typeof value === 'string' ? value.trim().replaceAll(',', '') : value
  const number = typeof text === 'string' && text !== '' ? Number(text) : text
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new BadValue('must be a number')
  return number
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['true', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', 'no', 'off'].map((word) => [word, false] as const),
])

function toBoolean(value: unknown): boolean {
  const known = BOOLEANS.get(String(value).toLowerCase())
  if (known === undefined) throw new BadValue('must be yes or no')
  return known
}

function toChoice({ options, format }: KnackFieldDefinition, value: unknown): Stored | undefined {
  const choices = (Array.isArray(value) ? value : [value]).filter(
    (choice) => choice !== null && choice !== '',
  )
  for (const choice of choices) {
    if (typeof choice !== 'string' || (options && !options.includes(choice))) {
      throw new BadValue('must be one of its options')
    }
  }
  if (choices.length === 0) return undefined
  if (format?.type === 'multi') return choices as string[]
  if (choices.length > 1) throw new BadValue('takes one option')
  return choices[0] as string
}

function toIds({ format }: KnackFieldDefinition, value: unknown): Stored | undefined {
  const ids = (Array.isArray(value) ? value : [value]).map((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item ? item.id : item,
  )
  if (!ids.every((id) => typeof id === 'string' && isKnackId(id))) throw new BadValue('must be record ids')
  if (ids.length > 1 && format?.has !== 'many') throw new BadValue('takes one record')
  return ids.length === 0 ? undefined : (ids as string[])
}

/** Undefined where the key is left out. */
export interface RenderedValue {
  readonly formatted: unknown
  readonly raw?: unknown
}

/** What the API shows; `identify` gives the identifier of a connected record. */
export function renderValue(
  field: KnackFieldDefinition,
  stored: Stored | undefined,
  identify: (id: string) => string,
): RenderedValue {
  if (stored === undefined) return renderEmpty(field)
  const { type, format } = field
  switch (type) {
    case 'currency': {
      const grouped = centsToGrouped(stored as bigint)
      return { formatted: grouped.startsWith('-') ? `-$${grouped.slice(1)}` : `$${grouped}`, raw: grouped }
    }
    case 'number':
    case 'equation':
      return { formatted: formatNumber(stored as number, field), raw: stored }
    case 'boolean':
      return { formatted: stored ? 'Yes' : 'No', raw: stored }
    case 'multiple_choice':
      return { formatted: Array.isArray(stored) ? stored.join(', ') : stored, raw: stored }
    case 'date_time':
      return {
        formatted: formatWallTime(stored as number, format),
        raw: rawWallTime(stored as number, format),
      }
    case 'connection': {
      const connected = (stored as readonly string[]).map((id) => ({ id, identifier: identify(id) }))
      return {
        formatted: connected
          .map(
            ({ id, identifier }) =>
              `<span class="${id}" data-kn="connection-value">${escapeHtml(identifier)}</span>`,
          )
          .join('<br />'),
        raw: connected,
      }
    }
    default:
      return { formatted: stored, raw: stored }
  }
}

function renderEmpty({ type, format }: KnackFieldDefinition): RenderedValue {
  if (type === 'connection') return { formatted: '', raw: [] }
  if (type === 'multiple_choice' && format?.type === 'multi') return { formatted: '', raw: [null] }
  return { formatted: '' }
}

function formatNumber(number: number, { type, format = {} }: KnackFieldDefinition): number | string {
  const precision = format.precision ?? (type === 'equation' ? 2 : undefined)
  if (precision === undefined && !format.marksThousands) return number
  const [whole = '', fraction] = (precision === undefined ? String(number) : number.toFixed(precision)).split(
    '.',
  )
  const grouped = format.marksThousands ? groupThousands(whole) : whole
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** Whether two values are the same to a unique field. */
export function isSameValue(left: Stored | undefined, right: Stored | undefined): boolean {
  return Array.isArray(left) && Array.isArray(right)
    ? left.length === right.length && left.every((item, index) => item === right[index])
    : left === right
}
