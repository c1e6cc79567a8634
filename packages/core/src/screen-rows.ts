import type { BridgeLine } from './certificate.ts'
import { createDecimalSum } from './decimal.ts'
import { TerminalError } from './errors.ts'
import { formatCount } from './figures.ts'
import { indexesOf } from './key-census.ts'
import type { RecordType } from './record-type.ts'
import type { RowRejection, RowScreen } from './row-limits.ts'
import type { Row, RowBatch, RowSchema } from './row-schema.ts'

export interface ScreenOptions {
  readonly recordType: Pick<RecordType, 'name' | 'money'>
  readonly schema: RowSchema
  readonly screen: RowScreen
  /** Keeps rejected rows, those of one batch at once. The rest of the batch goes on when it is done; what it throws stops the run. */
  readonly onRejected: (rejected: readonly RejectedRow[]) => Promise<void>
  /** One more stops the run. */
  readonly maxRejected: number
}

/** A row that is kept aside. Its values are for safe keeping, never for a message. */
export interface RejectedRow {
  readonly row: Row
  readonly rejection: RowRejection
}

export interface ScreenedRows {
  /**
   * The rows that fit, in their order; to be read once and to its end. Throws GUARD_REFUSED, after `onRejected` had the rows,
   * when more than `maxRejected` do not fit.
   */
  readonly batches: AsyncIterable<RowBatch>
  /** What was kept aside: with it, what was read is what went on, in rows and in every sum. Throws before the last batch was read. */
  rejected(): BridgeLine
}

/** Splits rows into those that a destination can hold and those that it cannot; each row is one or the other. */
export function screenRows(batches: AsyncIterable<RowBatch>, options: ScreenOptions): ScreenedRows {
  const { recordType, schema, screen, onRejected, maxRejected } = options
  const { money } = recordType
  const moneyIndexes = indexesOf(
    schema,
    money.map(({ column }) => column),
  )
  const sums = money.map(({ scale }) => createDecimalSum(scale))
  const examples: RowRejection[] = []
  let rows = 0
  let isComplete = false

  const keepAside = async (rejected: readonly RejectedRow[]) => {
    for (const { row, rejection } of rejected) {
      rows++
      if (examples.length < MAX_SHOWN) examples.push(rejection)
      for (const [place, index] of moneyIndexes.entries()) {
        const amount = row[index] ?? null
        if (amount !== null) sums[place]?.add(amount)
      }
    }
    await onRejected(rejected)
    if (rows > maxRejected) throw tooManyRejected(recordType.name, { rows, maxRejected, examples })
  }

  async function* fitting(): AsyncGenerator<RowBatch> {
    for await (const batch of batches) {
      const rejected: RejectedRow[] = []
      const rest = batch.filter((row) => {
        const rejection = screen(row)
        if (rejection) rejected.push({ row, rejection })
        return !rejection
      })
      if (rejected.length > 0) await keepAside(rejected)
      if (rest.length > 0) yield rest
    }
    isComplete = true
  }

  return {
    batches: fitting(),
    rejected() {
      if (!isComplete) throw new Error('What was rejected is known when all rows were read')
      return {
        rows,
        sums: Object.fromEntries(money.map(({ column }, place) => [column, `${sums[place]}`])),
      }
    },
  }
}

const MAX_SHOWN = 3

function tooManyRejected(
  name: string,
  {
    rows,
    maxRejected,
    examples,
  }: {
    readonly rows: number
    readonly maxRejected: number
    readonly examples: readonly RowRejection[]
  },
): TerminalError {
  const shown = examples.map(({ key, column, reason }) => `\n  ${key}: ${column}: ${reason}`).join('')
  const nextStep =
    'Correct the rows in the source or widen the columns of the destination; or allow more rejected rows, and run again.'
  return new TerminalError(
    'GUARD_REFUSED',
    `Reading ${name} was stopped: ${formatCount(rows)} rows so far do not fit the destination (limit ${formatCount(maxRejected)}).${shown}\n${nextStep}`,
    { details: { recordType: name, rejected: rows, maxRejected, examples, nextStep } },
  )
}
