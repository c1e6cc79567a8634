import type { ColumnType } from '@findata/core'
import fc from 'fast-check'

/** What is bound to fill a column: text as VARCHAR2, bytes as RAW, a number as a BINARY_DOUBLE with its bits. */
export type Given = string | Uint8Array | number | null

/** One value: what is given to SQL, and the canonical text that it must be read as. */
export interface Meant {
  readonly given: Given
  readonly text: string | null
}

/** A type of column with values over its whole range. */
export interface ColumnRange {
  /** As CREATE TABLE writes it. */
  readonly sqlType: string
  /** As describe must tell it. */
  readonly type: ColumnType
  /** What SQL makes of the bound value, `?`. */
  readonly from: string
  readonly values: fc.Arbitrary<Meant>
}

const NULL: Meant = { given: null, text: null }
const AS_BEFORE = Symbol('the value of the row before')

/** Rows of columns, with NULLs, and with values that repeat those of the row before. */
export function meantRows(
  ranges: readonly ColumnRange[],
  maxRows: number,
  minRows = 0,
): fc.Arbitrary<readonly (readonly Meant[])[]> {
  const cells = ranges.map(({ values }) =>
    fc.oneof(
      { weight: 8, arbitrary: values as fc.Arbitrary<Meant | typeof AS_BEFORE> },
      { weight: 1, arbitrary: fc.constant(NULL) },
      { weight: 2, arbitrary: fc.constant<typeof AS_BEFORE>(AS_BEFORE) },
    ),
  )
  return fc.array(fc.tuple(...cells), { minLength: minRows, maxLength: maxRows, size: 'max' }).map((rows) => {
    let before: readonly Meant[] = []
    return rows.map((row) => {
      before = row.map((cell, index) => (cell === AS_BEFORE ? (before[index] ?? NULL) : cell))
      return before
    })
  })
}
