import type { StoredRow } from './socrata-dataset.ts'
import { invalid, notImitated } from './socrata-error.ts'
import { comparePlainNumbers, type SocrataCell, toPlainNumber } from './socrata-values.ts'

/** Reads one field of a row; undefined where it has no value. */
export type FieldReader = (row: StoredRow) => SocrataCell | undefined

export interface QueryField {
  readonly isNumber: boolean
  readonly read: FieldReader
}

/** Finds a field by the name in a query. @throws SocrataError for a name the dataset does not have */
export type FieldLookup = (name: string) => QueryField

export type RowFilter = (row: StoredRow) => boolean

const TOKEN = /\s*(?:('(?:[^']|'')*')|(-?\d+(?:\.\d+)?)|(:?[A-Za-z_]\w*|`[^`]*`)|(.))/gsy

interface Token {
  readonly kind: 'text' | 'number' | 'name' | 'sign'
  readonly text: string
}

/** Understands `field = value`, `field > value`, `field in (value, …)`, `and`, `or` and parentheses. */
export function parseWhere(where: string, fieldOf: FieldLookup): RowFilter {
  const tokens = toTokens(where)
  let at = 0
  const peek = (): string => tokens[at]?.text.toLowerCase() ?? ''
  const next = (): Token => {
    const token = tokens[at++]
    if (!token) throw invalid(`Could not parse SoQL query: $where ends too early: ${where}`)
    return token
  }
  const expect = (text: string): void => {
    const token = next()
    if (token.text.toLowerCase() !== text) {
      throw notImitated(`${JSON.stringify(token.text)} in $where, only =, >, in (…), and, or and parentheses`)
    }
  }

  function disjunction(): RowFilter {
    const parts = [conjunction()]
    while (peek() === 'or') {
      at += 1
      parts.push(conjunction())
    }
    return (row) => parts.some((isMatch) => isMatch(row))
  }

  function conjunction(): RowFilter {
    const parts = [comparison()]
    while (peek() === 'and') {
      at += 1
      parts.push(comparison())
    }
    return (row) => parts.every((isMatch) => isMatch(row))
  }

  function comparison(): RowFilter {
    if (peek() === '(') {
      at += 1
      const inner = disjunction()
      expect(')')
      return inner
    }
    const token = next()
    if (token.kind !== 'name') throw notImitated(`${JSON.stringify(token.text)} at that place of $where`)
    const field = fieldOf(token.text.replaceAll('`', ''))
    if (peek() === '>') {
      at += 1
      return isAbove(field, next())
    }
    if (peek() !== 'in') {
      expect('=')
      return isOneOf(field, [next()])
    }
    at += 1
    expect('(')
    const values = [next()]
    while (peek() === ',') {
      at += 1
      values.push(next())
    }
    expect(')')
    return isOneOf(field, values)
  }

  const filter = disjunction()
  if (at < tokens.length) throw notImitated(`${JSON.stringify(peek())} in $where`)
  return filter
}

/** `?field=value`, the short form of a filter. */
export function equals(field: QueryField, text: string): RowFilter {
  return isOneOf(field, [{ kind: 'text', text }])
}

/** Rows without a value come last. */
export function compareCells(field: QueryField, a: StoredRow, b: StoredRow): number {
  const left = field.read(a)
  const right = field.read(b)
  if (left === undefined || right === undefined)
    return Number(left === undefined) - Number(right === undefined)
  if (field.isNumber) return comparePlainNumbers(String(left), String(right))
  return left < right ? -1 : left > right ? 1 : 0
}

/** Of rows that have a value. */
function isAbove(field: QueryField, value: Token): RowFilter {
  const bound = toValue(field, value)
  return (row) => {
    const cell = field.read(row)
    if (cell === undefined || typeof cell === 'object') return false
    return field.isNumber ? comparePlainNumbers(String(cell), bound) > 0 : String(cell) > bound
  }
}

function isOneOf(field: QueryField, values: readonly Token[]): RowFilter {
  const wanted = new Set(values.map((value) => toValue(field, value)))
  return (row) => {
    const cell = field.read(row)
    return cell !== undefined && typeof cell !== 'object' && wanted.has(String(cell))
  }
}

/** The value as a cell of the field would have it. */
function toValue({ isNumber }: QueryField, { kind, text }: Token): string {
  if (kind === 'sign' || (kind === 'name' && text !== 'true' && text !== 'false')) {
    throw notImitated(`${JSON.stringify(text)} as a value in $where`)
  }
  if (!isNumber) {
    if (kind === 'number') throw invalid(`Query coordinator error: type mismatch; ${text} is no text`)
    return text
  }
  const number = toPlainNumber(text)
  if (number === undefined) throw invalid(`Invalid SoQL query: ${JSON.stringify(text)} is not a number`)
  return number
}

function toTokens(source: string): readonly Token[] {
  return [...source.trim().matchAll(TOKEN)].map(([, quoted, number, name, sign = '']): Token => {
    if (quoted !== undefined) return { kind: 'text', text: quoted.slice(1, -1).replaceAll("''", "'") }
    if (number !== undefined) return { kind: 'number', text: number }
    return name === undefined ? { kind: 'sign', text: sign } : { kind: 'name', text: name }
  })
}
