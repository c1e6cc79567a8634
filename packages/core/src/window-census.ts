import { compileCursor, cursorKindOf, cursorOf } from './cursor-of-rows.ts'
import { type CursorKind, compareCursorValues, cursorDistance } from './cursor-values.ts'
import type { RecordType } from './record-type.ts'
import type { RowSchema } from './row-schema.ts'
import type { LateRows, Window, WindowCounter, WindowRequest, WindowTail } from './window.ts'
import { compileTailHasher, createTailRows, openTail } from './window-tail.ts'

export interface WindowCounterOptions extends Pick<WindowRequest, 'watermark' | 'overlap'> {
  readonly recordType: Pick<RecordType, 'name' | 'cursor' | 'rowKey'>
  readonly schema: RowSchema
  /** The one that is read. */
  readonly window: Window
  /** Of the last committed run. */
  readonly tail?: WindowTail | undefined
  /** More are not remembered, and the next run cannot tell which rows came late; 100,000 by default, in about 20 MB. */
  readonly maxTailRows?: number
}

/** Counts the rows of a window while they go by. Throws CONFIG_INVALID for a cursor that no window can go by. */
export function createWindowCounter({
  recordType,
  schema,
  window,
  watermark,
  overlap,
  tail,
  maxTailRows = 100_000,
}: WindowCounterOptions): WindowCounter {
  const kind = cursorKindOf(recordType, schema.columns)
  const cursorValueOf = compileCursor(cursorOf(recordType), schema.columns)
  const hash = compileTailHasher(recordType, schema)
  const known = openTail(kind, tail, window)
  const tailRows = createTailRows(kind, { window, overlap, maxRows: maxTailRows })
  let rows = 0
  let nullRows = 0
  let highest = watermark
  let lateRows = 0
  let earliestLate: string | null = null

  const isBefore = (a: string, b: string) => compareCursorValues(kind, a, b) < 0

  return {
    add(batch) {
      rows += batch.length
      for (const row of batch) {
        const value = cursorValueOf(row)
        if (value === null) {
          nullRows++
          continue
        }
        if (highest === null || isBefore(highest, value)) highest = value
        const mayBeLate = known !== undefined && !isBefore(known.to, value)
        const isWanted = tailRows.wants(value)
        if (!mayBeLate && !isWanted) continue
        const rowHash = hash(row, value)
        if (isWanted) tailRows.add(value, rowHash)
        if (!mayBeLate || known.has(rowHash)) continue
        lateRows++
        if (earliestLate === null || isBefore(value, earliestLate)) earliestLate = value
      }
    },
    finish: () => ({
      watermark: highest,
      rows,
      nullRows,
      late: known && toLateRows(kind, lateRows, earliestLate, { tailEnd: known.to, watermark, overlap }),
      tail: tailRows.finish(highest),
    }),
  }
}

function toLateRows(
  kind: CursorKind,
  rows: number,
  earliest: string | null,
  {
    tailEnd,
    watermark,
    overlap,
  }: Pick<WindowRequest, 'watermark' | 'overlap'> & { readonly tailEnd: string },
): LateRows {
  if (earliest === null) return { rows, worst: null, advisedOverlap: null }
  const behindWatermark = watermark === null ? 0 : cursorDistance(kind, watermark, earliest)
  return {
    rows,
    worst: cursorDistance(kind, tailEnd, earliest),
    advisedOverlap: 2 * behindWatermark > overlap ? roundUp(kind, 2 * behindWatermark) : null,
  }
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const TIMES = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 3, 7, 14, 30].map((days) => days * DAY),
]

/** To what a person would write into a configuration. */
function roundUp(kind: CursorKind, distance: number): number {
  if (kind !== 'number') return TIMES.find((time) => time >= distance) ?? Math.ceil(distance / DAY) * DAY
  const power = 10 ** Math.floor(Math.log10(distance))
  return [1, 2, 5, 10].map((digit) => digit * power).find((number) => number >= distance) ?? 10 * power
}
