import { oracleError, unimplemented } from './errors.ts'
import { parseExpression, startsQuery } from './parse-expression.ts'
import { parseLink } from './parse-link.ts'
import type {
  AsOf,
  CommonTable,
  Expression,
  FromItem,
  JoinType,
  OrderItem,
  Query,
  QueryBody,
  RowLimit,
  SelectBlock,
  SelectItem,
} from './syntax.ts'
import type { TokenStream } from './token-stream.ts'

const AFTER_TABLE = new Set([
  'LEFT',
  'RIGHT',
  'FULL',
  'INNER',
  'CROSS',
  'NATURAL',
  'JOIN',
  'OUTER',
  'USING',
  'FETCH',
  'OFFSET',
])
const REFUSED_CLAUSES = [
  'CONNECT',
  'START',
  'MODEL',
  'PIVOT',
  'UNPIVOT',
  'SAMPLE',
  'MATCH_RECOGNIZE',
  'WINDOW',
]

/** A whole query expression: WITH, set operators, ORDER BY, OFFSET and FETCH. */
export function parseQuery(tokens: TokenStream): Query {
  const position = tokens.position
  const commonTables = tokens.takeWords('WITH') ? parseCommonTables(tokens) : []
  const body = parseSetOperations(tokens)
  const orderBy = tokens.isWord('ORDER') ? parseOrderBy(tokens) : []
  let offset: Expression | undefined
  let limit: RowLimit | undefined
  if (tokens.takeWords('OFFSET')) {
    offset = parseExpression(tokens)
    if (tokens.takeOneOf('ROWS', 'ROW') === undefined) throw oracleError(905, tokens.position)
  }
  if (tokens.isWord('FETCH')) limit = parseFetch(tokens)
  if (tokens.isWord('FOR')) throw unimplemented('FOR UPDATE', tokens.position)
  return { position, commonTables, body, orderBy, offset, limit }
}

function parseFetch(tokens: TokenStream): RowLimit {
  tokens.expectWords('FETCH')
  if (tokens.takeOneOf('FIRST', 'NEXT') === undefined) throw oracleError(905, tokens.position)
  const { position } = tokens.peek()
  const count: Expression =
    tokens.isWord('ROW') || tokens.isWord('ROWS')
      ? { kind: 'literal', type: { name: 'NUMBER' }, value: '1', position }
      : parseExpression(tokens)
  const isPercent = tokens.takeWords('PERCENT')
  if (tokens.takeOneOf('ROWS', 'ROW') === undefined) throw oracleError(905, tokens.position)
  const withTies = tokens.takeWords('WITH', 'TIES')
  if (!withTies) tokens.expectWords('ONLY')
  return { count, isPercent, withTies }
}

function parseCommonTables(tokens: TokenStream): CommonTable[] {
  const tables: CommonTable[] = []
  do {
    if (tokens.isWord('FUNCTION') || tokens.isWord('PROCEDURE'))
      throw unimplemented('PL/SQL in WITH', tokens.position)
    const name = tokens.identifier()
    const columns = tokens.isSymbol('(') ? tokens.identifierList() : []
    tokens.expectWords('AS')
    tokens.expectSymbol('(')
    const query = parseQuery(tokens)
    tokens.expectSymbol(')')
    tables.push({ name, columns, query })
  } while (tokens.takeSymbol(','))
  return tables
}

function parseSetOperations(tokens: TokenStream): QueryBody {
  let left = parseOperand(tokens)
  for (;;) {
    const position = tokens.position
    const word = tokens.takeOneOf('UNION', 'INTERSECT', 'MINUS')
    if (word === undefined) return left
    const isAll = tokens.takeWords('ALL')
    if (isAll && word !== 'UNION') throw unimplemented(`${word} ALL`, position)
    const operator = word === 'UNION' && isAll ? 'UNION ALL' : word
    left = { kind: 'set', operator, left, right: parseOperand(tokens), position }
  }
}

function parseOperand(tokens: TokenStream): QueryBody {
  const position = tokens.position
  if (!tokens.takeSymbol('(')) return parseSelect(tokens)
  const query = parseQuery(tokens)
  tokens.expectSymbol(')')
  return { kind: 'nested', query, position }
}

function parseSelect(tokens: TokenStream): SelectBlock {
  const position = tokens.position
  if (!tokens.takeWords('SELECT'))
    throw oracleError(
      tokens.isAtEnd ? 936 : 928,
      position,
      tokens.isAtEnd ? undefined : 'missing SELECT keyword',
    )
  const isDistinct = tokens.takeOneOf('DISTINCT', 'UNIQUE') !== undefined
  if (!isDistinct) tokens.takeWords('ALL')
  const items = [parseSelectItem(tokens)]
  while (tokens.takeSymbol(',')) items.push(parseSelectItem(tokens))
  if (!tokens.takeWords('FROM')) throw oracleError(923, tokens.position)
  const from = [parseFromItem(tokens)]
  while (tokens.takeSymbol(',')) from.push(parseFromItem(tokens))
  const where = tokens.takeWords('WHERE') ? parseExpression(tokens) : undefined
  for (const clause of REFUSED_CLAUSES)
    if (tokens.isWord(clause)) throw unimplemented(clause, tokens.position)
  const groupBy = tokens.takeWords('GROUP', 'BY') ? parseGroupBy(tokens) : []
  const having = tokens.takeWords('HAVING') ? parseExpression(tokens) : undefined
  const mentionsRowId = tokens.mentions('ROWID')
  return { kind: 'select', position, isDistinct, items, from, where, groupBy, having, mentionsRowId }
}

function parseGroupBy(tokens: TokenStream): Expression[] {
  const items: Expression[] = []
  do {
    for (const word of ['ROLLUP', 'CUBE', 'GROUPING'])
      if (tokens.isWord(word)) throw unimplemented(word, tokens.position)
    if (tokens.isSymbol('(') && tokens.isSymbol(')', 1)) throw unimplemented('GROUP BY ()', tokens.position)
    items.push(parseExpression(tokens))
  } while (tokens.takeSymbol(','))
  return items
}

function parseSelectItem(tokens: TokenStream): SelectItem {
  const position = tokens.position
  if (tokens.takeSymbol('*')) return { position, star: [], text: '*' }
  const star = starPath(tokens)
  if (star !== undefined) return { position, star, text: '*' }
  const mark = tokens.mark
  const expression = parseExpression(tokens)
  const text = expression.kind === 'column' ? (expression.path.at(-1) ?? '') : tokens.textSince(mark)
  if (tokens.takeWords('AS')) return { position, expression, alias: tokens.identifier(923), text }
  return tokens.isIdentifier()
    ? { position, expression, alias: tokens.identifier(), text }
    : { position, expression, text }
}

function starPath(tokens: TokenStream): string[] | undefined {
  let ahead = 0
  while (tokens.isIdentifier(ahead) && tokens.isSymbol('.', ahead + 1)) ahead += 2
  if (ahead === 0 || !tokens.isSymbol('*', ahead)) return undefined
  const path: string[] = []
  while (!tokens.takeSymbol('*')) {
    path.push(tokens.identifier())
    tokens.next()
  }
  return path
}

export function parseOrderBy(tokens: TokenStream): OrderItem[] {
  tokens.expectWords('ORDER')
  if (tokens.isWord('SIBLINGS')) throw unimplemented('ORDER SIBLINGS BY', tokens.position)
  tokens.expectWords('BY')
  return parseOrderItems(tokens)
}

export function parseOrderItems(tokens: TokenStream): OrderItem[] {
  const items: OrderItem[] = []
  do {
    const expression = parseExpression(tokens)
    const isDescending = tokens.takeOneOf('ASC', 'DESC') === 'DESC'
    const nulls = tokens.takeWords('NULLS') ? tokens.takeOneOf('FIRST', 'LAST') : undefined
    items.push({
      expression,
      isDescending,
      nullsFirst: nulls === undefined ? isDescending : nulls === 'FIRST',
    })
  } while (tokens.takeSymbol(','))
  return items
}

function parseFromItem(tokens: TokenStream): FromItem {
  let left = parseTableItem(tokens)
  for (;;) {
    const position = tokens.position
    const type = parseJoinType(tokens)
    if (type === undefined) return left
    const right = parseTableItem(tokens)
    if (tokens.isWord('USING')) throw unimplemented('JOIN … USING', tokens.position)
    if (type !== 'cross') tokens.expectWords('ON')
    left = {
      kind: 'join',
      type,
      left,
      right,
      on: type === 'cross' ? undefined : parseExpression(tokens),
      position,
    }
  }
}

function parseJoinType(tokens: TokenStream): JoinType | undefined {
  if (tokens.isWord('NATURAL')) throw unimplemented('NATURAL JOIN', tokens.position)
  if (tokens.areWords('CROSS', 'APPLY') || tokens.areWords('OUTER', 'APPLY'))
    throw unimplemented('APPLY', tokens.position)
  if (tokens.takeWords('CROSS', 'JOIN')) return 'cross'
  if (tokens.takeWords('JOIN') || tokens.takeWords('INNER', 'JOIN')) return 'inner'
  const side = tokens.takeOneOf('LEFT', 'RIGHT', 'FULL')
  if (side === undefined) return undefined
  tokens.takeWords('OUTER')
  tokens.expectWords('JOIN')
  return ({ LEFT: 'left', RIGHT: 'right', FULL: 'full' } as const)[side]
}

function parseTableItem(tokens: TokenStream): FromItem {
  const position = tokens.position
  if (tokens.isWord('LATERAL') || (tokens.isWord('TABLE') && tokens.isSymbol('(', 1)))
    throw unimplemented(tokens.peek().value, position)
  if (tokens.isSymbol('(')) {
    if (startsQuery(tokens) && !isJoinOfSubqueries(tokens)) {
      tokens.next()
      const query = parseQuery(tokens)
      tokens.expectSymbol(')')
      const asOf = parseAsOf(tokens)
      return { kind: 'derived', query, asOf, alias: parseTableAlias(tokens), position }
    }
    tokens.next()
    const inner = parseFromItem(tokens)
    tokens.expectSymbol(')')
    return inner
  }
  const path = [tokens.identifier(903)]
  while (tokens.takeSymbol('.')) path.push(tokens.identifier(903))
  const link = parseLink(tokens)
  if (tokens.isWord('PARTITION') || tokens.isWord('SAMPLE'))
    throw unimplemented(tokens.peek().value, tokens.position)
  const asOf = parseAsOf(tokens)
  return { kind: 'table', path, link, asOf, alias: parseTableAlias(tokens), position }
}

/** `((SELECT …) a JOIN b ON …)` opens a join, `((SELECT …))` a query: what follows the inner parenthesis tells. */
function isJoinOfSubqueries(tokens: TokenStream): boolean {
  if (!tokens.isSymbol('(', 1)) return false
  let depth = 0
  for (let ahead = 1; ; ahead++) {
    if (tokens.peek(ahead).kind === 'end') return false
    if (tokens.isSymbol('(', ahead)) depth++
    if (tokens.isSymbol(')', ahead) && --depth === 0)
      return (
        !tokens.isSymbol(')', ahead + 1) &&
        !['UNION', 'INTERSECT', 'MINUS', 'ORDER'].some((word) => tokens.isWord(word, ahead + 1))
      )
  }
}

function parseAsOf(tokens: TokenStream): AsOf | undefined {
  const position = tokens.position
  if (tokens.isWord('VERSIONS')) throw unimplemented('VERSIONS BETWEEN', position)
  if (!tokens.areWords('AS', 'OF')) return undefined
  tokens.expectWords('AS', 'OF')
  const unit = tokens.takeOneOf('SCN', 'TIMESTAMP')
  if (unit === undefined) throw oracleError(905, tokens.position)
  return { unit, moment: parseExpression(tokens), position }
}

function parseTableAlias(tokens: TokenStream): string | undefined {
  const { kind, value } = tokens.peek()
  if (kind === 'word' && (AFTER_TABLE.has(value) || REFUSED_CLAUSES.includes(value))) return undefined
  return tokens.isIdentifier() ? tokens.identifier() : undefined
}
