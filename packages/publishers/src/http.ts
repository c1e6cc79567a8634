import { TerminalError } from '@findata/core'
import { toConnectionError, toDeadlineError } from './errors.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** For the whole answer, its body included. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /**
   * The text as JSON, or undefined where it is none. A number that JavaScript would print otherwise, such as `13240.010` or one
   * of more than 17 digits, is its text instead, so that no digit is lost.
   */
  readonly json: unknown
}

/**
 * Sends one request once and reads the whole answer, of whatever status; redirects are not followed. Throws TransientError
 * DESTINATION_UNREACHABLE when no whole answer came, with `details.wasSent` false only where the request certainly did not leave.
 * A kept connection that died meanwhile counts as sent.
 */
export async function sendRequest({
  method,
  url,
  headers,
  body,
  timeoutMs,
  signal,
}: HttpRequest): Promise<HttpAnswer> {
  signal.throwIfAborted()
  const checkedHeaders = toHeaders(headers)
  // Not AbortSignal.any: thousands of calls would leave their listeners on the signal of the run.
  const stopper = new AbortController()
  const stop = () => stopper.abort()
  signal.addEventListener('abort', stop, { once: true })
  const deadline = setTimeout(stop, timeoutMs)
  try {
    const answer = await fetch(url, {
      method,
      headers: checkedHeaders,
      redirect: 'manual',
      signal: stopper.signal,
      ...(body !== undefined && { body }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, json: parseJson(text) }
  } catch (error) {
    signal.throwIfAborted()
    throw stopper.signal.aborted
      ? toDeadlineError({ method, url }, timeoutMs)
      : toConnectionError(error, { method, url })
  } finally {
    clearTimeout(deadline)
    signal.removeEventListener('abort', stop)
  }
}

/** The answer for messages: a service, or a proxy on the way to it, may repeat what it was sent. */
export function hideSecrets(answer: HttpAnswer, secrets: readonly string[]): HttpAnswer {
  const told = secrets.filter((secret) => secret !== '' && answer.text.includes(secret))
  if (told.length === 0) return answer
  const text = told.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), answer.text)
  return { ...answer, text, json: parseJson(text) }
}

/** Headers complains about a value by quoting it, and it may be a secret. */
function toHeaders(headers: HttpRequest['headers']): Headers {
  const checked = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    try {
      checked.set(name, value)
    } catch {
      throw new TerminalError(
        'ENVIRONMENT_INVALID',
        `The value for the header ${name} cannot be sent: it holds a line end or another character that headers cannot hold. Check the credentials.`,
      )
    }
  }
  return checked
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, keepDigits)
  } catch {
    return undefined
  }
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? context.source
    : value
}
