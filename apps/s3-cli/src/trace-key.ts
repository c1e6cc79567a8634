import {
  type KeyColumn,
  type RecordType,
  type Row,
  type RowSchema,
  readableKey,
  similarName,
  TerminalError,
  toCanonicalDecimal,
  type Value,
} from '@findata/core'

/** The records that a person asks for: by a value of any column of the entity key, or by values of some of them. */
export type TraceKey = { readonly anyColumn: string } | { readonly columns: readonly KeyValue[] }

export interface KeyValue {
  readonly column: string
  readonly value: Value
}

/**
 * Understands `24ROW51000`, `2400 24ROW51000`, `TASK_ORDER_ID=24ROW51000`, and a whole key as messages write it, `TASK_ORDER_DEPT=2400,
 * TASK_ORDER_ID=24ROW51000`. Throws USAGE.
 */
export function parseTraceKey({ name, entityKey }: RecordType, texts: readonly string[]): TraceKey {
  const columns = entityKey.map(({ column }) => column)
  const pairs = texts.flatMap((text) => splitPairs(text, columns))
  if (pairs.every(({ column }) => column === undefined)) {
    const values = pairs.map(({ value }) => value)
    const [only] = values
    if (only !== undefined && values.length === 1) return { anyColumn: only }
    if (values.length !== columns.length) {
      throw wrongKey(
        name,
        columns,
        `${values.length} values were given, and its key has ${columns.length === 1 ? 'one column' : `${columns.length} columns`}`,
      )
    }
    return { columns: columns.map((column, i) => ({ column, value: values[i] as string })) }
  }
  const given = pairs.map(({ column, value }) => {
    if (column === undefined)
      throw wrongKey(name, columns, `${JSON.stringify(value)} does not say its column`)
    const known = columns.find((one) => one.toUpperCase() === column.toUpperCase())
    if (known !== undefined) return { column: known, value: value === 'NULL' ? null : value }
    const similar = similarName(column, columns)
    throw wrongKey(
      name,
      columns,
      `${column} is no column of its key${similar ? `; did you mean ${similar}?` : ''}`,
    )
  })
  return { columns: given }
}

/** `A=1, B=2` is two pairs when A and B are columns of the key; a value may hold commas and equals signs. */
function splitPairs(text: string, columns: readonly string[]) {
  const names = columns.map((column) => column.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
  return text
    .split(new RegExp(`, *(?=(?:${names})=)`, 'i'))
    .filter((part) => part !== '')
    .map((part): { readonly column: string | undefined; readonly value: string } => {
      const [, column, value = ''] = /^([A-Za-z][\w$#]*)=(.*)$/s.exec(part) ?? []
      return column === undefined ? { column, value: part } : { column, value }
    })
}

function wrongKey(name: string, columns: readonly string[], why: string): TerminalError {
  return new TerminalError(
    'USAGE',
    `The key of ${name} is not understood: ${why}${why.endsWith('?') ? '' : '.'} Give one value, or ${columns.map((column) => `${column}=…`).join(' ')}.`,
  )
}

/** Whether a row is one of the key; false where the rows lack one of its columns. */
export function compileKeyMatch(
  key: TraceKey,
  entityKey: readonly KeyColumn[],
  { columns }: RowSchema,
): (row: Row) => boolean {
  const isValue = (name: string, value: Value) => {
    const place = columns.findIndex((column) => column.name === name)
    const wanted = canonicalIn(columns[place]?.type.kind, value)
    return (row: Row) => place >= 0 && wanted !== undefined && row[place] === wanted
  }
  if ('anyColumn' in key) {
    const tests = entityKey.map(({ column }) => isValue(column, key.anyColumn))
    return (row) => tests.some((isMatch) => isMatch(row))
  }
  const tests = key.columns.map(({ column, value }) => isValue(column, value))
  return (row) => tests.every((isMatch) => isMatch(row))
}

/** A value as a column of this kind would hold it: `13240.010` of a number is 13240.01. Undefined for what it cannot hold. */
export function canonicalIn(kind: string | undefined, value: Value): Value | undefined {
  if (value === null || kind !== 'number') return value
  try {
    return toCanonicalDecimal(value)
  } catch {
    return undefined
  }
}

/** The values of the whole entity key, in order, where the key says them all. */
export function wholeKey(key: TraceKey, { entityKey }: RecordType): readonly Value[] | undefined {
  if ('anyColumn' in key) return entityKey.length === 1 ? [key.anyColumn] : undefined
  const values = entityKey.map(({ column }) => key.columns.find((one) => one.column === column)?.value)
  return values.every((value) => value !== undefined) ? values : undefined
}

/** As a person gave it. */
export function describeTraceKey(key: TraceKey): string {
  if ('anyColumn' in key) return key.anyColumn
  return readableKey(
    key.columns.map(({ column }) => ({ column, isNullable: true })),
    key.columns.map(({ value }) => value),
  )
}
