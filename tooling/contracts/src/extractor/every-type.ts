import type { ColumnRange, Meant } from './column-range.ts'
import { MOMENT_RANGES } from './moment-ranges.ts'
import { NUMBER_RANGES } from './number-ranges.ts'
import { TEXT_RANGES } from './text-ranges.ts'

/** All types that can be read but large objects, each with values over its whole range. */
export const EVERY_TYPE: readonly ColumnRange[] = [...NUMBER_RANGES, ...TEXT_RANGES, ...MOMENT_RANGES]

/** A table with the columns `ID, C1, C2, …` of these types, and the statements that fill it. */
export interface RangeTable {
  readonly create: string
  /** With a place for the id, which counts from 0, and one for each value. */
  readonly insert: string
  /** Of the file, in the order of the values. */
  readonly columns: readonly string[]
}

export function rangeTable(table: string, ranges: readonly ColumnRange[]): RangeTable {
  const names = ranges.map((_, index) => `C${index + 1}`)
  const values = ranges.map(({ from }, index) => from.replace('?', `:${index + 2}`))
  return {
    create: `CREATE TABLE ${table} (ID NUMBER(10), ${ranges.map(({ sqlType }, index) => `${names[index]} ${sqlType}`).join(', ')})`,
    insert: `INSERT INTO ${table} VALUES (TO_NUMBER(:1), ${values.join(', ')})`,
    columns: names,
  }
}

/** The rows as they must be read, ids first. */
export function canonicalRows(rows: readonly (readonly Meant[])[]): readonly (readonly (string | null)[])[] {
  return rows.map((row, index) => [String(index), ...row.map(({ text }) => text)])
}
