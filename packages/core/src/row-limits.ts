import { isCanonical } from './canonical.ts'
import { compareDecimals, digitsAfterPoint, isCanonicalDecimal, toCanonicalDecimal } from './decimal.ts'
import { indexesOf, readableKey } from './key-census.ts'
import type { KeyColumn } from './record-type.ts'
import type { Column, ColumnType, Row, RowSchema, Value } from './row-schema.ts'

/** What a destination can hold in one column. NULL always fits; nothing is ever rounded or cut to fit. */
export type ColumnLimit =
  /** NUMBER and binary floats. A zero before the point is no digit: 0.99 has none there. */
  | {
      readonly kind: 'number'
      readonly digitsBeforePoint: number
      readonly digitsAfterPoint: number
      /** Inclusive, in canonical text, where digits alone do not say it, as for a 64-bit integer. */
      readonly lowest?: string
      readonly highest?: string
    }
  /** DATE and TIMESTAMP; instants in UTC. */
  | {
      readonly kind: 'time'
      /** Inclusive, as `0001-01-01T00:00:00`. */
      readonly earliest: string
      readonly latest: string
      readonly fractionalDigits: number
    }
  /** VARCHAR2, CHAR and CLOB. Half of a surrogate pair never fits. */
  | {
      readonly kind: 'text'
      /** Code points. */
      readonly maxCharacters?: number
      /** In UTF-8. */
      readonly maxBytes?: number
      /** Unless true, text with U+0000 does not fit. */
      readonly holdsNul?: boolean
    }
  /** RAW and BLOB. */
  | { readonly kind: 'bytes'; readonly maxBytes: number }

/** Why a row is kept aside, as a person reads it. */
export interface RowRejection {
  /** The readable row key. */
  readonly key: string
  readonly column: string
  readonly kind: RowRejectionKind
  /** Shows a number or a time, a long one cut, and never text, which may be about a person. */
  readonly reason: string
}

/** `scale` is of digits after the point, those of seconds too; `text` of characters that do not fit. */
export type RowRejectionKind = 'null key' | 'scale' | 'range' | 'length' | 'text'

/** Why a row does not fit, or undefined when it does. */
export type RowScreen = (row: Row) => RowRejection | undefined

type Misfit = Pick<RowRejection, 'kind' | 'reason'>

/**
 * Prepares the check of rows against limits by column name; columns without one hold everything. A row is rejected for NULL in
 * a key column that is not nullable, else for its first column that does not fit. Throws RangeError for a limit that names no
 * column of the schema, does not suit its type or is none.
 */
export function compileRowScreen(
  schema: RowSchema,
  limits: Readonly<Record<string, ColumnLimit>>,
  rowKey: readonly KeyColumn[],
): RowScreen {
  const keyIndexes = indexesOf(
    schema,
    rowKey.map(({ column }) => column),
  )
  const required = keyIndexes.filter((_, place) => !rowKey[place]?.isNullable)
  const limitOf = new Map(Object.entries(limits))
  indexesOf(schema, [...limitOf.keys()])
  const checks = schema.columns.flatMap((column, index) => {
    const limit = limitOf.get(column.name)
    return limit === undefined ? [] : [{ index, misfitOf: compileLimit(column, limit) }]
  })

  const reject = (row: Row, index: number, misfit: Misfit): RowRejection => ({
    key: readableKey(
      rowKey,
      keyIndexes.map((place) => row[place] as Value),
    ),
    column: (schema.columns[index] as Column).name,
    ...misfit,
  })

  return (row) => {
    for (const index of required) {
      if (row[index] === null) return reject(row, index, { kind: 'null key', reason: 'NULL in a key column' })
    }
    for (const { index, misfitOf } of checks) {
      const value = row[index] as Value
      const misfit = value === null ? undefined : misfitOf(value)
      if (misfit) return reject(row, index, misfit)
    }
    return undefined
  }
}

const TYPES: Readonly<Record<ColumnLimit['kind'], readonly ColumnType['kind'][]>> = {
  number: ['number', 'binary-float', 'binary-double'],
  time: ['date', 'timestamp', 'timestamp-with-time-zone'],
  text: ['text', 'clob'],
  bytes: ['raw', 'blob'],
}

function compileLimit({ name, type }: Column, limit: ColumnLimit): (value: string) => Misfit | undefined {
  if (!TYPES[limit.kind].includes(type.kind)) {
    throw new RangeError(
      `The limit of column ${name} is for a ${limit.kind}, and the column is a ${type.kind}`,
    )
  }
  for (const [setting, bound] of Object.entries(limit)) {
    if (typeof bound !== 'number' || (Number.isInteger(bound) && bound >= 0)) continue
    throw new RangeError(`The limit of column ${name} has ${setting} ${bound}, which is no count`)
  }
  switch (limit.kind) {
    case 'number':
      return compileNumberLimit(name, limit)
    case 'time':
      return compileTimeLimit(name, limit)
    case 'text':
      return compileTextLimit(limit)
    case 'bytes':
      return (hex) => tooMany(hex.length / 2, limit.maxBytes, 'its value takes', 'bytes', 'length')
  }
}

type LimitOf<Kind extends ColumnLimit['kind']> = Extract<ColumnLimit, { readonly kind: Kind }>

function compileNumberLimit(name: string, limit: LimitOf<'number'>): (value: string) => Misfit | undefined {
  const { lowest, highest } = limit
  for (const bound of [lowest, highest]) {
    if (bound !== undefined && !isCanonicalDecimal(bound)) throw noBound(name, bound)
  }
  return (value) => {
    // Binary floats have an exponent when they are large or small.
    const text = isCanonicalDecimal(value) ? value : toCanonicalDecimal(value)
    const shown = shortened(text)
    const after = digitsAfterPoint(text)
    const misfit =
      tooMany(after, limit.digitsAfterPoint, `${shown} has`, 'digits after the point', 'scale') ??
      tooMany(
        digitsBeforePoint(text, after),
        limit.digitsBeforePoint,
        `${shown} has`,
        'digits before the point',
        'range',
      )
    if (misfit) return misfit
    if (lowest !== undefined && compareDecimals(text, lowest) < 0) {
      return { kind: 'range', reason: `${shown} is below ${lowest}` }
    }
    if (highest !== undefined && compareDecimals(text, highest) > 0) {
      return { kind: 'range', reason: `${shown} is above ${highest}` }
    }
    return undefined
  }
}

function digitsBeforePoint(text: string, digitsAfter: number): number {
  const start = text.startsWith('-') ? 1 : 0
  if (text[start] === '0') return 0
  return text.length - start - (digitsAfter === 0 ? 0 : digitsAfter + 1)
}

function compileTimeLimit(name: string, limit: LimitOf<'time'>): (value: string) => Misfit | undefined {
  const { earliest, latest } = limit
  for (const bound of [earliest, latest]) {
    if (!isCanonical({ kind: 'timestamp', fractionalDigits: 9 }, bound)) throw noBound(name, bound)
  }
  return (value) => {
    // Without its zone such a text sorts as its time does, and a year before Christ, which has a minus, before all others.
    const text = value.endsWith('Z') ? value.slice(0, -1) : value
    if (text < earliest) return { kind: 'range', reason: `${value} is before ${earliest}` }
    if (text > latest) return { kind: 'range', reason: `${value} is after ${latest}` }
    return tooMany(
      digitsAfterPoint(text),
      limit.fractionalDigits,
      `${value} has`,
      'fractional digits',
      'scale',
    )
  }
}

function compileTextLimit({
  maxCharacters = Number.POSITIVE_INFINITY,
  maxBytes = Number.POSITIVE_INFINITY,
  holdsNul = false,
}: LimitOf<'text'>): (value: string) => Misfit | undefined {
  return (value) => {
    if (!value.isWellFormed()) {
      return { kind: 'text', reason: 'its text has half of a surrogate pair, which UTF-8 cannot carry' }
    }
    if (!holdsNul && value.includes('\0')) return { kind: 'text', reason: 'its text has a NUL character' }
    // A character has at least one UTF-16 unit and takes at most three bytes for each, so most texts need no count.
    const misfit =
      value.length > maxCharacters
        ? tooMany(charactersIn(value), maxCharacters, 'its text has', 'characters', 'length')
        : undefined
    if (misfit || value.length * 3 <= maxBytes) return misfit
    return tooMany(Buffer.byteLength(value), maxBytes, 'its text takes', 'bytes in UTF-8', 'length')
  }
}

function charactersIn(text: string): number {
  let characters = 0
  for (const _ of text) characters++
  return characters
}

function tooMany(
  count: number,
  most: number,
  what: string,
  unit: string,
  kind: RowRejectionKind,
): Misfit | undefined {
  return count > most ? { kind, reason: `${what} ${count} ${unit}, and ${most} fit` } : undefined
}

function noBound(name: string, bound: string): RangeError {
  return new RangeError(
    `The limit of column ${name} has the bound ${JSON.stringify(bound)}, which is no canonical text`,
  )
}

const LONGEST_SHOWN = 24

function shortened(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text
}
