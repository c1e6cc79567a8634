import type { Cursor, Row } from './compiled.ts'

/** Gives rows that are there already. */
export const iterate = (rows: readonly Row[]): Cursor => {
  let index = 0
  return () => rows[index++]
}

export function readAll(next: Cursor): Row[] {
  const rows: Row[] = []
  for (let row = next(); row !== undefined; row = next()) rows.push(row)
  return rows
}

/** Puts work off until the first row is asked for. */
export function lazily(open: () => Cursor): () => Cursor {
  return () => {
    let cursor: Cursor | undefined
    return () => {
      cursor ??= open()
      return cursor()
    }
  }
}
