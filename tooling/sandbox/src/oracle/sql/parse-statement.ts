import { oracleError, unimplemented } from './errors.ts'
import { parseExpression, startsQuery } from './parse-expression.ts'
import { parseCreateLink, parseDropLink, parseLink } from './parse-link.ts'
import { parseQuery } from './parse-query.ts'
import { parseDataType } from './parse-type.ts'
import type { Assignment, ColumnSyntax, Expression, ModifyColumn, ObjectName, Statement } from './syntax.ts'
import { TokenStream } from './token-stream.ts'

export interface ParsedText {
  readonly statement: Statement
  /** One name per placeholder, in the order of the text. */
  readonly bindNames: readonly string[]
}

const REFUSED = new Set(
  `MERGE LOCK EXPLAIN ANALYZE AUDIT NOAUDIT SAVEPOINT CALL RENAME PURGE FLASHBACK ASSOCIATE DISASSOCIATE ADMINISTER`.split(
    ' ',
  ),
)

/** Parses one statement; anything left over is ORA-00933. */
export function parseStatement(sql: string): ParsedText {
  const tokens = new TokenStream(sql)
  const statement = parseAny(tokens)
  tokens.expectEnd()
  return { statement, bindNames: tokens.bindNames }
}

function parseAny(tokens: TokenStream): Statement {
  const { position } = tokens
  if (startsQuery(tokens)) return { kind: 'query', query: parseQuery(tokens) }
  if (tokens.takeWords('INSERT')) return parseInsert(tokens)
  if (tokens.takeWords('UPDATE')) return parseUpdate(tokens)
  if (tokens.takeWords('DELETE')) return parseDelete(tokens)
  if (tokens.takeWords('CREATE')) return parseCreate(tokens)
  if (tokens.takeWords('DROP')) return parseDrop(tokens)
  if (tokens.takeWords('ALTER')) return parseAlter(tokens)
  if (tokens.takeWords('TRUNCATE')) {
    tokens.expectWords('TABLE')
    return { kind: 'truncate', table: tokens.objectName() }
  }
  if (tokens.takeWords('COMMENT')) return parseComment(tokens)
  if (tokens.takeWords('GRANT')) return parseGrant(tokens, 'grant')
  if (tokens.takeWords('REVOKE')) return parseGrant(tokens, 'revoke')
  if (tokens.takeWords('SET')) return parseSetTransaction(tokens)
  if (tokens.isWord('COMMIT') || tokens.isWord('ROLLBACK')) return parseTransactionEnd(tokens)
  if (tokens.isWord('BEGIN')) return parseBlock(tokens)
  const { kind, value } = tokens.peek()
  if (kind === 'word' && REFUSED.has(value)) throw unimplemented(value, position)
  if (kind === 'word' && value === 'DECLARE') throw unimplemented('PL/SQL declarations', position)
  throw oracleError(900, position)
}

function parseInsert(tokens: TokenStream): Statement {
  if (tokens.isWord('ALL') || tokens.isWord('FIRST'))
    throw unimplemented('multi-table INSERT', tokens.position)
  tokens.expectWords('INTO')
  const table = tokens.objectName()
  let columns: { name: string; position: number }[] | undefined
  if (tokens.isSymbol('(') && !startsQuery(tokens)) {
    tokens.next()
    columns = []
    do {
      const position = tokens.position
      columns.push({ name: tokens.identifier(), position })
    } while (tokens.takeSymbol(','))
    tokens.expectSymbol(')')
  }
  if (!tokens.takeWords('VALUES')) {
    if (!startsQuery(tokens)) throw oracleError(926, tokens.position)
    return { kind: 'insert', table, columns, values: undefined, query: parseQuery(tokens) }
  }
  tokens.expectSymbol('(')
  const values: (Expression | undefined)[] = []
  do {
    values.push(tokens.takeWords('DEFAULT') ? undefined : parseExpression(tokens))
  } while (tokens.takeSymbol(','))
  tokens.expectSymbol(')')
  if (tokens.isWord('RETURNING') || tokens.isWord('RETURN')) throw unimplemented('RETURNING', tokens.position)
  return { kind: 'insert', table, columns, values, query: undefined }
}

function parseUpdate(tokens: TokenStream): Statement {
  if (tokens.isSymbol('(')) throw unimplemented('UPDATE of a subquery', tokens.position)
  const table = tokens.objectName()
  const alias = tokens.isIdentifier() ? tokens.identifier() : undefined
  if (!tokens.takeWords('SET')) throw oracleError(971, tokens.position)
  const assignments: Assignment[] = []
  do {
    if (tokens.isSymbol('(')) throw unimplemented('UPDATE of a list of columns', tokens.position)
    const position = tokens.position
    let column = tokens.identifier()
    while (tokens.takeSymbol('.')) column = tokens.identifier()
    tokens.expectSymbol('=')
    assignments.push({
      column,
      position,
      value: tokens.takeWords('DEFAULT') ? undefined : parseExpression(tokens),
    })
  } while (tokens.takeSymbol(','))
  const where = tokens.takeWords('WHERE') ? parseExpression(tokens) : undefined
  if (tokens.isWord('RETURNING') || tokens.isWord('RETURN')) throw unimplemented('RETURNING', tokens.position)
  return { kind: 'update', table, alias, assignments, where }
}

function parseDelete(tokens: TokenStream): Statement {
  tokens.takeWords('FROM')
  if (tokens.isSymbol('(')) throw unimplemented('DELETE from a subquery', tokens.position)
  const table = tokens.objectName()
  const alias = tokens.isIdentifier() ? tokens.identifier() : undefined
  return {
    kind: 'delete',
    table,
    alias,
    where: tokens.takeWords('WHERE') ? parseExpression(tokens) : undefined,
  }
}

function parseCreate(tokens: TokenStream): Statement {
  const isReplacing = tokens.takeWords('OR', 'REPLACE')
  const isForced = tokens.takeWords('FORCE')
  const isPublic = tokens.takeWords('PUBLIC')
  if (tokens.takeWords('SYNONYM')) {
    const synonym = tokens.objectName(995)
    if (!tokens.takeWords('FOR')) throw oracleError(905, tokens.position)
    const target = tokens.objectName()
    return { kind: 'createSynonym', synonym, target, link: parseLink(tokens), isPublic, isReplacing }
  }
  if (tokens.takeWords('DATABASE', 'LINK')) return parseCreateLink(tokens, isPublic)
  if (isPublic) throw oracleError(905, tokens.position)
  if (tokens.takeWords('VIEW')) return parseCreateView(tokens, isReplacing, isForced)
  if (tokens.takeWords('TABLE') && !isReplacing) return parseCreateTable(tokens)
  throw unimplemented(`CREATE ${tokens.peek().value}`, tokens.position)
}

function parseCreateView(tokens: TokenStream, isReplacing: boolean, isForced: boolean): Statement {
  const view = tokens.objectName()
  const columns = tokens.isSymbol('(') ? tokens.identifierList() : []
  tokens.expectWords('AS')
  const start = tokens.position
  const query = parseQuery(tokens)
  const text = tokens.sql.slice(start, tokens.position).trimEnd()
  if (tokens.takeWords('WITH')) tokens.expectWords('READ', 'ONLY')
  if (tokens.bindNames.length > 0)
    throw oracleError(1027, view.position, 'bind variables not allowed for data definition operations')
  return { kind: 'createView', view, columns, query, text, isReplacing, isForced }
}

function parseCreateTable(tokens: TokenStream): Statement {
  const table = tokens.objectName()
  const columns: ColumnSyntax[] = []
  const uniqueKeys: string[][] = []
  let primaryKey: string[] = []
  if (tokens.takeSymbol('(')) {
    do {
      const keyword = parseConstraintKeyword(tokens)
      if (keyword === undefined) {
        const { isPrimaryKey, ...column } = parseColumn(tokens)
        columns.push(column)
        if (isPrimaryKey) primaryKey = [column.name]
      } else {
        const names = tokens.identifierList()
        uniqueKeys.push(names)
        if (keyword === 'PRIMARY') primaryKey = names
      }
    } while (tokens.takeSymbol(','))
    tokens.expectSymbol(')')
  }
  const query = tokens.takeWords('AS') ? parseQuery(tokens) : undefined
  if (columns.length === 0 && query === undefined) throw oracleError(906, tokens.position)
  if (columns.length > 0 && query !== undefined)
    throw unimplemented('CREATE TABLE with columns and a query', table.position)
  if (!tokens.isAtEnd) throw unimplemented(`table property ${tokens.peek().value}`, tokens.position)
  if (tokens.bindNames.length > 0)
    throw oracleError(1027, table.position, 'bind variables not allowed for data definition operations')
  return { kind: 'createTable', table, columns, uniqueKeys, primaryKey, query }
}

/** Takes `[CONSTRAINT name] PRIMARY KEY | UNIQUE` of a table and leaves its columns. */
function parseConstraintKeyword(tokens: TokenStream): 'PRIMARY' | 'UNIQUE' | undefined {
  if (tokens.isWord('CONSTRAINT')) {
    tokens.next()
    tokens.identifier()
  }
  if (tokens.takeWords('PRIMARY', 'KEY')) return 'PRIMARY'
  if (tokens.takeWords('UNIQUE')) return 'UNIQUE'
  if (tokens.isWord('CHECK') || tokens.areWords('FOREIGN', 'KEY'))
    throw unimplemented(`constraint ${tokens.peek().value}`, tokens.position)
  return undefined
}

function parseColumn(tokens: TokenStream): ColumnSyntax & { readonly isPrimaryKey: boolean } {
  const name = tokens.identifier()
  const type = parseDataType(tokens)
  let isNullable = true
  let isUnique = false
  let isPrimaryKey = false
  let defaultValue: Expression | undefined
  for (;;) {
    if (tokens.isWord('CONSTRAINT')) {
      tokens.next()
      tokens.identifier()
    }
    if (tokens.takeWords('DEFAULT')) {
      if (tokens.isWord('ON')) throw unimplemented('DEFAULT ON NULL', tokens.position)
      defaultValue = parseExpression(tokens)
    } else if (tokens.takeWords('NOT', 'NULL')) isNullable = false
    else if (tokens.takeWords('NULL')) isNullable = true
    else if (tokens.takeWords('UNIQUE')) isUnique = true
    else if (tokens.takeWords('PRIMARY', 'KEY')) {
      isPrimaryKey = true
      isUnique = true
      isNullable = false
    } else break
  }
  for (const word of ['CHECK', 'REFERENCES', 'GENERATED', 'INVISIBLE', 'AS', 'COLLATE']) {
    if (tokens.isWord(word)) throw unimplemented(`column property ${word}`, tokens.position)
  }
  return { name, type, isNullable, defaultValue, isUnique, isPrimaryKey }
}

function parseDrop(tokens: TokenStream): Statement {
  const isPublic = tokens.takeWords('PUBLIC')
  if (tokens.takeWords('DATABASE', 'LINK')) return parseDropLink(tokens, isPublic)
  const type = tokens.takeOneOf('TABLE', 'VIEW', 'SYNONYM')
  if (type === undefined) throw unimplemented(`DROP ${tokens.peek().value}`, tokens.position)
  const object = tokens.objectName()
  if (type === 'TABLE') {
    tokens.takeWords('CASCADE', 'CONSTRAINTS')
    tokens.takeWords('PURGE')
  }
  return { kind: 'drop', type, object, isPublic }
}

function parseAlter(tokens: TokenStream): Statement {
  if (tokens.takeWords('SESSION')) return parseAlterSession(tokens)
  if (!tokens.takeWords('TABLE')) throw unimplemented(`ALTER ${tokens.peek().value}`, tokens.position)
  const table = tokens.objectName()
  if (tokens.takeWords('ADD')) {
    if (parseConstraintKeyword(tokens) !== undefined)
      throw unimplemented('ALTER TABLE ADD constraint', tokens.position)
    return { kind: 'addColumns', table, columns: parenthesisedList(tokens, parseColumn) }
  }
  if (tokens.takeWords('MODIFY'))
    return { kind: 'modifyColumns', table, columns: parenthesisedList(tokens, parseModifyColumn) }
  if (tokens.takeWords('DROP')) {
    if (tokens.takeWords('COLUMN')) return { kind: 'dropColumns', table, columns: [tokens.identifier()] }
    if (tokens.isSymbol('(')) return { kind: 'dropColumns', table, columns: tokens.identifierList() }
    throw unimplemented(`ALTER TABLE DROP ${tokens.peek().value}`, tokens.position)
  }
  if (tokens.takeWords('RENAME', 'COLUMN')) {
    const from = tokens.identifier()
    tokens.expectWords('TO')
    return { kind: 'renameColumn', table, from, to: tokens.identifier() }
  }
  if (tokens.takeWords('RENAME', 'TO')) return { kind: 'renameTable', table, to: tokens.identifier() }
  throw unimplemented(`ALTER TABLE ${tokens.peek().value}`, tokens.position)
}

function parenthesisedList<T>(tokens: TokenStream, parse: (tokens: TokenStream) => T): T[] {
  if (!tokens.takeSymbol('(')) return [parse(tokens)]
  const items = [parse(tokens)]
  while (tokens.takeSymbol(',')) items.push(parse(tokens))
  tokens.expectSymbol(')')
  return items
}

function parseModifyColumn(tokens: TokenStream): ModifyColumn {
  const name = tokens.identifier()
  const isConstraintOnly = tokens.isWord('NULL') || tokens.isWord('NOT')
  const type = isConstraintOnly ? undefined : parseDataType(tokens)
  if (tokens.isWord('DEFAULT')) throw unimplemented('ALTER TABLE MODIFY DEFAULT', tokens.position)
  if (tokens.takeWords('NOT', 'NULL')) return { name, type, isNullable: false }
  return { name, type, isNullable: tokens.takeWords('NULL') ? true : undefined }
}

function parseAlterSession(tokens: TokenStream): Statement {
  tokens.expectWords('SET')
  const settings: { name: string; value: string; position: number }[] = []
  do {
    const position = tokens.position
    const name = tokens.next().value
    tokens.expectSymbol('=')
    const value = tokens.next()
    if (value.kind !== 'string' && value.kind !== 'word' && value.kind !== 'quoted')
      throw oracleError(2248, value.position)
    settings.push({ name, value: value.value, position })
  } while (!tokens.isAtEnd && !tokens.isSymbol(';'))
  return { kind: 'alterSession', settings }
}

function parseComment(tokens: TokenStream): Statement {
  tokens.expectWords('ON')
  if (tokens.takeWords('TABLE')) {
    const object = tokens.objectName()
    tokens.expectWords('IS')
    return { kind: 'comment', object, column: undefined, text: tokens.text() }
  }
  tokens.expectWords('COLUMN')
  const position = tokens.position
  const path = [tokens.identifier()]
  while (tokens.takeSymbol('.')) path.push(tokens.identifier())
  const column = path.pop()
  const name = path.pop()
  if (column === undefined || name === undefined) throw oracleError(903, position)
  tokens.expectWords('IS')
  return { kind: 'comment', object: { schema: path.pop(), name, position }, column, text: tokens.text() }
}

function parseGrant(tokens: TokenStream, kind: 'grant' | 'revoke'): Statement {
  const privileges: string[] = []
  do {
    const words: string[] = []
    while (!tokens.isSymbol(',') && !tokens.isWord('ON') && !tokens.isWord('TO') && !tokens.isWord('FROM')) {
      if (tokens.peek().kind !== 'word')
        throw oracleError(990, tokens.position, 'missing or invalid privilege')
      words.push(tokens.next().value)
    }
    privileges.push(words.join(' '))
  } while (tokens.takeSymbol(','))
  const object: ObjectName | undefined = tokens.takeWords('ON') ? tokens.objectName() : undefined
  tokens.expectWords(kind === 'grant' ? 'TO' : 'FROM')
  const grantees: string[] = []
  do {
    grantees.push(tokens.takeWords('PUBLIC') ? 'PUBLIC' : tokens.identifier(987))
  } while (tokens.takeSymbol(','))
  if (tokens.isWord('WITH')) throw unimplemented('WITH GRANT OPTION', tokens.position)
  return { kind, privileges, object, grantees }
}

function parseSetTransaction(tokens: TokenStream): Statement {
  if (!tokens.takeWords('TRANSACTION')) throw unimplemented(`SET ${tokens.peek().value}`, tokens.position)
  if (tokens.takeWords('READ', 'ONLY')) {
    if (tokens.takeWords('NAME')) tokens.text()
    return { kind: 'setTransaction', isReadOnly: true }
  }
  if (tokens.takeWords('READ', 'WRITE') || tokens.takeWords('ISOLATION', 'LEVEL', 'READ', 'COMMITTED')) {
    return { kind: 'setTransaction', isReadOnly: false }
  }
  if (tokens.takeWords('NAME')) {
    tokens.text()
    return { kind: 'setTransaction', isReadOnly: false }
  }
  throw unimplemented(`SET TRANSACTION ${tokens.peek().value}`, tokens.position)
}

function parseTransactionEnd(tokens: TokenStream): Statement {
  const kind = tokens.takeWords('COMMIT') ? 'commit' : 'rollback'
  if (kind === 'rollback') tokens.takeWords('ROLLBACK')
  tokens.takeWords('WORK')
  if (tokens.isWord('TO')) throw unimplemented('ROLLBACK TO', tokens.position)
  return { kind }
}

/** Only a block of calls and NULLs: anything procedural is refused by name. */
function parseBlock(tokens: TokenStream): Statement {
  tokens.expectWords('BEGIN')
  const calls: { path: string[]; args: Expression[]; position: number }[] = []
  while (!tokens.takeWords('END')) {
    const position = tokens.position
    if (tokens.takeWords('NULL')) {
      expectSemicolon(tokens)
      continue
    }
    if (!tokens.isIdentifier()) throw unimplemented('this PL/SQL block', position)
    const path = [tokens.identifier()]
    while (tokens.takeSymbol('.')) path.push(tokens.identifier())
    const args: Expression[] = []
    if (tokens.takeSymbol('(') && !tokens.takeSymbol(')')) {
      do {
        if (tokens.isSymbol('=>', 1)) throw unimplemented('named arguments', tokens.position)
        args.push(parseExpression(tokens))
      } while (tokens.takeSymbol(','))
      tokens.expectSymbol(')')
    }
    calls.push({ path, args, position })
    expectSemicolon(tokens)
  }
  expectSemicolon(tokens)
  return { kind: 'block', calls }
}

function expectSemicolon(tokens: TokenStream): void {
  if (!tokens.takeSymbol(';')) throw unimplemented('this PL/SQL block', tokens.position)
}
