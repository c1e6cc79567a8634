import { type ErrorCode, PipelineError, TransientError } from '@findata/core'
import {
  type Fate,
  LEFTOVER,
  linkIn,
  normalized,
  type Translation,
  translationOf,
  WORDS_OF_VALUES,
} from './error-translations.ts'

/** What was being done when the driver failed. */
export interface OracleTask {
  /** A sentence's beginning: `Reading task_orders`. */
  readonly doing: string
  /** The text that an error's offset points into. */
  readonly sql?: string
  readonly isConnecting?: boolean
  /** The driver's text is the same for a wrong password of a wallet and for none. */
  readonly hasWalletPassword?: boolean
}

export interface Failure extends ErrorOptions {
  readonly doing: string
  /** Without a full stop. */
  readonly why: string
  /** Whole sentences. */
  readonly nextStep: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** An error with the same parts in the same order: what was being done, why it failed, what to do next. */
export function failed(
  Fate: Fate,
  code: ErrorCode,
  { doing, why, nextStep, details, ...options }: Failure,
): PipelineError {
  return new Fate(code, `${doing} failed: ${why}. ${nextStep}`, {
    ...options,
    details: { ...details, nextStep },
  })
}

/** The driver's error as one of ours, with the next step; errors that are not Oracle's pass through untouched. */
export function toPipelineError(cause: unknown, task: OracleTask): unknown {
  if (!(cause instanceof Error) || cause instanceof PipelineError) return cause
  const code = oracleCodeOf(cause)
  if (code === undefined) return cause
  const translation = translationOf(cause, code, task)
  if (translation === undefined) return cause

  const link = linkIn(cause)
  const object = translation.code === 'ORACLE_VIEW_MISSING' ? missingObject(cause, task.sql) : undefined
  const why =
    translation === LEFTOVER ? firstLine(cause) : object ? `${object} ${translation.why}` : translation.why
  const words = wordsOf(cause, code, translation)
  const place = translation.code === 'ORACLE_QUERY_INVALID' ? placeIn(task.sql, cause) : ''
  return failed(translation.fate, translation.code, {
    doing: task.doing,
    why: `${why}${words === undefined ? '' : `: ${words}`} (${codesIn(cause, code)})${place}`,
    nextStep: translation.nextStep,
    details: { oracleCode: code, ...(object && { object }), ...(link && { link }) },
    cause,
  })
}

/** `ORA-00942` or `NJS-500`, if the error is one of the driver's. */
export function oracleCodeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return undefined
  return /^(ORA|NJS)-\d+$/.test(cause.code) ? normalized(cause.code) : undefined
}

/** The number of an error that the driver wrapped matters to the DBA too: NJS-500 may hide ORA-02396. */
function codesIn(cause: Error, code: string): string {
  const codes = new Set([code, ...(cause.message.match(/\b(?:ORA|NJS)-\d{3,5}\b/g) ?? []).map(normalized)])
  return [...codes].join(', ')
}

/** Oracle's own first line without its code. */
function firstLine({ message }: Error): string {
  return (message.split('\n')[0] ?? '').replace(/^(?:ORA|NJS)-\d+:\s*/, '').trim()
}

/** What Oracle says of the query, or of a value: never in words that may hold one. */
function wordsOf(cause: Error, code: string, { code: errorCode }: Translation): string | undefined {
  if (errorCode !== 'ORACLE_QUERY_INVALID') return WORDS_OF_VALUES[code]
  const words = firstLine(cause)
  return words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words
}

const MOST_WORDS = 200
const EXCERPT = 30

/** Where the query is wrong, for a person: characters are counted from 1. */
function placeIn(sql: string | undefined, cause: Error): string {
  const offset = 'offset' in cause && typeof cause.offset === 'number' ? cause.offset : 0
  const rest = sql
    ?.slice(offset, offset + EXCERPT)
    .trim()
    .replaceAll(/\s+/g, ' ')
  return offset > 0 && rest ? ` at character ${offset + 1}, before "${rest}"` : ''
}

/** From Oracle 23 on the message names the object; before that, the offset points at it. */
function missingObject({ message, ...rest }: Error, sql: string | undefined): string {
  const named = /"[^"]+"(?:\."[^"]+")*/.exec(message)?.[0]
  if (named) return `the table or view ${named.replaceAll('"', '')}`
  const offset = 'offset' in rest && typeof rest.offset === 'number' ? rest.offset : 0
  const pointedAt = offset > 0 ? /^[\w$#".@]+/.exec(sql?.slice(offset) ?? '')?.[0] : undefined
  return pointedAt ? `the table or view ${pointedAt.replaceAll('"', '')}` : 'a table or view of its query'
}

/** Oracle answered that it does not do this, to this user or at all. */
export function isRefusal(cause: unknown): cause is PipelineError {
  return cause instanceof PipelineError && !(cause instanceof TransientError) && REFUSALS.includes(cause.code)
}

/** A package that may not be executed is an identifier that Oracle does not know. */
const REFUSALS: readonly ErrorCode[] = [
  'ORACLE_PERMISSION_REFUSED',
  'ORACLE_VIEW_MISSING',
  'ORACLE_QUERY_INVALID',
  'ORACLE_QUERY_FAILED',
  'COLUMNS_MISSING',
]
