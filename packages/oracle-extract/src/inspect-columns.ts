import {
  type Column,
  type ColumnType,
  type Finding,
  formatCount,
  type KeyColumn,
  type KeyCounts,
  type RecordType,
} from '@findata/core'
import {
  CONVERT,
  type DescribedColumn,
  NAME_ONCE,
  type QueryDescription,
  unusableColumns,
} from './describe-query.ts'
import { executionsByMaximum } from './window-condition.ts'

/** What a person should know of the columns of a record type, as its query gives them. */
export function columnFindings(
  recordType: RecordType,
  { columns, missing, repeated }: Pick<QueryDescription, 'columns' | 'missing' | 'repeated'>,
): readonly Finding[] {
  const byName = new Map(columns.map((column) => [column.name, column]))
  return [
    ...missing.map(
      ({ name, similar }): Finding => ({
        level: 'problem',
        about: name,
        detail: similar === undefined ? 'the source lacks it' : `the source lacks it; renamed to ${similar}?`,
        nextStep: `Correct query and columns of ${recordType.name}, or ask the owner of the view what became of it.`,
        code: 'COLUMNS_MISSING',
      }),
    ),
    ...repeated.map(
      (name): Finding => ({
        level: 'problem',
        about: name,
        detail: 'the query has several columns of this name',
        nextStep: NAME_ONCE,
        code: 'ORACLE_QUERY_INVALID',
      }),
    ),
    ...unusableColumns(recordType, columns).map(
      ({ name, why }): Finding => ({
        level: 'problem',
        about: name,
        detail: `cannot be used as declared: ${why}`,
        nextStep: CONVERT,
        code: 'ORACLE_VALUE_UNSUPPORTED',
      }),
    ),
    ...keyFindings(recordType, byName),
    ...moneyFindings(recordType, byName),
    ...cursorFindings(recordType, byName),
  ]
}

type Columns = ReadonlyMap<string, DescribedColumn>

/** What counting the NULLs of keys settles. */
export const NULLABLE_KEY = 'Oracle allows NULL there, and a NULL in a key stops the run'

function keyFindings({ rowKey, entityKey }: RecordType, columns: Columns): Finding[] {
  const keys = new Map([...rowKey, ...entityKey].map((part) => [part.column, part]))
  return [...keys.values()].flatMap(({ column, isNullable }): Finding[] => {
    const described = columns.get(column)
    if (isNullable || !described?.isNullable) return []
    return [
      {
        level: 'warning',
        about: column,
        detail: NULLABLE_KEY,
        nextStep: 'Declare the key column nullable if NULL identifies something there.',
      },
    ]
  })
}

function moneyFindings({ money }: RecordType, columns: Columns): Finding[] {
  return money.flatMap(({ column, scale }): Finding[] => {
    const described = columns.get(column)
    if (described?.type?.kind !== 'number') return []
    const { scale: given } = described.type
    if (given !== undefined && given <= scale) return []
    return [
      {
        level: 'warning',
        about: column,
        detail: `${described.sourceType} allows more digits after the point than the declared ${scale}`,
        nextStep: 'Publishing rejects rows that do; round in the query or declare a larger scale.',
      },
    ]
  })
}

const CURSOR_KINDS: readonly string[] = ['number', 'date', 'timestamp', 'timestamp-with-time-zone']

function cursorFindings(recordType: RecordType, columns: Columns): Finding[] {
  const { cursor, maxExecutions } = recordType
  if (cursor === undefined) return []
  const described = cursor.columns.flatMap((name) => columns.get(name) ?? [])
  const findings: Finding[] = []
  for (const { name, type, sourceType } of described) {
    if (type === undefined || CURSOR_KINDS.includes(type.kind)) continue
    findings.push({
      level: 'problem',
      about: name,
      detail: `a ${sourceType} cannot be a cursor`,
      nextStep: 'Take a time or a number as the cursor.',
      code: 'CONFIG_INVALID',
    })
  }
  const about = cursor.columns.join(', ')
  if (new Set(described.map(({ type }) => type?.kind)).size > 1) {
    findings.push({
      level: 'problem',
      about,
      detail: `a cursor of several types: ${described.map(({ sourceType }) => sourceType).join(', ')}`,
      nextStep: 'Take columns of one type, or convert them in the query.',
      code: 'CONFIG_INVALID',
    })
  }
  const needed = executionsByMaximum(recordType)
  if (described.some(({ type }) => type?.kind === 'number') && maxExecutions < needed) {
    findings.push({
      level: 'warning',
      about: 'maxExecutions',
      detail: `${maxExecutions}, and a run with a window takes ${needed}: one is for the highest number of the cursor`,
      nextStep: `Make it ${needed} if the owner of the view agrees, or take a time as the cursor.`,
      code: 'EXECUTIONS_SPENT',
    })
  }
  const isNullable =
    described.length === cursor.columns.length && described.every((column) => column.isNullable)
  if (isNullable && cursor.nulls !== 'include') {
    findings.push({
      level: 'warning',
      about,
      detail:
        cursor.nulls === 'fail'
          ? 'Oracle allows NULL there, and a NULL in the cursor stops the run'
          : 'Oracle allows NULL there, and rows without a cursor value are never read',
      nextStep: 'Set nulls of the cursor to include, or add a column that is always filled by COALESCE.',
    })
  }
  return findings
}

/** What counting says about the keys of a record type. */
export function countFindings(
  { rowKey, entityKey, coalesced, guards }: RecordType,
  { rows, rowKeys, entityKeys, nullKeys }: KeyCounts,
): readonly Finding[] {
  const findings: Finding[] = []
  if (nullKeys > 0) {
    findings.push({
      level: nullKeys > guards.maxNullKeys ? 'problem' : 'warning',
      about: names([...rowKey, ...entityKey].filter(({ isNullable }) => !isNullable)),
      detail: `NULL in ${counted(nullKeys, 'row')}, and not declared nullable`,
      nextStep: 'Declare the key column nullable, or have the rows corrected in Oracle.',
      ...(nullKeys > guards.maxNullKeys && { code: 'GUARD_REFUSED' as const }),
    })
  }
  if (rowKeys < rows) {
    const { maxDuplicatePercent } = guards
    const isWithin = (rows - rowKeys) * 100 <= maxDuplicatePercent * rows
    const limit = `${isWithin ? 'within' : 'more than'} the ${maxDuplicatePercent} % of duplicates that may be there`
    findings.push({
      level: isWithin ? 'note' : 'warning',
      about: names(rowKey),
      detail: `${formatCount(rows)} rows have ${counted(rowKeys, 'row key')}, ${limit}; counting does not tell equal rows from different ones`,
      nextStep:
        'Equal rows are counted as duplicates; different ones with one key stop the run: if one does, take more columns into rowKey.',
    })
  }
  const isFolded = names(rowKey) !== names(entityKey)
  if (isFolded && entityKeys < rowKeys && coalesced.length === 0) {
    findings.push({
      level: 'warning',
      about: names(entityKey),
      detail: `${counted(rowKeys, 'row key')} make ${counted(entityKeys, 'entity', 'entities')}, and no column is coalesced`,
      nextStep:
        'Publishing rejects entities whose rows differ; name the columns that may differ in coalesced.',
    })
  }
  return findings
}

const names = (key: readonly KeyColumn[]) => [...new Set(key.map(({ column }) => column))].join(', ')

function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** What differs from the last run: columns that came, went, or are of another type or nullability. */
export function changeFindings(
  { columns: declared }: RecordType,
  previous: readonly Column[],
  now: readonly DescribedColumn[],
): readonly Finding[] {
  const past = new Map(previous.map((column) => [column.name, column]))
  const present = new Set(now.map(({ name }) => name))
  const change = (about: string, detail: string): Finding => ({ level: 'change', about, detail })
  return [
    ...previous.flatMap(({ name }) => {
      if (present.has(name)) return []
      return [change(name, declared.includes(name) ? 'is gone' : 'is no longer declared')]
    }),
    ...now.flatMap(({ name, type, sourceType, isNullable }) => {
      const known = past.get(name)
      if (known === undefined) return [change(name, `is new: ${sourceType}`)]
      const before = typeText(known.type)
      const after = type === undefined ? sourceType : typeText(type)
      return [
        ...(before === after ? [] : [change(name, `was ${before} and is ${after}`)]),
        ...(known.isNullable === isNullable
          ? []
          : [change(name, isNullable ? 'may now be NULL' : 'can no longer be NULL')]),
      ]
    }),
  ]
}

/** A type as far as it is kept from run to run. */
function typeText(type: ColumnType): string {
  switch (type.kind) {
    case 'number':
      if (type.precision === undefined) return 'NUMBER'
      return type.scale ? `NUMBER(${type.precision},${type.scale})` : `NUMBER(${type.precision})`
    case 'text':
      return type.size === undefined ? 'text' : `text of ${type.size} bytes`
    case 'timestamp':
      return `TIMESTAMP(${type.fractionalDigits})`
    case 'timestamp-with-time-zone':
      return `TIMESTAMP(${type.fractionalDigits}) WITH TIME ZONE`
    default:
      return type.kind.toUpperCase().replace('-', '_')
  }
}
