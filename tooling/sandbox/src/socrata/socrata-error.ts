const STATUS_OF_CODE = {
  invalid_request: 400,
  authentication_required: 401,
  permission_denied: 403,
  not_found: 404,
  method_not_allowed: 405,
  unsupported_media_type: 415,
  too_many_requests: 429,
  internal_error: 500,
  not_implemented: 501,
  service_unavailable: 503,
  execution_timeout: 504,
} as const

export type SocrataErrorCode = keyof typeof STATUS_OF_CODE

/** An answer of Socrata that is not a success. */
export class SocrataError extends Error {
  readonly code: SocrataErrorCode
  readonly status: number
  readonly data: Readonly<Record<string, unknown>>

  constructor(code: SocrataErrorCode, message: string, data: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = code
    this.status = STATUS_OF_CODE[code]
    this.data = data
  }
}

export function invalid(message: string, data?: Readonly<Record<string, unknown>>): SocrataError {
  return new SocrataError('invalid_request', message, data)
}

/** For what Socrata may well do and this server does not. */
export function notImitated(what: string): SocrataError {
  return new SocrataError('not_implemented', `The stand-in does not imitate ${what}`)
}
