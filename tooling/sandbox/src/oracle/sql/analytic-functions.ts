import type { OracleValue } from '../values.ts'
import type { CompiledAggregate } from './aggregates.ts'
import { type Compiled, constant } from './compiled.ts'
import { type ConversionContext, convert, integerOf } from './conversion.ts'
import { oracleError } from './errors.ts'
import { createNumberSum, divideNumbers } from './number-arithmetic.ts'
import { NUMBER, type SqlType, varchar2 } from './types.ts'
import type { CompiledFrame } from './window-frame.ts'
import type { Partition } from './window-partition.ts'

/** An analytic function that is resolved and typed: one value for each row of a partition, in its order. */
export interface CompiledAnalytic {
  readonly type: SqlType
  evaluate(partition: Partition): OracleValue[]
}

const perRow = (
  type: SqlType,
  value: (index: number, partition: Partition) => OracleValue,
): CompiledAnalytic => ({
  type,
  evaluate: (partition) => Array.from({ length: partition.size }, (_, index) => value(index, partition)),
})

export const rowNumber = perRow(NUMBER, (index) => String(index + 1))

export const rank = perRow(NUMBER, (index, partition) => String(partition.peersOf(index).start + 1))

export const denseRank: CompiledAnalytic = {
  type: NUMBER,
  evaluate(partition) {
    let count = 0
    return Array.from({ length: partition.size }, (_, index) => {
      if (partition.peersOf(index).start === index) count++
      return String(count)
    })
  },
}

/** Buckets of equal size; those that get one row more come first. */
export function ntile(buckets: Compiled, position: number): CompiledAnalytic {
  return {
    type: NUMBER,
    evaluate(partition) {
      partition.moveTo(0)
      const count = integerOf(buckets.evaluate() ?? '0')
      if (count < 1) throw oracleError(1428, position, `argument '${count}' is out of range`)
      const size = Math.floor(partition.size / count)
      const larger = partition.size % count
      return Array.from({ length: partition.size }, (_, index) => {
        const isLarger = index < larger * (size + 1)
        return String(isLarger ? Math.floor(index / (size + 1)) + 1 : Math.floor((index - larger) / size) + 1)
      })
    },
  }
}

/** LAG and LEAD: the value so many rows before or behind. */
export function neighbour(
  step: 1 | -1,
  args: readonly Compiled[],
  ignoresNulls: boolean,
  context: ConversionContext,
  position: number,
): CompiledAnalytic {
  const [value, offset = constant(NUMBER, '1'), otherwise] = args
  if (value === undefined || args.length > 3) throw oracleError(909, position)
  const type = value.type.name === 'NULL' ? varchar2(1) : value.type
  const distance = convert(offset, NUMBER, context, position)
  const substitute = otherwise === undefined ? undefined : convert(otherwise, type, context, position)
  return perRow(type, (index, partition) => {
    partition.moveTo(index)
    const rows = integerOf(distance.evaluate() ?? '0')
    if (rows < 0) throw oracleError(1428, position, `argument '${rows}' is out of range`)
    if (rows === 0) return value.evaluate()
    let left = rows
    for (let place = index + step; place >= 0 && place < partition.size; place += step) {
      if (!ignoresNulls) {
        place += step * (rows - 1)
        if (place < 0 || place >= partition.size) break
        left = 1
      }
      partition.moveTo(place)
      const found = value.evaluate()
      if ((!ignoresNulls || found !== null) && --left === 0) return found
    }
    if (substitute === undefined) return null
    partition.moveTo(index)
    return substitute.evaluate()
  })
}

/** FIRST_VALUE and LAST_VALUE of the window. */
export function endValue(
  isLast: boolean,
  value: Compiled,
  ignoresNulls: boolean,
  frame: CompiledFrame,
): CompiledAnalytic {
  const type = value.type.name === 'NULL' ? varchar2(1) : value.type
  return perRow(type, (index, partition) => {
    const { start, end } = frame.rowsAround(index, partition)
    for (let count = 0; start + count < end; count++) {
      partition.moveTo(isLast ? end - 1 - count : start + count)
      const found = value.evaluate()
      if (found !== null || !ignoresNulls) return found
    }
    return null
  })
}

export function ratioToReport(value: Compiled): CompiledAnalytic {
  return {
    type: NUMBER,
    evaluate(partition) {
      const sum = createNumberSum()
      const values = Array.from({ length: partition.size }, (_, index) => {
        partition.moveTo(index)
        const current = value.evaluate()
        if (current !== null) sum.add(current)
        return current
      })
      const total = sum.total()
      return values.map((current) => (current === null ? null : divideNumbers(current, total)))
    },
  }
}

/** An aggregate over the window of each row. */
export function windowed(aggregate: CompiledAggregate, frame: CompiledFrame): CompiledAnalytic {
  return {
    type: aggregate.type,
    evaluate(partition) {
      let accumulator = aggregate.start()
      let added = 0
      return Array.from({ length: partition.size }, (_, index) => {
        const { start, end } = frame.rowsAround(index, partition)
        if (!frame.isGrowing) {
          accumulator = aggregate.start()
          added = start
        }
        for (; added < end; added++) {
          partition.moveTo(added)
          accumulator.add()
        }
        return accumulator.result()
      })
    },
  }
}
