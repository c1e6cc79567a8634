import type {
  ColumnType,
  Consistency,
  Extractor,
  RecordType,
  Row,
  RowSchema,
  SourceColumn,
} from '@findata/core'
import { freezeOrdinals } from '@findata/core'
import { canonicalIn, type KeyValue, type TraceKey } from './trace-key.ts'

/** What the database has of a key at this moment. */
export interface OracleNow {
  readonly schema: RowSchema
  readonly rows: readonly Row[]
  /** Whether there are more rows than were read. */
  readonly isCut: boolean
  readonly consistency: Consistency
  readonly executions: number
}

const MOST_ROWS = 1_000

/** Reads the rows of a key by one execution of the record type's query, with the key bound, never pasted. */
export async function readOracleNow(
  extractor: Extractor,
  recordType: RecordType,
  key: TraceKey,
  signal: AbortSignal,
): Promise<OracleNow> {
  await using snapshot = await extractor.openSnapshot({ signal, recordTypes: [recordType] })
  const columns = await snapshot.describe(recordType, { signal })
  const rows: Row[] = []
  let isCut = false
  const narrowed = narrowTo(recordType, columns, key)
  if (narrowed) {
    for await (const batch of snapshot.extract(narrowed, { batchSize: 100, signal })) {
      rows.push(...batch.slice(0, MOST_ROWS - rows.length))
      isCut = rows.length === MOST_ROWS
      if (isCut) break
    }
  }
  return {
    schema: freezeOrdinals(columns).schema,
    rows,
    isCut,
    consistency: snapshot.consistency,
    executions: snapshot.executions(recordType),
  }
}

/** The record type with its rows narrowed to a key; undefined where no column can hold the value. */
export function narrowTo(
  recordType: RecordType,
  columns: readonly SourceColumn[],
  key: TraceKey,
): RecordType | undefined {
  const binds: Record<string, string> = {}
  const condition = ({ column, value }: KeyValue): string | undefined => {
    const type = columns.find(({ name }) => name === column)?.type
    const wanted = canonicalIn(type?.kind, value)
    if (wanted === undefined) return undefined
    if (wanted === null || wanted === '') return `"${column}" IS NULL`
    let bind = `trace_key_${Object.keys(binds).length + 1}`
    while (bind in recordType.binds) bind += '_'
    binds[bind] = type?.kind === 'number' ? wanted.replace(/^(-?)0\./, '$1.') : wanted
    return `${asText(`"${column}"`, type)} = :${bind}`
  }
  const isAny = 'anyColumn' in key
  const values = isAny
    ? recordType.entityKey.map(({ column }) => ({ column, value: key.anyColumn }))
    : key.columns
  const conditions = values.map(condition)
  const usable = conditions.filter((one) => one !== undefined)
  if (usable.length === 0 || (!isAny && usable.length < values.length)) return undefined
  return {
    ...recordType,
    query: `SELECT * FROM (${recordType.query}\n) WHERE ${usable.join(isAny ? ' OR ' : ' AND ')}`,
    binds: { ...recordType.binds, ...binds },
  }
}

/** As text, so that Oracle does not turn the column or the value into a number or a date of its own, and fail on the first that is none. */
function asText(column: string, type: ColumnType | undefined): string {
  switch (type?.kind) {
    case 'number':
      return `TO_CHAR(${column}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')`
    case 'date':
      return `TO_CHAR(${column}, 'YYYY-MM-DD"T"HH24:MI:SS', 'NLS_CALENDAR=GREGORIAN')`
    default:
      return column
  }
}
