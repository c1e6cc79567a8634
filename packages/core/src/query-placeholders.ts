/** Strings, quoted names and comments: what stands in them is not SQL. */
const NOT_SQL = new RegExp(
  [
    String.raw`n?q'\[[\s\S]*?\]'`,
    String.raw`n?q'\{[\s\S]*?\}'`,
    String.raw`n?q'\([\s\S]*?\)'`,
    String.raw`n?q'<[\s\S]*?>'`,
    String.raw`n?q'([^\s[{(<])[\s\S]*?\1'`,
    `'(?:[^']|'')*'`,
    `"[^"]*"`,
    String.raw`--[^\n]*`,
    String.raw`/\*[\s\S]*?\*/`,
  ].join('|'),
  'gi',
)

/** The query with every string, quoted name and comment replaced by a space. */
export function withoutLiterals(query: string): string {
  return query.replaceAll(NOT_SQL, ' ')
}

/** The names of the placeholders in a query without literals, in upper case because Oracle does not tell cases apart. */
export function placeholdersOf(sql: string): ReadonlySet<string> {
  return new Set([...sql.matchAll(/:\s*([a-z][\w$#]*)/gi)].map(([, name = '']) => name.toUpperCase()))
}
