/** A column type as Oracle's describe says it. */
export type ColumnType =
  /** NUMBER(precision, scale), NUMBER(precision) or plain NUMBER; the scale may be negative. */
  | { readonly kind: 'number'; readonly precision?: number; readonly scale?: number }
  /** VARCHAR2, CHAR, NVARCHAR2, NCHAR; `size` in the database's own unit. */
  | { readonly kind: 'text'; readonly size?: number }
  | { readonly kind: 'date' | 'clob' | 'blob' | 'raw' | 'binary-float' | 'binary-double' }
  | { readonly kind: 'timestamp' | 'timestamp-with-time-zone'; readonly fractionalDigits: number }

/** A column as the source reports it. */
export interface SourceColumn {
  readonly name: string
  readonly type: ColumnType
  readonly isNullable: boolean
}

/** A column of a stream. Its ordinal is frozen per record type: a new column gets a new one, a dropped one is not used again. */
export interface Column extends SourceColumn {
  readonly ordinal: number
}

/** The columns of one stream, in the order of its rows. */
export interface RowSchema {
  readonly columns: readonly Column[]
}

/**
 * A value in its canonical text (certificate.md 2), or null: numbers as plain decimals without trailing zeros, dates as
 * `YYYY-MM-DDTHH:MM:SS`, timestamps with up to nine fractional digits and no trailing zeros, instants in UTC with `Z`,
 * text as its characters, RAW and BLOB as lower-case hex, binary floats as their shortest round-trip text.
 */
export type Value = string | null

/** One row, in the order of the schema's columns. */
export type Row = readonly Value[]

/** The rows that are held in memory at once, about a thousand. */
export type RowBatch = readonly Row[]

/** Ordinals by column name, of present and dropped columns. */
export type FrozenOrdinals = Readonly<Record<string, number>>

/** Gives known columns their frozen ordinals and new ones the next unused; the result remembers dropped columns too. */
export function freezeOrdinals(
  columns: readonly SourceColumn[],
  known: FrozenOrdinals = {},
): { readonly schema: RowSchema; readonly ordinals: FrozenOrdinals } {
  const ordinals = new Map(Object.entries(known))
  let last = Math.max(0, ...ordinals.values())
  for (const { name } of columns) {
    if (!ordinals.has(name)) ordinals.set(name, ++last)
  }
  return {
    schema: {
      columns: columns.map((column) => ({ ...column, ordinal: ordinals.get(column.name) as number })),
    },
    ordinals: Object.fromEntries(ordinals),
  }
}
