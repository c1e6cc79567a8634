import {
  type PipelineError,
  type RecordType,
  type RowBatch,
  type SourceColumn,
  TerminalError,
  toCanonicalDecimal,
  toCanonicalDouble,
  toCanonicalFloat,
  toCanonicalTimestamp,
  type Value,
} from '@findata/core'
import oracledb from 'oracledb'
import { failed } from './errors.ts'

const SPACE = 32
const MINUS = 45
const POINT = 46
const ZERO = 48

/** How the driver hands over each column: nothing as a JavaScript number that could lose digits, large objects in line. */
export function fetchTypeHandler({
  dbType,
}: oracledb.Metadata<unknown>): oracledb.FetchTypeResponse | undefined {
  switch (dbType) {
    case oracledb.DB_TYPE_NUMBER:
    case oracledb.DB_TYPE_CLOB:
    case oracledb.DB_TYPE_NCLOB:
      return { type: oracledb.DB_TYPE_VARCHAR }
    case oracledb.DB_TYPE_BLOB:
      return { type: oracledb.DB_TYPE_RAW }
    default:
      return undefined
  }
}

/** Turns the driver's rows of one record type into canonical values, in place: the driver makes fresh arrays for every batch. */
export function createRowFinisher(
  recordType: RecordType,
  columns: readonly SourceColumn[],
): (rows: unknown[][]) => RowBatch {
  const steps = columns.flatMap((column, index) => columnStep(recordType, column, index) ?? [])
  return (rows) => {
    for (const finishColumn of steps) finishColumn(rows)
    return rows as Value[][]
  }
}

type ColumnStep = (rows: unknown[][]) => void

/** Absent where the driver's values are canonical as they are. */
function columnStep(
  recordType: RecordType,
  { name, type }: SourceColumn,
  index: number,
): ColumnStep | undefined {
  switch (type.kind) {
    case 'text':
      return undefined
    case 'number':
      // A whole number has no point, so there is no zero to put before it.
      return type.scale !== undefined && type.scale <= 0 ? undefined : (rows) => finishNumbers(rows, index)
    case 'date':
      return eachValue<string>(index, withoutSignSpace)
    case 'timestamp':
      return eachValue<string>(index, (text) => withoutTrailingZeros(withoutSignSpace(text)))
    case 'timestamp-with-time-zone':
      return eachValue<string>(index, (text) => `${withoutTrailingZeros(withoutSignSpace(text))}Z`)
    case 'binary-float':
      return eachValue<number>(index, (value) => toCanonicalFloat(finite(value, recordType, name)))
    case 'binary-double':
      return eachValue<number>(index, (value) => toCanonicalDouble(finite(value, recordType, name)))
    case 'raw':
      return eachValue<Buffer>(index, (bytes) => bytes.toString('hex'))
    case 'clob':
      return eachValue<string>(index, (text) => {
        if (text.length > recordType.maxLobLength) throw tooLong(recordType, name, text.length, 'characters')
        return text
      })
    case 'blob':
      return eachValue<Buffer>(index, (bytes) => {
        if (bytes.length > recordType.maxLobLength) throw tooLong(recordType, name, bytes.length, 'bytes')
        return bytes.toString('hex')
      })
  }
}

function eachValue<T>(index: number, convert: (value: T) => string): ColumnStep {
  return (rows) => {
    for (const row of rows) {
      const value = row[index]
      if (value !== null) row[index] = convert(value as T)
    }
  }
}

/** A loop of its own: most amounts begin with a digit, and then nothing is called and nothing written. */
function finishNumbers(rows: unknown[][], index: number): void {
  for (const row of rows) {
    const text = row[index] as string | null
    if (text !== null && text.charCodeAt(0) < ZERO) row[index] = toNumberText(text)
  }
}

/** The driver writes `.5` and `-.01`; beyond that, and an exponent at the far end, its text is canonical. */
export function toNumberText(text: string): string {
  const first = text.charCodeAt(0)
  if (first === POINT) return `0${text}`
  if (first !== MINUS) return text
  if (text.charCodeAt(1) === POINT) return `-0${text.slice(1)}`
  return text.charCodeAt(2) === 101 ? toCanonicalDecimal(text) : text
}

/** SYYYY puts a space where a year before Christ has its minus. */
function withoutSignSpace(text: string): string {
  return text.charCodeAt(0) === SPACE ? text.slice(1) : text
}

/** Most fractions do not end in zero; the check costs a tenth of the work. */
function withoutTrailingZeros(text: string): string {
  return text.endsWith('0') ? toCanonicalTimestamp(text) : text
}

function finite(value: number, recordType: RecordType, column: string): number {
  if (Number.isFinite(value)) return value
  throw failed(TerminalError, 'ORACLE_VALUE_UNSUPPORTED', {
    doing: `Reading ${recordType.name}`,
    why: `column ${column} holds ${value}, which is no amount and no JSON number`,
    nextStep: 'Turn it into NULL in the query, for example with NULLIF, or leave the column out.',
    details: { recordType: recordType.name, column },
  })
}

function tooLong(recordType: RecordType, column: string, length: number, unit: string): PipelineError {
  const { name, maxLobLength } = recordType
  return failed(TerminalError, 'ORACLE_VALUE_UNSUPPORTED', {
    doing: `Reading ${name}`,
    why: `a value of column ${column} has ${length} ${unit}, more than the limit of ${maxLobLength}, and nothing is ever cut`,
    nextStep: `Raise maxLobLength of ${name}, or leave the column out.`,
    details: { recordType: name, column, length },
  })
}
