import { z } from 'zod'
import { columnName } from './column-name.ts'
import { parseCursor } from './parse-cursor.ts'
import { similarName } from './similar-name.ts'
import type { Cursor } from './window.ts'

/** A cursor, and where under it its columns were written, for what is found out about them later. */
export interface CursorSetting {
  readonly cursor: Cursor
  readonly path: readonly ('expression' | 'columns')[]
}

const NULLS = ['include', 'exclude', 'fail'] as const
const ALLOWED =
  'it is a column or COALESCE(A, B, …); a name that is not in upper case stands in double quotes'

const nulls = z
  .enum(NULLS, {
    error: ({ input }) => {
      const similar = typeof input === 'string' ? similarName(input, NULLS) : undefined
      return `is ${JSON.stringify(input)}: it is include, exclude or fail${similar ? `; did you mean ${similar}?` : ''}`
    },
  })
  .default('include')

const expression = z.unknown().transform((text, context) => {
  const columns = typeof text === 'string' ? parseCursor(text) : undefined
  if (columns !== undefined) return columns
  const shown = text === undefined ? 'missing' : text === '' ? 'empty' : JSON.stringify(text)
  context.addIssue({ code: 'custom', message: `is ${shown}: ${ALLOWED}` })
  return z.NEVER
})

const asText = expression.transform(
  (columns): CursorSetting => ({ cursor: { columns, nulls: 'include' }, path: [] }),
)
const asExpression = z.strictObject({ expression, nulls }).transform(
  ({ expression: columns, nulls }): CursorSetting => ({
    cursor: { columns, nulls },
    path: ['expression'],
  }),
)
const completed = z
  .strictObject({
    columns: z.array(columnName).min(1, 'needs at least one column'),
    nulls,
    expression: z.undefined('stands beside columns: it needs one of them').optional(),
  })
  .transform(({ columns, nulls }): CursorSetting => ({ cursor: { columns, nulls }, path: ['columns'] }))

/** Told apart before they are read, since a union cannot say which of its forms was meant. */
function formOf(given: unknown): z.ZodType<CursorSetting> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return asText
  return 'columns' in given ? completed : asExpression
}

/** What a person may write: an expression, one with `nulls`, or the completed form. */
export const cursorSetting = z.unknown().transform((given, context) => {
  const { success, data, error } = formOf(given).safeParse(given)
  if (success) return data
  context.issues.push(...error.issues.map((issue) => ({ ...issue, input: given }) as z.core.$ZodRawIssue))
  return z.NEVER
})

/** A column as an expression names it. */
export const inExpression = (column: string) => (/^[A-Z][A-Z\d_$#]*$/.test(column) ? column : `"${column}"`)
