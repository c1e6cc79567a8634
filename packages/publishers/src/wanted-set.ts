import {
  addDecimals,
  openLineFile,
  type PublishedTotals,
  type RecordFailure,
  type Row,
  type RowBatch,
  type RowSchema,
  type ScratchFolder,
  type TargetField,
} from '@findata/core'
import type { RejectedEntity } from './map-record.ts'
import type { WantedRecord } from './target-record.ts'

/** The entities in the destination's form, kept on disk so that they can be compared again after sending. */
export interface WantedSet extends AsyncDisposable {
  /** Once, to its end: what is read is kept. */
  read(entities: AsyncIterable<RowBatch>): AsyncIterable<readonly WantedRecord[]>
  /** What was read. */
  records(): AsyncIterable<readonly WantedRecord[]>
  rejected(): AsyncIterable<RecordFailure>
  /** With the entities added to the rejected ones that have no form there. */
  withRejected(totals: PublishedTotals): PublishedTotals
}

export interface WantedSetOptions {
  readonly toRecord: (entity: Row) => WantedRecord | RejectedEntity
  readonly schema: RowSchema
  readonly fields: readonly TargetField[]
  readonly scratch: ScratchFolder
}

const RECORDS_PER_BATCH = 1_000

export async function openWantedSet({
  toRecord,
  schema,
  fields,
  scratch,
}: WantedSetOptions): Promise<WantedSet> {
  await using files = new AsyncDisposableStack()
  const wantedFile = files.use(await openLineFile(scratch))
  const rejectedFile = files.use(await openLineFile(scratch))
  const money = fields.flatMap((field) => (field.money ? [field.money.column] : []))
  const moneyIndexes = money.map((column) => schema.columns.findIndex(({ name }) => name === column))
  const sums = money.map(() => '0')
  let rejected = 0

  const reject = async (entity: Row, { key, rejected: reason }: RejectedEntity) => {
    rejected++
    for (const [place, index] of moneyIndexes.entries()) {
      sums[place] = addDecimals(sums[place] as string, entity[index] ?? '0')
    }
    await rejectedFile.append(JSON.stringify({ key, reason }))
  }

  const opened = files.move()
  return {
    async *read(entities) {
      for await (const batch of entities) {
        const records: WantedRecord[] = []
        for (const entity of batch) {
          const record = toRecord(entity)
          if ('rejected' in record) {
            await reject(entity, record)
          } else {
            records.push(record)
            await wantedFile.append(JSON.stringify(record))
          }
        }
        yield records
      }
    },
    async *records() {
      let records: WantedRecord[] = []
      for await (const line of wantedFile.lines()) {
        records.push(JSON.parse(line) as WantedRecord)
        if (records.length < RECORDS_PER_BATCH) continue
        yield records
        records = []
      }
      if (records.length > 0) yield records
    },
    async *rejected() {
      for await (const line of rejectedFile.lines()) yield JSON.parse(line) as RecordFailure
    },
    withRejected(totals) {
      const { notPublished } = totals
      const line = notPublished.rejected
      const added = money.map((column, place) => {
        return [column, addDecimals(line.sums[column] ?? '0', sums[place] as string)] as const
      })
      return {
        ...totals,
        notPublished: {
          ...notPublished,
          rejected: { rows: line.rows + rejected, sums: Object.fromEntries(added) },
        },
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
