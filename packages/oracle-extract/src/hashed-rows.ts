import type { Column, ColumnType, RowSchema } from '@findata/core'
import { asText, quoted } from './extract-query.ts'

/** What `hashedRows` adds to the columns that it passes on. */
export const ROW_HASH = 'FINDATA_HASH'
/** Not NULL for a row with a number that TM9 does not write out, whose hash is that of another text. */
export const UNWRITTEN = 'FINDATA_UNWRITTEN'

/** What one text holds in a database of any version and setting. */
const MOST_TEXT_BYTES = 4_000
/** National text of this size takes no more than `MOST_TEXT_BYTES` in UTF-8: two bytes may become three. */
const ALWAYS_CONVERTIBLE_BYTES = Math.floor((MOST_TEXT_BYTES * 2) / 3)
/** Of up to four bytes each. */
const CHARACTERS_PER_PIECE = MOST_TEXT_BYTES / 4

/**
 * The rows with their hashes (certificate.md 2) in 64 hex digits, NULL for those that do not fit into one text. NO_MERGE keeps
 * Oracle from putting an expression into each place that uses it, and so computing it several times.
 */
export function hashedRows(rows: string, { columns }: RowSchema, passedOn: readonly string[]): string {
  const texts = [...columns].sort((a, b) => a.ordinal - b.ordinal).map(hashedText)
  const passed = passedOn.map(quoted)
  const written = [...passed, ...texts.flatMap(({ selected }) => selected)]
  const hash = `RAWTOHEX(STANDARD_HASH(${texts.map(({ part }) => part).join(' || ')}, 'SHA256'))`
  const bytes = texts.map(({ partBytes }) => partBytes).join(' + ')
  const isUnwritten = texts.flatMap(({ isUnwritten = [] }) => isUnwritten)
  const hashed = [
    ...passed,
    `CASE WHEN ${bytes} <= ${MOST_TEXT_BYTES} THEN ${hash} END AS ${ROW_HASH}`,
    `${isUnwritten.length === 0 ? 'NULL' : `CASE WHEN ${isUnwritten.join(' OR ')} THEN 1 END`} AS ${UNWRITTEN}`,
  ]
  return (
    `(SELECT /*+ NO_MERGE */ ${hashed.join(', ')} FROM ` +
    `(SELECT /*+ NO_MERGE */ ${written.join(', ')} FROM ${rows}))`
  )
}

interface HashedText {
  /** Columns of the innermost SELECT: the canonical text, and its bytes where they must be known before it is made. */
  readonly selected: readonly string[]
  /** `<ordinal>=<bytes>:<text>`, NULL for NULL. */
  readonly part: string
  /** 0 for NULL. */
  readonly partBytes: string
  readonly isUnwritten?: string
}

function hashedText({ name, type, ordinal }: Column): HashedText {
  const column = quoted(name)
  const text = `FINDATA_TEXT_${ordinal}`
  const isLong = type.kind === 'text' && !(type.size !== undefined && type.size <= ALWAYS_CONVERTIBLE_BYTES)
  const bytes = isLong ? `FINDATA_BYTES_${ordinal}` : `LENGTHB(${text})`
  const signs = `${ordinal}=:`.length
  return {
    selected: isLong
      ? [
          `CASE WHEN ${bytesInPieces(column)} <= ${MOST_TEXT_BYTES} THEN ${canonicalText(column, type)} END AS ${text}`,
          `${bytesInPieces(column)} AS ${bytes}`,
        ]
      : [`${canonicalText(column, type)} AS ${text}`],
    part: `CASE WHEN ${text} IS NOT NULL THEN '${ordinal}=' || LENGTHB(${text}) || ':' || ${text} END`,
    partBytes: `NVL(${signs} + LENGTH(${bytes}) + ${bytes}, 0)`,
    ...(mayBeUnwritten(type) && { isUnwritten: `INSTR(${text}, 'E') > 0` }),
  }
}

/** The canonical text of a column as an expression. */
function canonicalText(column: string, type: ColumnType): string {
  switch (type.kind) {
    case 'number':
      return numberText(column)
    case 'date':
      // A year has a blank where one before Christ has its minus.
      return `LTRIM(${asText(column, type)})`
    case 'timestamp':
      return timestampText(column, type)
    case 'timestamp-with-time-zone':
      return `CASE WHEN ${column} IS NOT NULL THEN ${timestampText(column, type)} || 'Z' END`
    case 'text':
      // Out of the national character set.
      return `TO_CHAR(${column})`
    case 'raw':
      return `LOWER(RAWTOHEX(${column}))`
    case 'clob':
    case 'blob':
    case 'binary-float':
    case 'binary-double':
      throw new RangeError(`${column} cannot be hashed in SQL`)
  }
}

/** Oracle writes `.5` and `-.5`. */
function numberText(column: string): string {
  const text = `TO_CHAR(${column}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')`
  return (
    `CASE WHEN ${column} > 0 AND ${column} < 1 THEN '0' || LTRIM(${text}, '0') ` +
    `WHEN ${column} < 0 AND ${column} > -1 THEN '-0' || LTRIM(${text}, '-0') ELSE ${text} END`
  )
}

function timestampText(
  column: string,
  type: ColumnType & { readonly kind: 'timestamp' | 'timestamp-with-time-zone' },
): string {
  const text = `LTRIM(${asText(column, type)})`
  return type.fractionalDigits === 0 ? text : `RTRIM(RTRIM(${text}, '0'), '.')`
}

/** TM9 turns to an exponent beyond 64 characters. */
function mayBeUnwritten(type: ColumnType): boolean {
  if (type.kind !== 'number') return false
  const { precision, scale = 0 } = type
  return precision === undefined || scale < 0 || scale > 38
}

/** The bytes in UTF-8 of a text that may be too long to be converted whole; more than `MOST_TEXT_BYTES` characters are not counted to the end. */
function bytesInPieces(column: string): string {
  const starts = [0, 1, 2, 3].map((piece) => 1 + piece * CHARACTERS_PER_PIECE)
  const pieces = starts.map(
    (start) => `LENGTHB(TO_CHAR(SUBSTR(${column}, ${start}, ${CHARACTERS_PER_PIECE})))`,
  )
  // NULL for NULL.
  return pieces.map((piece, index) => (index === 0 ? piece : `NVL(${piece}, 0)`)).join(' + ')
}
