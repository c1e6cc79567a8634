/** Without the flag `i`, by which letters beyond ASCII would match those of ASCII. */
const NAME = String.raw`(?:[A-Za-z][\w$#]*|"[^"\p{Cc}]+")`
const COLUMN = new RegExp(String.raw`^\s*(${NAME})\s*$`, 'u')
const COALESCE = new RegExp(
  String.raw`^\s*[Cc][Oo][Aa][Ll][Ee][Ss][Cc][Ee]\s*\(\s*(${NAME}(?:\s*,\s*${NAME})+)\s*\)\s*$`,
  'u',
)

/** The columns of `NAME`, `"Name"` or `COALESCE(A, B, …)`; undefined for all else. Names without quotes mean upper case, as in SQL. */
export function parseCursor(expression: string): readonly string[] | undefined {
  const list = COLUMN.exec(expression)?.[1] ?? COALESCE.exec(expression)?.[1]
  return list
    ?.match(new RegExp(NAME, 'gu'))
    ?.map((name) => (name.startsWith('"') ? name.slice(1, -1) : name.toUpperCase()))
}
