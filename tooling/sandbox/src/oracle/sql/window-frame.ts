import { compileArithmetic } from './compile-arithmetic.ts'
import type { Compiled } from './compiled.ts'
import { type ConversionContext, convert, integerOf } from './conversion.ts'
import { oracleError } from './errors.ts'
import { rowComparator, type SortKey } from './row-order.ts'
import type { WindowBound, WindowFrame } from './syntax.ts'
import { groupOf, NUMBER } from './types.ts'
import type { Partition } from './window-partition.ts'

/** The rows of a partition that the window around one of them spans: from the first to before `end`. */
export interface FrameRows {
  readonly start: number
  readonly end: number
}

export interface CompiledFrame {
  /** Every window begins with the partition, so that what was gathered for one row serves the next. */
  readonly isGrowing: boolean
  rowsAround(index: number, partition: Partition): FrameRows
}

const WHOLE: CompiledFrame = { isGrowing: true, rowsAround: (_, { size }) => ({ start: 0, end: size }) }
const UP_TO_PEERS: CompiledFrame = {
  isGrowing: true,
  rowsAround: (index, partition) => ({ start: 0, end: partition.peersOf(index).end }),
}

/** Without a window the whole partition counts or, in an order, what comes up to the row and its peers. */
export function compileFrame(
  frame: WindowFrame | undefined,
  sortKeys: readonly SortKey[],
  compileOffset: (bound: WindowBound) => Compiled | undefined,
  context: ConversionContext,
): CompiledFrame {
  if (frame === undefined) return sortKeys.length === 0 ? WHOLE : UP_TO_PEERS
  const place = frame.unit === 'ROWS' ? rowPlace : rangePlace
  const startOf = place(frame.start, false, frame, sortKeys, compileOffset(frame.start), context)
  const endOf = place(frame.end, true, frame, sortKeys, compileOffset(frame.end), context)
  return {
    isGrowing: frame.start.kind === 'preceding' && frame.start.offset === undefined,
    rowsAround: (index, partition) => ({
      start: Math.max(0, startOf(index, partition)),
      end: Math.min(partition.size, endOf(index, partition)),
    }),
  }
}

type Place = (index: number, partition: Partition) => number

const unbounded = (bound: WindowBound): Place =>
  bound.kind === 'preceding' ? () => 0 : (_, { size }) => size

/** So many rows away. The end of a window is the place after its last row. */
function rowPlace(
  bound: WindowBound,
  isEnd: boolean,
  { position }: WindowFrame,
  _: readonly SortKey[],
  offset: Compiled | undefined,
  context: ConversionContext,
): Place {
  const after = isEnd ? 1 : 0
  if (bound.kind === 'currentRow') return (index) => index + after
  if (offset === undefined) return unbounded(bound)
  const rows = convert(offset, NUMBER, context, position)
  const sign = bound.kind === 'preceding' ? -1 : 1
  return (index, partition) => {
    partition.moveTo(index)
    return index + after + sign * integerOf(notNegative(rows.evaluate()))
  }
}

/** So far away in value: the peers of a row belong together. */
function rangePlace(
  bound: WindowBound,
  isEnd: boolean,
  { position }: WindowFrame,
  sortKeys: readonly SortKey[],
  offset: Compiled | undefined,
  context: ConversionContext,
): Place {
  if (bound.kind === 'currentRow') {
    return (index, partition) => partition.peersOf(index)[isEnd ? 'end' : 'start']
  }
  if (offset === undefined) return unbounded(bound)
  const [key, ...more] = sortKeys
  if (key === undefined || more.length > 0)
    throw oracleError(30486, position, 'invalid window aggregation group in the window specification')
  const isBackwards = (bound.kind === 'preceding') !== key.isDescending
  const { compiled } = key
  const reached = convert(
    compileArithmetic(isBackwards ? '-' : '+', compiled, offset, context, position),
    compiled.type,
    context,
    position,
  )
  const isNumeric = groupOf(offset.type) === 'number'
  const order = rowComparator([key])
  return (index, partition) => {
    partition.moveTo(index)
    if (isNumeric) notNegative(offset.evaluate())
    const limit = [compiled.evaluate() === null ? null : reached.evaluate()]
    return partition.search((keys) => {
      const difference = order(keys, limit)
      return isEnd ? difference > 0 : difference >= 0
    })
  }
}

function notNegative(offset: string | null): string {
  if (offset === null || offset.startsWith('-'))
    throw oracleError(1428, 0, `argument '${offset ?? ''}' is out of range`)
  return offset
}
