import { type PipelineError, RejectedRowError, TerminalError, TransientError } from '@findata/core'
import type { HttpAnswer } from '../http.ts'

/** What a call is for, as messages name it: "create a record in object_86". */
export interface KnackAction {
  readonly what: string
  /** A refused write is the refusal of one record. */
  readonly isWrite: boolean
  /** Whether the address names a record. */
  readonly isOfRecord: boolean
  /** Field names by key, as far as they are known. */
  readonly labels: ReadonlyMap<string, string>
}

/** An answer that is not the one hoped for, as an error with its fate. A 429 is about the day where `spentUntil` is given, else about the second. */
export function toKnackError(answer: HttpAnswer, action: KnackAction, spentUntil?: Date): PipelineError {
  const { status } = answer
  const said = quoted(answer.text)
  const could = `Could not ${action.what}: `
  const details = { status }
  if (status === 429) {
    return spentUntil
      ? new TerminalError(
          'DESTINATION_ALLOWANCE_SPENT',
          `${could}the calls of the day are used up. They begin anew at ${spentUntil.toISOString()}; start the same command again then.`,
          { details: { ...details, resetAt: spentUntil.toISOString() } },
        )
      : new TransientError(
          'DESTINATION_BUSY',
          `${could}Knack takes no more calls at the moment (429${said}). Another program may be calling the same account; start the same command again later.`,
          { details },
        )
  }
  if (status >= 500 || status === 408) {
    return new TransientError(
      'DESTINATION_BUSY',
      `${could}Knack is failing (${status}${said}). Start the same command again later.`,
      { details },
    )
  }
  if (status === 401 || (status === 400 && /\bapp(?:lication)? id\b/i.test(answer.text))) {
    return new TerminalError(
      'DESTINATION_CREDENTIALS_REFUSED',
      `${could}Knack does not accept the app id and API key (${status}${said}). Check the variables that the destination names for them.`,
      { details },
    )
  }
  if (status === 403) {
    return new TerminalError(
      'DESTINATION_PERMISSION_REFUSED',
      `${could}the API key may not do this (403${said}). Check the key, and whether the app's plan allows calls.`,
      { details },
    )
  }
  if (status === 404 && !action.isOfRecord) {
    return new TerminalError(
      'DESTINATION_MISSING',
      `${could}it is not there (404${said}). Check the app id, the address of the API and the object key.`,
      { details },
    )
  }
  if (status >= 200 && status < 300) {
    return new TransientError(
      'DESTINATION_UNREACHABLE',
      `${could}the answer is not what Knack's API returns (${status}${said}). Start the same command again, and check the address of the API if this lasts.`,
      { details: { ...details, wasSent: true, reason: 'not an answer of the API' } },
    )
  }
  if (status === 404) {
    return new RejectedRowError('RECORDS_REJECTED', `${could}it is not there any more (404${said}).`, {
      details,
    })
  }
  if (action.isWrite && status >= 400) {
    const reasons = refusalsOf(answer.json, action.labels)
    const why = reasons.length > 0 ? reasons.join('; ') : `it was refused (${status}${said})`
    return new RejectedRowError('RECORDS_REJECTED', `${could}${why}.`, { details })
  }
  return new TerminalError(
    'DESTINATION_REFUSED',
    `${could}Knack refused the request (${status}${said}). Check the address of the API and the mapping.`,
    { details },
  )
}

/** `Task order (field_1277): must be unique`. */
function refusalsOf(json: unknown, labels: ReadonlyMap<string, string>): readonly string[] {
  const { errors } = (json ?? {}) as { readonly errors?: unknown }
  return (Array.isArray(errors) ? errors : errors === undefined ? [] : [errors]).map((error: unknown) => {
    if (typeof error !== 'object' || error === null) return shortened(String(error))
    const { field, message } = error as { readonly field?: unknown; readonly message?: unknown }
    const said = shortened(typeof message === 'string' ? message : 'refused without a reason')
    if (typeof field !== 'string') return said
    const label = labels.get(field)
    return `${label === undefined ? field : `${label} (${field})`}: ${said}`
  })
}

/** What a person wants to see of a text that may be a page of HTML; empty for an empty one. */
function quoted(text: string): string {
  const said = shortened(text)
  return said === '' ? '' : `: ${said}`
}

function shortened(text: string): string {
  const plain = text
    .slice(0, 10_000)
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[.]$/, '')
  return plain.length > 160 ? `${plain.slice(0, 160)}…` : plain
}
