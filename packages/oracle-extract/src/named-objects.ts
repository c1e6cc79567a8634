/** A table, view or synonym as a query names it, its names as the dictionary has them. */
export interface NamedObject {
  readonly schema?: string
  readonly name: string
  readonly link?: string
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'symbol'
  /** A word in upper case, a quoted name without its quotes. */
  readonly text: string
}

const TOKEN =
  /[nN]?[qQ]'(?:\[[\s\S]*?\]|\{[\s\S]*?\}|\([\s\S]*?\)|<[\s\S]*?>|(?<mark>[^\s[{(<])[\s\S]*?\k<mark>)'|'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/|"(?<quoted>[^"]*)"|(?<word>\p{L}[\p{L}\p{N}_$#]*)|(?<symbol>\S)/gu

function tokensOf(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)].flatMap(({ groups = {} }): Token[] => {
    const { quoted, word, symbol } = groups
    if (quoted !== undefined) return [{ kind: 'quoted', text: quoted }]
    if (word !== undefined) return [{ kind: 'word', text: word.toUpperCase() }]
    return symbol === undefined ? [] : [{ kind: 'symbol', text: symbol }]
  })
}

const isWord = (token: Token | undefined, ...words: readonly string[]) =>
  token?.kind === 'word' && words.includes(token.text)
const isSymbol = (token: Token | undefined, text: string) => token?.kind === 'symbol' && token.text === text
const isName = (token: Token | undefined): token is Token => token !== undefined && token.kind !== 'symbol'

const ENDS_FROM = [
  'WHERE',
  'GROUP',
  'HAVING',
  'ORDER',
  'CONNECT',
  'START',
  'MODEL',
  'UNION',
  'INTERSECT',
  'MINUS',
  'EXCEPT',
  'OFFSET',
  'FETCH',
]

/** Each once, in the order of the query. Not DUAL, nor what the query itself defines by WITH. */
export function namedObjects(sql: string): readonly NamedObject[] {
  const found = new Map(
    tablesIn(tokensOf(sql)).map((object) => [
      JSON.stringify([object.schema, object.name, object.link]),
      object,
    ]),
  )
  return [...found.values()]
}

/** Their parentheses hold the name of a table. */
const AROUND_TABLE = ['ONLY', 'CONTAINERS']

/** Whatever stands where a table can, as often as it does. */
function tablesIn(tokens: readonly Token[]): readonly NamedObject[] {
  const found: NamedObject[] = []
  const newLevel = (expectsTable: boolean) => ({
    selects: false,
    isInFrom: expectsTable,
    expectsTable,
    /** Between WITH and SELECT. */
    defines: false,
    /** What WITH has defined so far: a name counts from there to the end of its parentheses. */
    defined: new Set<string>(),
  })
  let level = newLevel(false)
  const outer: (typeof level)[] = []
  const isOwn = ({ schema, name, link }: NamedObject) =>
    schema === undefined &&
    link === undefined &&
    (name === 'DUAL' || [...outer, level].some(({ defined }) => defined.has(name)))

  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    const next = tokens[i + 1]
    if (isSymbol(token, '(')) {
      const { expectsTable } = level
      level.expectsTable = false
      outer.push(level)
      level = newLevel(expectsTable)
    } else if (isSymbol(token, ')')) {
      level = outer.pop() ?? level
    } else if (isWord(token, 'SELECT', 'WITH')) {
      const defines = isWord(token, 'WITH') && !level.selects
      level = { ...level, selects: true, isInFrom: false, expectsTable: false, defines }
    } else if (level.defines) {
      if (isName(token) && (isSymbol(next, '(') || isWord(next, 'AS'))) level.defined.add(token.text)
    } else if (level.expectsTable && isName(token)) {
      if (isWord(token, ...AROUND_TABLE) && isSymbol(next, '(')) continue
      level.expectsTable = false
      const { object, end } = readName(tokens, i)
      i = end
      // A function that gives rows is no object of its own.
      if (!isSymbol(tokens[end + 1], '(') && !isOwn(object)) found.push(object)
    } else if (isWord(token, 'FROM') && level.selects) {
      level = { ...level, isInFrom: true, expectsTable: true }
    } else if (level.isInFrom && (isWord(token, 'JOIN', 'APPLY') || isSymbol(token, ','))) {
      level.expectsTable = true
    } else if (isWord(token, ...ENDS_FROM)) {
      level = { ...level, isInFrom: false, expectsTable: false }
    }
  }
  return found
}

/** The one table or view that a query takes each row from once, if not every one; undefined where it makes rows of its own. */
export function onlySource(sql: string): NamedObject | undefined {
  const tokens = tokensOf(sql)
  const [only, ...others] = tablesIn(tokens)
  const makesRows = [
    'DISTINCT',
    'UNIQUE',
    'UNION',
    'GROUP',
    'CONNECT',
    'MODEL',
    'PIVOT',
    'UNPIVOT',
    'TABLE',
    'WITH',
  ]
  if (others.length > 0 || tokens.some((token) => isWord(token, ...makesRows))) return undefined
  return only
}

/** `SCHEMA.NAME@LINK.DOMAIN`; `end` is the place of its last token. */
function readName(tokens: readonly Token[], start: number): { object: NamedObject; end: number } {
  let end = start
  const parts = [tokens[start]?.text ?? '']
  while (isSymbol(tokens[end + 1], '.') && isName(tokens[end + 2])) {
    end += 2
    parts.push(tokens[end]?.text ?? '')
  }
  const link: string[] = []
  for (const mark of ['@', '.']) {
    while (isSymbol(tokens[end + 1], mark) && isName(tokens[end + 2]) && (mark === '@' || link.length > 0)) {
      end += 2
      link.push(tokens[end]?.text ?? '')
    }
  }
  const [schema, name] = parts.length > 1 ? parts : [undefined, parts[0]]
  return {
    object: {
      ...(schema !== undefined && { schema }),
      name: name ?? '',
      ...(link.length > 0 && { link: link.join('.') }),
    },
    end,
  }
}

/**
 * The one table or view whose rows, each once and with columns of their own names, are all that a query gives:
 * `SELECT A, B FROM T WHERE …`. Undefined for a query of any other form.
 */
export function plainSource(sql: string): NamedObject | undefined {
  const tokens = tokensOf(sql)
  if (!isWord(tokens[0], 'SELECT')) return undefined
  let i = 1
  const isFollowedBy = (text: string) => isSymbol(tokens[i + 1], text)
  for (;;) {
    while (isName(tokens[i]) && isFollowedBy('.')) i += 2
    if (!isName(tokens[i]) && !isSymbol(tokens[i], '*')) return undefined
    i++
    if (isWord(tokens[i], 'FROM')) break
    if (!isSymbol(tokens[i], ',')) return undefined
    i++
  }
  if (!isName(tokens[i + 1])) return undefined
  const { object, end } = readName(tokens, i + 1)
  i = end + 1
  if (isName(tokens[i]) && !isWord(tokens[i], 'WHERE', 'ORDER')) i++
  if (i < tokens.length && !isWord(tokens[i], 'WHERE', 'ORDER')) return undefined
  const changesRows = ['CONNECT', 'START', 'GROUP', 'UNION', 'INTERSECT', 'MINUS', 'EXCEPT', 'MODEL']
  return tokens.slice(i).some((token) => isWord(token, ...changesRows)) ? undefined : object
}

/** Words before which a value stands; after any other word a name is an alias. */
const BEFORE_VALUE =
  'SELECT DISTINCT UNIQUE ALL FROM JOIN APPLY WHERE AND OR NOT IN ON BY NOCYCLE CONNECT_BY_ROOT HAVING CASE WHEN THEN ELSE BETWEEN LIKE LIKEC LIKE2 LIKE4 ESCAPE PRIOR ANY SOME IS OF ZONE FOR ROWS RANGE WITH EXISTS UNION INTERSECT MINUS EXCEPT OFFSET FETCH FIRST NEXT'.split(
    ' ',
  )

/** Names of functions and packages as far as a query can tell: those of columns are among them, tables and aliases are not. */
export function possibleCalls(sql: string): readonly NamedObject[] {
  const tokens = tokensOf(sql)
  const tables = new Set(namedObjects(sql).map(writtenName))
  const isAlias = (token: Token | undefined, i: number) => {
    const before = tokens[i - 1]
    return isName(token) && (isSymbol(before, ')') || (isName(before) && !isWord(before, ...BEFORE_VALUE)))
  }
  // Only a column has AS before its alias, and no alias of a column qualifies a name.
  const tableAliases = new Set(
    tokens.flatMap((token, i) => (isAlias(token, i) && !isWord(tokens[i - 1], 'AS') ? [token.text] : [])),
  )
  const found = new Map<string, NamedObject>()
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    if (!isName(token) || isSymbol(tokens[i - 1], ':')) continue
    const { object, end } = readName(tokens, i)
    const isCalled = isSymbol(tokens[end + 1], '(')
    const isOfAlias = end === i ? isAlias(token, i) : tableAliases.has(token.text)
    i = end
    const name = writtenName(object)
    if ((isCalled || !isOfAlias) && !tables.has(name)) found.set(name, object)
  }
  return [...found.values()]
}

/** The name as SQL says it. Quotes cannot be in it: they have been read off. */
export function writtenName({ schema, name, link }: NamedObject): string {
  const local = schema === undefined ? `"${name}"` : `"${schema}"."${name}"`
  if (link === undefined) return local
  return `${local}@${/^[A-Z][\w$#.]*$/.test(link) ? link : `"${link}"`}`
}
