import { type RowSchema, similarName, TerminalError } from '@findata/core'

/** COLUMNS_MISSING with every column that a mapping needs and the snapshot lacks, or undefined. */
export function missingColumns(
  needed: readonly string[],
  schema: RowSchema,
  recordType?: string,
): TerminalError | undefined {
  const present = schema.columns.map(({ name }) => name)
  const missing = [...new Set(needed)].filter((column) => !present.includes(column))
  if (missing.length === 0) return undefined
  const named = missing.map((column) => {
    const similar = similarName(column, present)
    return similar ? `${column} (did you mean ${similar}?)` : column
  })
  return new TerminalError(
    'COLUMNS_MISSING',
    `The snapshot${recordType ? ` of ${recordType}` : ''} lacks columns that are mapped: ${named.join(', ')}. Publishing it would blank their fields in every record. Correct the mapping, or extract again with these columns.`,
    { details: { missing } },
  )
}
