import { PipelineError, TerminalError, TransientError } from '@findata/core'

/** A request as messages name it: without its query string, which may hold values of records. */
export interface NamedRequest {
  readonly method: string
  readonly url: string
}

/** Codes of failures before the first byte of a request could leave. Others count only while connecting. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/**
 * A failure of fetch as ours: DESTINATION_UNREACHABLE, with `details.wasSent`, which is false only where the request certainly did
 * not leave. What is ours already passes untouched.
 */
export function toConnectionError(cause: unknown, request: NamedRequest): unknown {
  if (!(cause instanceof Error) || cause instanceof PipelineError) return cause
  const reasons = reasonsOf(cause)
  const code = reasons.map((reason) => reason.code).find((found) => found !== undefined)
  const shown = code ?? reasons[0]?.message ?? cause.message
  const name = nameOf(request)
  if (code !== undefined && UNTRUSTED.has(code)) {
    return new TerminalError(
      'DESTINATION_UNREACHABLE',
      `Could not call ${name}: its TLS certificate is not trusted (${code}). Check the address, or name the certificate authority in NODE_EXTRA_CA_CERTS.`,
      { cause, details: { wasSent: false, reason: code } },
    )
  }
  const wasSent = !reasons.every(
    ({ code, syscall }) => code !== undefined && (NEVER_SENT.has(code) || syscall === 'connect'),
  )
  const why = wasSent ? 'the connection broke before the whole answer came' : 'no connection could be made'
  return new TransientError(
    'DESTINATION_UNREACHABLE',
    `Could not call ${name}: ${why} (${shown}). Check the network and the address, and start the same command again.`,
    { cause, details: { wasSent, reason: shown } },
  )
}

/** No whole answer came in time; the request may have been executed. */
export function toDeadlineError(request: NamedRequest, timeoutMs: number): TransientError {
  return new TransientError(
    'DESTINATION_UNREACHABLE',
    `Could not call ${nameOf(request)}: there was no whole answer within ${timeoutMs / 1_000} s. Start the same command again later.`,
    { details: { wasSent: true, reason: 'deadline' } },
  )
}

function nameOf({ method, url }: NamedRequest): string {
  const { origin, pathname } = new URL(url)
  return `${method} ${origin}${pathname}`
}

interface Reason {
  readonly code?: string
  readonly syscall?: string
  readonly message: string
}

/** What lies behind `fetch failed`: one reason, or one for each address that was tried. */
function reasonsOf(error: Error): readonly Reason[] {
  const { cause } = error
  if (!(cause instanceof Error)) return [error as Error & Reason]
  return cause instanceof AggregateError && cause.errors.length > 0
    ? (cause.errors as readonly Reason[])
    : [cause as Error & Reason]
}
