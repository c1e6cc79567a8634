import { oracleError, unimplemented } from './errors.ts'
import { parseExpression } from './parse-expression.ts'
import { parseOrderBy, parseOrderItems } from './parse-query.ts'
import type { Expression, Keep, OrderItem, OverClause, WindowBound, WindowFrame } from './syntax.ts'
import type { TokenStream } from './token-stream.ts'

type NullTreatment = 'RESPECT' | 'IGNORE'

/** What follows the name of a function, from its opening parenthesis to WITHIN GROUP, KEEP and OVER. */
export function parseCall(tokens: TokenStream, path: readonly string[], position: number): Expression {
  tokens.expectSymbol('(')
  if (tokens.isSymbol('+') && tokens.isSymbol(')', 1))
    throw unimplemented('outer join operator (+)', tokens.position)
  const isStar = tokens.isSymbol('*') && tokens.isSymbol(')', 1)
  if (isStar) tokens.next()
  const isDistinct = tokens.takeOneOf('DISTINCT', 'UNIQUE') !== undefined
  if (!isDistinct) tokens.takeWords('ALL')
  const args: Expression[] = []
  let nulls: NullTreatment | undefined
  if (!isStar && !tokens.isSymbol(')')) {
    do {
      args.push(parseExpression(tokens))
      nulls ??= parseNullTreatment(tokens)
    } while (tokens.takeSymbol(','))
  }
  if (tokens.isWord('ON') && tokens.isWord('OVERFLOW', 1)) throw unimplemented('ON OVERFLOW', tokens.position)
  tokens.expectSymbol(')')
  nulls ??= parseNullTreatment(tokens)
  const withinGroup = tokens.takeWords('WITHIN', 'GROUP') ? parseWithinGroup(tokens) : []
  const keep = tokens.isWord('KEEP') && tokens.isSymbol('(', 1) ? parseKeep(tokens) : undefined
  const call = { path, args, isDistinct, isStar, withinGroup, keep, position }
  if (tokens.takeWords('OVER'))
    return { ...call, kind: 'analytic', ignoresNulls: nulls === 'IGNORE', over: parseOver(tokens) }
  if (nulls !== undefined)
    throw oracleError(30484, position, 'missing window specification for this function')
  return { ...call, kind: 'call' }
}

export function parseTrim(tokens: TokenStream): Expression {
  const { position } = tokens.next()
  tokens.expectSymbol('(')
  const side = tokens.takeOneOf('LEADING', 'TRAILING', 'BOTH') ?? 'BOTH'
  const first = tokens.isWord('FROM') ? undefined : parseExpression(tokens)
  const subject = tokens.takeWords('FROM') ? parseExpression(tokens) : undefined
  tokens.expectSymbol(')')
  const operand = subject ?? first
  if (operand === undefined) throw oracleError(936, position)
  const characters = subject === undefined ? undefined : first
  const path = [{ LEADING: 'LTRIM', TRAILING: 'RTRIM', BOTH: 'TRIM' }[side]]
  const args = characters === undefined ? [operand] : [operand, characters]
  return {
    kind: 'call',
    path,
    args,
    isDistinct: false,
    isStar: false,
    withinGroup: [],
    keep: undefined,
    position,
  }
}

function parseNullTreatment(tokens: TokenStream): NullTreatment | undefined {
  if (tokens.takeWords('IGNORE', 'NULLS')) return 'IGNORE'
  return tokens.takeWords('RESPECT', 'NULLS') ? 'RESPECT' : undefined
}

function parseWithinGroup(tokens: TokenStream): OrderItem[] {
  tokens.expectSymbol('(')
  tokens.expectWords('ORDER', 'BY')
  const items = parseOrderItems(tokens)
  tokens.expectSymbol(')')
  return items
}

/** `KEEP (DENSE_RANK FIRST|LAST ORDER BY …)`. */
function parseKeep(tokens: TokenStream): Keep {
  tokens.expectWords('KEEP')
  tokens.expectSymbol('(')
  tokens.expectWords('DENSE_RANK')
  const end = tokens.takeOneOf('FIRST', 'LAST')
  if (end === undefined) throw oracleError(905, tokens.position)
  const orderBy = parseOrderBy(tokens)
  tokens.expectSymbol(')')
  return { isLast: end === 'LAST', orderBy }
}

function parseOver(tokens: TokenStream): OverClause {
  if (!tokens.isSymbol('(')) throw unimplemented('OVER with the name of a window', tokens.position)
  tokens.expectSymbol('(')
  const partitionBy: Expression[] = []
  if (tokens.takeWords('PARTITION', 'BY')) {
    do {
      partitionBy.push(parseExpression(tokens))
    } while (tokens.takeSymbol(','))
  }
  const orderBy = tokens.isWord('ORDER') ? parseOrderBy(tokens) : []
  const { position } = tokens
  const unit = tokens.takeOneOf('ROWS', 'RANGE')
  if (tokens.isWord('GROUPS')) throw unimplemented('a window of GROUPS', position)
  const frame = unit === undefined ? undefined : parseFrame(tokens, unit, position)
  // Oracle takes no window where there is no order.
  if (frame !== undefined && orderBy.length === 0) throw oracleError(30485, position)
  if (tokens.isWord('EXCLUDE')) throw unimplemented('EXCLUDE in a window', tokens.position)
  tokens.expectSymbol(')')
  return { partitionBy, orderBy, frame }
}

function parseFrame(tokens: TokenStream, unit: 'ROWS' | 'RANGE', position: number): WindowFrame {
  if (!tokens.takeWords('BETWEEN')) {
    const start = parseBound(tokens)
    if (start.kind === 'following')
      throw oracleError(30488, position, 'argument should be a function of expressions in PARTITION BY')
    return { unit, start, end: { kind: 'currentRow' }, position }
  }
  const start = parseBound(tokens)
  tokens.expectWords('AND')
  const end = parseBound(tokens)
  if (boundRank(start) > boundRank(end)) throw oracleError(905, position)
  return { unit, start, end, position }
}

/** A window may not end before the kind of place where it begins. */
const boundRank = ({ kind }: WindowBound): number => ['preceding', 'currentRow', 'following'].indexOf(kind)

function parseBound(tokens: TokenStream): WindowBound {
  if (tokens.takeWords('CURRENT', 'ROW')) return { kind: 'currentRow' }
  const offset = tokens.takeWords('UNBOUNDED') ? undefined : parseExpression(tokens)
  const side = tokens.takeOneOf('PRECEDING', 'FOLLOWING')
  if (side === undefined) throw oracleError(905, tokens.position)
  return { kind: side === 'PRECEDING' ? 'preceding' : 'following', offset }
}
