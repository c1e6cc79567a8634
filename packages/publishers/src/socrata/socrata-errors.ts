import {
  type ErrorCode,
  type PipelineError,
  RejectedRowError,
  TerminalError,
  TransientError,
} from '@findata/core'
import type { HttpAnswer } from '../http.ts'

/** What was being done when an answer came: "upsert 1000 rows into dataset ggav-ufvc". */
export interface SocrataAction {
  readonly what: string
  readonly dataset: string
  /** Whether rows are being sent: then a 400 is about them. */
  readonly sendsRows: boolean
}

interface Translation {
  readonly Fate: typeof TransientError | typeof TerminalError | typeof RejectedRowError
  readonly code: ErrorCode
  readonly why: string
  readonly next: string
}

const TRY_AGAIN = 'Start the same command again later.'
const CHECK_DOMAIN = 'Check the domain and the id of the dataset in the configuration or its variables.'

const BUSY: Translation = {
  Fate: TransientError,
  code: 'DESTINATION_BUSY',
  why: 'the service is failing at the moment',
  next: TRY_AGAIN,
}

const BY_STATUS: Readonly<Record<number, Translation | undefined>> = {
  401: {
    Fate: TerminalError,
    code: 'DESTINATION_CREDENTIALS_REFUSED',
    why: 'the service does not accept the credentials',
    next: 'Check the user, the password and the app token (SO_USER, SO_PASS, SO_TOKEN unless configured otherwise).',
  },
  403: {
    Fate: TerminalError,
    code: 'DESTINATION_PERMISSION_REFUSED',
    why: 'the user may not do this',
    next: 'Give the user the right to edit this dataset.',
  },
  404: { Fate: TerminalError, code: 'DESTINATION_MISSING', why: 'it is not there', next: CHECK_DOMAIN },
  408: BUSY,
  409: { ...BUSY, why: 'somebody else is changing it' },
  429: { ...BUSY, why: 'it gets more requests than it takes' },
  504: { ...BUSY, why: 'it took too long' },
}

const REDIRECTED: Translation = {
  Fate: TerminalError,
  code: 'DESTINATION_MISMATCH',
  why: 'the service points to another address',
  next: CHECK_DOMAIN,
}
const ROWS_REFUSED: Translation = {
  Fate: RejectedRowError,
  code: 'DESTINATION_REFUSED',
  why: 'the service refuses rows',
  next: 'Compare the values with the columns of the dataset.',
}
const REQUEST_REFUSED: Translation = {
  Fate: TerminalError,
  code: 'DESTINATION_REFUSED',
  why: 'the service refuses the request',
  next: 'Compare the columns of the dataset with the mapping.',
}

/** An answer that is no success, with its fate, the service's own words and the id that its support asks for. */
export function toSocrataError(answer: HttpAnswer, action: SocrataAction): PipelineError {
  const { Fate, code, why, next } = translate(answer.status, action)
  const { message, error, row } = explain(answer)
  const requestId = answer.headers.get('X-Socrata-RequestId')
  const retryAfter = Number(answer.headers.get('Retry-After'))
  const shown = [
    [answer.status, error].filter(Boolean).join(' '),
    message && `"${message}"`,
    requestId && `request id ${requestId}`,
  ].filter(Boolean)
  return new Fate(code, `Could not ${action.what}: ${why} (${shown.join(', ')}). ${next}`, {
    details: {
      dataset: action.dataset,
      httpStatus: answer.status,
      nextStep: next,
      answer: [answer.status, message || error].filter(Boolean).join(' '),
      ...(row !== undefined && { row }),
      ...(requestId && { requestId }),
      ...(retryAfter > 0 && { retryAfterMs: retryAfter * 1_000 }),
    },
  })
}

/** An answer of status 200 that is not what was asked for, such as `{"message": …}` in place of rows. */
export function toShapeError(answer: HttpAnswer, action: SocrataAction): PipelineError {
  const { message, requestId } = { ...explain(answer), requestId: answer.headers.get('X-Socrata-RequestId') }
  const shown = [
    message ? `"${message}"` : 'an answer of another form',
    requestId && `request id ${requestId}`,
  ]
  return new TransientError(
    'DESTINATION_BUSY',
    `Could not ${action.what}: the service answered 200 with something else (${shown.filter(Boolean).join(', ')}). ${TRY_AGAIN}`,
    {
      details: {
        dataset: action.dataset,
        httpStatus: answer.status,
        nextStep: TRY_AGAIN,
        ...(requestId && { requestId }),
      },
    },
  )
}

function translate(status: number, { sendsRows }: SocrataAction): Translation {
  if (status >= 300 && status < 400) return REDIRECTED
  return BY_STATUS[status] ?? (status >= 500 ? BUSY : sendsRows ? ROWS_REFUSED : REQUEST_REFUSED)
}

/** The service's own words, cut short: they may quote a value. */
function explain({ json, text }: HttpAnswer): { message: string; error?: string; row?: number } {
  if (typeof json !== 'object' || json === null) return { message: cut(text.trim()) }
  const { message, code, data } = json as {
    message?: unknown
    code?: unknown
    data?: { row?: unknown } | null
  }
  return {
    message: typeof message === 'string' ? cut(message) : '',
    ...(typeof code === 'string' && { error: code }),
    ...(typeof data?.row === 'number' && { row: data.row }),
  }
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
