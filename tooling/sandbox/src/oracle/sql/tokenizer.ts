import { oracleError } from './errors.ts'

export interface Token {
  readonly kind: 'word' | 'quoted' | 'number' | 'string' | 'bind' | 'symbol' | 'end'
  /** Words in upper case, quoted identifiers and strings without their quotes, numbers and symbols as written. */
  readonly value: string
  readonly position: number
  readonly end: number
  /** A string with the prefix N. */
  readonly isNational?: boolean
}

const SPACE = /\s*/y
const WORD = /[\p{L}][\p{L}\p{N}_$#]*/uy
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?/y
const BIND = /:\s*([\p{L}][\p{L}\p{N}_$#]*|\d+|"[^"]+")/uy
const SYMBOL = /\|\||<>|!=|\^=|<=|>=|:=|=>|\.\.|[-+*/(),.=<>;@%[\]{}?&]/y
const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}', '(': ')', '<': '>' }

/** Splits SQL text into tokens; comments and hints vanish. Ends with a token of kind `end`. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = []
  let offset = 0
  const match = (pattern: RegExp) => {
    pattern.lastIndex = offset
    return pattern.exec(sql)
  }
  const push = (kind: Token['kind'], value: string, end: number, isNational = false) => {
    tokens.push({ kind, value, position: offset, end, ...(isNational && { isNational }) })
    offset = end
  }
  for (;;) {
    offset += match(SPACE)?.[0].length ?? 0
    if (offset >= sql.length) break
    if (sql.startsWith('--', offset)) {
      const end = sql.indexOf('\n', offset)
      offset = end < 0 ? sql.length : end
      continue
    }
    if (sql.startsWith('/*', offset)) {
      const end = sql.indexOf('*/', offset + 2)
      if (end < 0) throw oracleError(1742, offset, 'comment not terminated properly')
      offset = end + 2
      continue
    }
    const literal = stringAt(sql, offset)
    if (literal !== undefined) {
      push('string', literal.value, literal.end, /n/i.test(sql[offset] ?? ''))
      continue
    }
    const word = match(WORD)
    if (word) {
      push('word', word[0].toUpperCase(), offset + word[0].length)
      continue
    }
    if (sql[offset] === '"') {
      const end = sql.indexOf('"', offset + 1)
      if (end < 0) throw oracleError(1740, offset)
      if (end === offset + 1) throw oracleError(1741, offset)
      push('quoted', sql.slice(offset + 1, end), end + 1)
      continue
    }
    const number = match(NUMBER)
    if (number) {
      push('number', number[0], offset + number[0].length)
      continue
    }
    const bind = match(BIND)
    if (bind?.[1] !== undefined) {
      const name = bind[1].startsWith('"') ? bind[1].slice(1, -1) : bind[1].toUpperCase()
      push('bind', name, offset + bind[0].length)
      continue
    }
    if (sql[offset] === ':' && sql[offset + 1] !== '=') throw oracleError(1745, offset)
    const symbol = match(SYMBOL)
    if (!symbol) throw oracleError(911, offset)
    push('symbol', symbol[0], offset + symbol[0].length)
  }
  tokens.push({ kind: 'end', value: '', position: sql.length, end: sql.length })
  return tokens
}

/** A string literal, with its N and q prefixes, that starts at the offset. */
function stringAt(sql: string, offset: number): { value: string; end: number } | undefined {
  const prefix = /(?:[nN]?[qQ](?=')|[nN](?='))?/y
  prefix.lastIndex = offset
  const letters = prefix.exec(sql)?.[0] ?? ''
  const start = offset + letters.length
  if (sql[start] !== "'") return undefined
  if (/q/i.test(letters)) {
    const opening = sql[start + 1] ?? ''
    const end = sql.indexOf(`${CLOSING[opening] ?? opening}'`, start + 2)
    if (/^\s?$/.test(opening) || end < 0) throw oracleError(1756, offset)
    return { value: sql.slice(start + 2, end), end: end + 2 }
  }
  let value = ''
  let from = start + 1
  for (;;) {
    const quote = sql.indexOf("'", from)
    if (quote < 0) throw oracleError(1756, offset)
    value += sql.slice(from, quote)
    if (sql[quote + 1] !== "'") return { value, end: quote + 1 }
    value += "'"
    from = quote + 2
  }
}
