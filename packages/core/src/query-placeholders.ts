/** Strings, quoted names and comments: what stands in them is not SQL. */
const NOT_SQL = [
  String.raw`[nN]?[qQ]'\[[\s\S]*?\]'`,
  String.raw`[nN]?[qQ]'\{[\s\S]*?\}'`,
  String.raw`[nN]?[qQ]'\([\s\S]*?\)'`,
  String.raw`[nN]?[qQ]'<[\s\S]*?>'`,
  String.raw`[nN]?[qQ]'([^\s[{(<])[\s\S]*?\1'`,
  `'(?:[^']|'')*'`,
  `"[^"]*"`,
  String.raw`--[^\n]*`,
  String.raw`/\*[\s\S]*?\*/`,
].join('|')
const LITERAL = new RegExp(NOT_SQL, 'g')
const PLACEHOLDER = new RegExp(String.raw`${NOT_SQL}|:\s*(?<name>[A-Za-z][\w$#]*)`, 'g')

/** The query with every string, quoted name and comment replaced by a space. */
export function withoutLiterals(query: string): string {
  return query.replaceAll(LITERAL, ' ')
}

/** The names of the placeholders in a query without literals, in upper case because Oracle does not tell cases apart. */
export function placeholdersOf(sql: string): ReadonlySet<string> {
  return new Set([...sql.matchAll(/:\s*([a-z][\w$#]*)/gi)].map(([, name = '']) => name.toUpperCase()))
}

/** The query with each placeholder replaced; strings, quoted names and comments stay as they are. */
export function replacePlaceholders(query: string, replace: (name: string) => string): string {
  return query.replaceAll(PLACEHOLDER, (text, ...groups) => {
    const { name } = groups.at(-1) as { readonly name?: string }
    return name === undefined ? text : replace(name)
  })
}
