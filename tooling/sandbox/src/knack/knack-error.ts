/** A refusal as the API words it: plain text mostly, JSON `errors` where values are refused. */
export class KnackError extends Error {
  readonly status: number
  readonly errors: readonly KnackFieldError[] | undefined

  constructor(status: number, message: string, errors?: readonly KnackFieldError[]) {
    super(message)
    this.name = 'KnackError'
    this.status = status
    this.errors = errors
  }
}

export interface KnackFieldError {
  readonly field: string
  readonly type: 'required' | 'unique' | 'invalid' | 'unknown' | 'computed'
  readonly message: string
}
