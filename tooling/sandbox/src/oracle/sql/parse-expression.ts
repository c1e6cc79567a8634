import { binaryText } from './binary-numbers.ts'
import { oracleError, unimplemented } from './errors.ts'
import { canonicalNumber } from './number-arithmetic.ts'
import { parseCall, parseTrim } from './parse-call.ts'
import { parseQuery } from './parse-query.ts'
import { parseDataType } from './parse-type.ts'
import type { ComparisonOperator, Expression, InMembers } from './syntax.ts'
import { dateLiteral, intervalLiteral, timestampLiteral } from './temporal-literals.ts'
import type { TokenStream } from './token-stream.ts'
import {
  DATE,
  DAY_TO_SECOND,
  NULL_TYPE,
  NUMBER,
  type SqlType,
  timestamp,
  timestampWithTimeZone,
  YEAR_TO_MONTH,
} from './types.ts'

const COMPARISONS: Readonly<Record<string, ComparisonOperator>> = {
  '=': '=',
  '<>': '<>',
  '!=': '<>',
  '^=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
}
const WITHOUT_ARGUMENTS = new Set(['SYSDATE', 'USER', 'UID', 'ROWNUM', 'LEVEL', 'ROWID'])

/** A value or a condition: which of the two it must be is the caller's to check. */
export function parseExpression(tokens: TokenStream): Expression {
  let left = parseConjunction(tokens)
  while (tokens.isWord('OR')) {
    const { position } = tokens.next()
    left = { kind: 'or', left, right: parseConjunction(tokens), position }
  }
  return left
}

function parseConjunction(tokens: TokenStream): Expression {
  let left = parseNegation(tokens)
  while (tokens.isWord('AND')) {
    const { position } = tokens.next()
    left = { kind: 'and', left, right: parseNegation(tokens), position }
  }
  return left
}

function parseNegation(tokens: TokenStream): Expression {
  if (!tokens.isWord('NOT')) return parsePredicate(tokens)
  const { position } = tokens.next()
  return { kind: 'not', operand: parseNegation(tokens), position }
}

function parsePredicate(tokens: TokenStream): Expression {
  const position = tokens.position
  if (tokens.isWord('EXISTS') && tokens.isSymbol('(', 1)) {
    tokens.next()
    tokens.expectSymbol('(')
    const query = parseQuery(tokens)
    tokens.expectSymbol(')')
    return { kind: 'exists', query, position }
  }
  const left = parseSum(tokens)
  const operator = tokens.peek().kind === 'symbol' ? COMPARISONS[tokens.peek().value] : undefined
  if (operator !== undefined) {
    const at = tokens.next().position
    const quantifier = tokens.takeOneOf('ANY', 'SOME', 'ALL')
    if (quantifier !== undefined) {
      const members = parseMembers(tokens)
      return {
        kind: 'quantified',
        operator,
        quantifier: quantifier === 'ALL' ? 'ALL' : 'ANY',
        left,
        members,
        position: at,
      }
    }
    return { kind: 'compare', operator, left, right: parseSum(tokens), position: at }
  }
  if (tokens.takeWords('IS')) {
    const isNegated = tokens.takeWords('NOT')
    if (tokens.takeWords('NULL')) return { kind: 'isNull', operand: left, isNegated, position }
    throw tokens.isAtEnd
      ? oracleError(908, tokens.position)
      : unimplemented(`IS ${tokens.peek().value}`, tokens.position)
  }
  const isNegated = tokens.isWord('NOT') && ['IN', 'LIKE', 'BETWEEN'].some((word) => tokens.isWord(word, 1))
  if (isNegated) tokens.next()
  if (tokens.takeWords('BETWEEN')) {
    const low = parseSum(tokens)
    tokens.expectWords('AND')
    return { kind: 'between', operand: left, low, high: parseSum(tokens), isNegated, position }
  }
  if (tokens.takeWords('LIKE')) {
    const pattern = parseSum(tokens)
    const escapedBy = tokens.takeWords('ESCAPE') ? parseSum(tokens) : undefined
    return { kind: 'like', operand: left, pattern, escape: escapedBy, isNegated, position }
  }
  if (tokens.takeWords('IN'))
    return { kind: 'in', operand: left, members: parseMembers(tokens), isNegated, position }
  return left
}

function parseMembers(tokens: TokenStream): InMembers {
  if (!tokens.isSymbol('(')) return { list: [parseSum(tokens)] }
  tokens.next()
  if (startsQuery(tokens)) {
    const query = parseQuery(tokens)
    tokens.expectSymbol(')')
    return { query }
  }
  const list = [parseSum(tokens)]
  while (tokens.takeSymbol(',')) list.push(parseSum(tokens))
  tokens.expectSymbol(')')
  return { list }
}

function parseSum(tokens: TokenStream): Expression {
  let left = parseProduct(tokens)
  for (;;) {
    const { kind, value, position } = tokens.peek()
    if (kind !== 'symbol' || (value !== '+' && value !== '-' && value !== '||')) return left
    tokens.next()
    left = { kind: 'binary', operator: value, left, right: parseProduct(tokens), position }
  }
}

function parseProduct(tokens: TokenStream): Expression {
  let left = parseUnary(tokens)
  for (;;) {
    const { kind, value, position } = tokens.peek()
    if (kind !== 'symbol' || (value !== '*' && value !== '/')) return left
    tokens.next()
    left = { kind: 'binary', operator: value, left, right: parseUnary(tokens), position }
  }
}

function parseUnary(tokens: TokenStream): Expression {
  if (tokens.takeSymbol('+')) return parseUnary(tokens)
  if (tokens.isSymbol('-')) {
    const { position } = tokens.next()
    return { kind: 'negate', operand: parseUnary(tokens), position }
  }
  let operand = parsePrimary(tokens)
  for (;;) {
    const position = tokens.position
    if (tokens.takeWords('AT', 'TIME', 'ZONE'))
      operand = { kind: 'atTimeZone', operand, zone: parsePrimary(tokens), position }
    else if (tokens.takeWords('AT', 'LOCAL'))
      operand = { kind: 'atTimeZone', operand, zone: undefined, position }
    else return operand
  }
}

function parsePrimary(tokens: TokenStream): Expression {
  const token = tokens.peek()
  const { position } = token
  switch (token.kind) {
    case 'number':
      tokens.next()
      if (/[fFdD]$/.test(token.value)) return binaryLiteral(token.value, position)
      return { kind: 'literal', type: NUMBER, value: canonicalNumber(token.value), position }
    case 'string':
      tokens.next()
      return textLiteral(token.value, position, token.isNational)
    case 'bind':
      tokens.next()
      tokens.bindNames.push(token.value)
      return { kind: 'bind', index: tokens.bindNames.length - 1, name: token.value, position }
    case 'symbol':
      return parseParenthesised(tokens)
    case 'quoted':
      return parseName(tokens)
    case 'word':
      return parseKeyword(tokens) ?? parseName(tokens)
    case 'end':
      throw oracleError(936, position)
  }
}

function binaryLiteral(text: string, position: number): Expression {
  const isFloat = /f$/i.test(text)
  const value = binaryText(Number(text.slice(0, -1)), isFloat)
  return { kind: 'literal', type: { name: isFloat ? 'BINARY_FLOAT' : 'BINARY_DOUBLE' }, value, position }
}

export const startsQuery = (tokens: TokenStream): boolean => {
  let ahead = 0
  while (tokens.isSymbol('(', ahead)) ahead++
  return tokens.isWord('SELECT', ahead) || tokens.isWord('WITH', ahead)
}

function parseParenthesised(tokens: TokenStream): Expression {
  const position = tokens.position
  if (!tokens.takeSymbol('(')) throw oracleError(936, position)
  if (tokens.isWord('SELECT') || tokens.isWord('WITH')) {
    const query = parseQuery(tokens)
    tokens.expectSymbol(')')
    return { kind: 'scalar', query, position }
  }
  const inner = parseExpression(tokens)
  if (tokens.isSymbol(',')) throw unimplemented('a list of expressions as one value', tokens.position)
  tokens.expectSymbol(')')
  return inner
}

export function textLiteral(value: string, position: number, isNational = false): Expression {
  if (value === '') return { kind: 'literal', type: NULL_TYPE, value: null, position }
  if (isNational) return { kind: 'literal', type: { name: 'NCHAR', size: value.length }, value, position }
  return { kind: 'literal', type: { name: 'CHAR', size: Buffer.byteLength(value) }, value, position }
}

function parseKeyword(tokens: TokenStream): Expression | undefined {
  const { value, position } = tokens.peek()
  const isFollowedByText = tokens.peek(1).kind === 'string'
  switch (value) {
    case 'NULL':
      tokens.next()
      return { kind: 'literal', type: NULL_TYPE, value: null, position }
    case 'DATE':
    case 'TIMESTAMP': {
      if (!isFollowedByText) return undefined
      tokens.next()
      const text = tokens.text()
      if (value === 'DATE') return literal(DATE, dateLiteral(text, position), position)
      const { canonical, digits, hasZone } = timestampLiteral(text, position)
      return literal(hasZone ? timestampWithTimeZone(digits) : timestamp(digits), canonical, position)
    }
    case 'INTERVAL': {
      if (!isFollowedByText) return undefined
      tokens.next()
      const text = tokens.text()
      const unit = tokens.next().value
      if (tokens.isWord('TO') || tokens.isSymbol('('))
        throw unimplemented('INTERVAL with a precision or a range', position)
      const interval = intervalLiteral(text, unit, position)
      return literal(interval.isMonths ? YEAR_TO_MONTH : DAY_TO_SECOND, interval.value, position)
    }
    case 'CASE':
      tokens.next()
      return parseCase(tokens, position)
    case 'CAST': {
      if (!tokens.isSymbol('(', 1)) return undefined
      tokens.next()
      tokens.expectSymbol('(')
      const operand = parseExpression(tokens)
      tokens.expectWords('AS')
      const type = parseDataType(tokens)
      if (!tokens.isSymbol(')')) throw unimplemented('this form of CAST', tokens.position)
      tokens.expectSymbol(')')
      return { kind: 'cast', operand, type, position }
    }
    case 'EXTRACT': {
      if (!tokens.isSymbol('(', 1)) return undefined
      tokens.next()
      tokens.expectSymbol('(')
      const field = tokens.next().value
      tokens.expectWords('FROM')
      const operand = parseExpression(tokens)
      tokens.expectSymbol(')')
      return { kind: 'extract', field, operand, position }
    }
    case 'TRIM':
      return tokens.isSymbol('(', 1) ? parseTrim(tokens) : undefined
    case 'PRIOR':
    case 'CONNECT_BY_ROOT':
      throw unimplemented(value, position)
    default:
      return undefined
  }
}

const literal = (type: SqlType, value: string, position: number): Expression => ({
  kind: 'literal',
  type,
  value,
  position,
})

function parseCase(tokens: TokenStream, position: number): Expression {
  const operand = tokens.isWord('WHEN') ? undefined : parseExpression(tokens)
  const branches: { when: Expression; result: Expression }[] = []
  while (tokens.takeWords('WHEN')) {
    const when = parseExpression(tokens)
    tokens.expectWords('THEN')
    branches.push({ when, result: parseExpression(tokens) })
  }
  if (branches.length === 0) throw oracleError(905, tokens.position)
  const otherwise = tokens.takeWords('ELSE') ? parseExpression(tokens) : undefined
  tokens.expectWords('END')
  return { kind: 'case', operand, branches, otherwise, position }
}

function parseName(tokens: TokenStream): Expression {
  const { position, value, kind } = tokens.peek()
  if (kind === 'word' && WITHOUT_ARGUMENTS.has(value)) {
    tokens.next()
    return { kind: 'column', path: [value], isQuoted: false, position }
  }
  const path = [tokens.identifier(936)]
  while (tokens.isSymbol('.') && !tokens.isSymbol('*', 1)) {
    tokens.next()
    if (tokens.isWord('ROWID') || tokens.isWord('ROWNUM')) path.push(tokens.next().value)
    else path.push(tokens.identifier(904))
  }
  if (tokens.isSymbol('@')) throw unimplemented('database link', tokens.position)
  if (tokens.isSymbol('(')) return parseCall(tokens, path, position)
  return { kind: 'column', path, isQuoted: kind === 'quoted', position }
}
