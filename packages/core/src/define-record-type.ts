import { z } from 'zod'
import { columnName } from './column-name.ts'
import { type CursorSetting, cursorSetting, inExpression } from './cursor-setting.ts'
import { TerminalError } from './errors.ts'
import { placeholdersOf, withoutLiterals } from './query-placeholders.ts'
import type { GuardLimits, KeyColumn, MoneyColumn, RecordType } from './record-type.ts'
import { similarName } from './similar-name.ts'
import type { Cursor } from './window.ts'
import { type Mistake, toMistakes } from './zod-mistakes.ts'

/** A record type as a person writes it; each comment names the default of what is left out. */
export interface RecordTypeInput {
  readonly name: string
  /** The name. */
  readonly description?: string
  readonly query: string
  /** None. */
  readonly binds?: RecordType['binds']
  readonly columns: readonly string[]
  /** A name alone stands for a column that is never NULL. */
  readonly rowKey: readonly (string | KeyColumn)[]
  /** The row key. */
  readonly entityKey?: readonly (string | KeyColumn)[]
  /** None. */
  readonly coalesced?: readonly string[]
  /** None. A name alone stands for two digits after the point. */
  readonly money?: readonly (string | MoneyColumn)[]
  /** None: nothing may be published openly unless it is listed. */
  readonly publicColumns?: readonly string[]
  /** At least 1 row, shrink 20 %, duplicates 5 %, no conflicts, no null keys, jump 50 %. */
  readonly guards?: Partial<GuardLimits>
  /** `on`. */
  readonly sourceTotals?: RecordType['sourceTotals']
  /** None. A text stands for one whose NULLs are read in every window: a column, or `COALESCE(LAST_UPDATE_DATE, CREATION_DATE)`. A name without double quotes means upper case. */
  readonly cursor?: string | { readonly expression: string; readonly nulls?: Cursor['nulls'] } | Cursor
  /** 2: one for the source totals, one for the rows. Windows by a number take one more, for its maximum; a sweep of keys another. */
  readonly maxExecutions?: number
  /** Ten minutes. */
  readonly statementTimeoutMs?: number
  /** A million. */
  readonly maxLobLength?: number
}

/** Completes a record type with the defaults and checks it. Throws CONFIG_INVALID with every mistake. */
export function defineRecordType(input: RecordTypeInput): RecordType {
  const result = checkRecordType(input)
  if (!('mistakes' in result)) return result
  const lines = result.mistakes.map(({ path, message }) => (path ? `${path}: ${message}` : message))
  throw new TerminalError(
    'CONFIG_INVALID',
    `The record type ${JSON.stringify(input?.name)} is not usable:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    { details: { mistakes: lines } },
  )
}

/** The completed record type, or what is wrong with it, under a path of the caller's. */
export function checkRecordType(
  input: unknown,
  at: readonly PropertyKey[] = [],
): RecordType | { readonly mistakes: readonly Mistake[] } {
  const parsed = recordTypeSchema.safeParse(input)
  if (!parsed.success) return { mistakes: toMistakes(parsed.error, at) }
  const { description, entityKey, cursor, ...rest } = parsed.data
  return {
    ...rest,
    description: description ?? rest.name,
    entityKey: entityKey ?? rest.rowKey,
    ...(cursor && { cursor: cursor.cursor }),
  }
}

const isFree = (text: string) => !/^FINDATA_/i.test(text)
const NOT_FREE = 'begins with FINDATA_, as the names do that are added to every query: take another one'

const keyColumns = z
  .array(
    z.preprocess(
      (value) => (typeof value === 'string' ? { column: value, isNullable: false } : value),
      z.strictObject({ column: columnName, isNullable: z.boolean() }),
    ),
  )
  .min(1, 'needs at least one column')

const moneyColumns = z.array(
  z.preprocess(
    (value) => (typeof value === 'string' ? { column: value, scale: 2 } : value),
    z.strictObject({ column: columnName, scale: z.int().min(0).max(30) }),
  ),
)

const bindValue = z.custom<string | readonly string[]>().superRefine((value, context) => {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (texts.length === 0) context.addIssue({ code: 'custom', message: 'needs at least one text' })
  for (const [index, text] of texts.entries()) {
    const path = Array.isArray(value) ? [index] : []
    if (typeof text !== 'string') context.addIssue({ code: 'custom', path, message: NOT_TEXT })
    else if (text === '')
      context.addIssue({ code: 'custom', path, message: 'is empty, which Oracle reads as NULL' })
  }
})
const NOT_TEXT =
  'is not text: put it in quotes. A number would make Oracle turn the column into numbers and fail on the first value that is none'

const count = z.int().min(0)
const percent = z.number().min(0).multipleOf(0.01, 'has more than two digits after the point')

const guards = z.strictObject({
  minRows: count.default(1),
  maxShrinkPercent: percent.max(100).default(20),
  maxDuplicatePercent: percent.max(100).default(5),
  maxConflicts: count.default(0),
  maxNullKeys: count.default(0),
  maxJumpPercent: percent.default(50),
})

const recordTypeSchema = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[a-z][a-z0-9_]{0,62}$/,
        'is no name: lower-case letters, digits and underscores, a letter first',
      ),
    description: z.string().optional(),
    query: z.string().trim(),
    binds: z.record(z.string().regex(/^[A-Za-z]\w*$/, 'is no name of a placeholder'), bindValue).default({}),
    columns: z.array(columnName.refine(isFree, NOT_FREE)).min(1, 'needs at least one column'),
    rowKey: keyColumns,
    entityKey: keyColumns.optional(),
    coalesced: z.array(columnName).default([]),
    money: moneyColumns.default([]),
    publicColumns: z.array(columnName).default([]),
    guards: guards.prefault({}),
    sourceTotals: z.enum(['on', 'full', 'off']).default('on'),
    cursor: cursorSetting.optional(),
    maxExecutions: z.int().min(1).max(100).default(2),
    statementTimeoutMs: z
      .int()
      .min(1_000, 'is less than a second: it is in milliseconds')
      .max(86_400_000, 'is more than a day')
      .default(600_000),
    maxLobLength: z.int().min(1).max(16_000_000).default(1_000_000),
  })
  .superRefine((recordType, context) => {
    const report = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    checkQuery(recordType, report)
    checkColumns(recordType, report)
    checkCursor(recordType, report)
    checkExecutions(recordType, report)
  })

type Parsed = Pick<
  RecordType,
  | 'query'
  | 'binds'
  | 'columns'
  | 'rowKey'
  | 'coalesced'
  | 'money'
  | 'publicColumns'
  | 'sourceTotals'
  | 'maxExecutions'
> & {
  readonly cursor?: CursorSetting | undefined
  readonly entityKey?: readonly KeyColumn[] | undefined
}
type Report = (path: (string | number)[], message: string) => void

function checkQuery({ query, binds }: Parsed, report: Report): void {
  const sql = withoutLiterals(query)
  if (!/^\s*(?:select|with)\b/i.test(sql)) report(['query'], 'does not begin with SELECT or WITH')
  if (sql.includes(';')) report(['query'], 'has a semicolon: it is one SELECT, without an end mark')
  const placeholders = placeholdersOf(sql)
  const bound = new Set(Object.keys(binds).map((name) => name.toUpperCase()))
  for (const name of placeholders) {
    if (!bound.has(name)) report(['query'], `has the placeholder :${name}, and binds has no value for it`)
  }
  for (const [name, value] of Object.entries(binds)) {
    if (!isFree(name)) report(['binds', name], NOT_FREE)
    else if (!placeholders.has(name.toUpperCase()))
      report(['binds', name], `is not in the query: it has no :${name}`)
    else if (typeof value !== 'string' && !new RegExp(`\\(\\s*:\\s*${name}\\s*\\)`, 'i').test(sql)) {
      report(['binds', name], `is a list, so the query needs it in parentheses: IN (:${name})`)
    }
  }
}

function checkExecutions({ sourceTotals, maxExecutions }: Parsed, report: Report): void {
  if (sourceTotals === 'off' || maxExecutions >= 2) return
  report(
    ['maxExecutions'],
    `is ${maxExecutions}, and with sourceTotals ${sourceTotals} the query is executed twice, for the totals and for the rows: make it 2, or set sourceTotals to off`,
  )
}

function checkColumns(recordType: Parsed, report: Report): void {
  const { columns, rowKey, entityKey = rowKey, coalesced, money, publicColumns } = recordType
  const lists = {
    columns,
    rowKey: rowKey.map(({ column }) => column),
    entityKey: entityKey.map(({ column }) => column),
    coalesced,
    money: money.map(({ column }) => column),
    publicColumns,
  }
  for (const [list, names] of Object.entries(lists)) {
    if (list === 'entityKey' && recordType.entityKey === undefined) continue
    for (const [index, name] of names.entries()) {
      const path = [list, index]
      if (names.indexOf(name) < index) report(path, `${name} is there twice`)
      if (!columns.includes(name)) {
        const similar = similarName(name, columns)
        report(path, `${name} is not among the columns${similar ? `; did you mean ${similar}?` : ''}`)
      }
      const isKey = list === 'rowKey' || list === 'entityKey'
      if (isKey && lists.money.includes(name))
        report(path, `${name} is money, and an amount is never part of a key`)
      if (list === 'coalesced' && lists.money.includes(name))
        report(path, `${name} is money, and amounts are not joined`)
      if (list === 'coalesced' && lists.entityKey.includes(name)) {
        report(path, `${name} is part of the entity key, so it cannot differ within an entity`)
      }
    }
  }
}

function checkCursor({ cursor, columns }: Parsed, report: Report): void {
  if (cursor === undefined) return
  const isCompleted = cursor.path.includes('columns')
  const shown = isCompleted ? (name: string) => name : inExpression
  const names = cursor.cursor.columns
  for (const [index, name] of names.entries()) {
    const path = ['cursor', ...cursor.path, ...(isCompleted ? [index] : [])]
    if (names.indexOf(name) < index) report(path, `${shown(name)} is there twice`)
    if (columns.includes(name)) continue
    const similar = similarName(name, columns)
    const isUnquoted =
      !isCompleted && shown(name) === name && similar !== name && similar?.toUpperCase() === name
    const hint = isUnquoted
      ? `: a name that is not in upper case stands in double quotes, so write ${shown(similar)}`
      : similar
        ? `; did you mean ${shown(similar)}?`
        : ''
    report(path, `${shown(name)} is not among the columns${hint}`)
  }
}
