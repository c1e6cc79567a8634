/** What each exit code of a command says to the scheduler that called it. */
export const EXIT_CODES = {
  done: 0,
  unexpected: 1,
  configuration: 2,
  sourceUnavailable: 3,
  destinationUnavailable: 4,
  refused: 5,
  partial: 6,
  locked: 7,
  differences: 8,
  nothingToDo: 99,
  interrupted: 130,
  terminated: 143,
} as const

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES]

/** Every error code with the exit code it leads to and what it means. */
export const ERROR_CODES = {
  UNEXPECTED: { exitCode: 1, meaning: 'A defect of findata itself, or of the machine.' },
  DISK_FAILED: { exitCode: 1, meaning: 'The local disk is full or cannot be written.' },
  ORACLE_QUERY_FAILED: {
    exitCode: 1,
    meaning: 'Oracle stopped the query for a reason in the data or the view.',
  },

  USAGE: { exitCode: 2, meaning: 'The command line is not understood.' },
  CONFIG_INVALID: { exitCode: 2, meaning: 'findata.config has mistakes; each is named with its path.' },
  ENVIRONMENT_INVALID: {
    exitCode: 2,
    meaning: 'Environment variables are missing or not usable; all are named.',
  },
  RECORD_TYPE_UNKNOWN: { exitCode: 2, meaning: 'No record type has this name.' },
  ORACLE_LOGIN_REFUSED: {
    exitCode: 2,
    meaning: 'Wrong user or password, or the account is locked or expired. Never retried: accounts lock.',
  },
  ORACLE_PERMISSION_REFUSED: { exitCode: 2, meaning: 'The Oracle user lacks a privilege.' },
  ORACLE_VIEW_MISSING: { exitCode: 2, meaning: 'A view or table is not there, or the user may not see it.' },
  ORACLE_QUERY_INVALID: { exitCode: 2, meaning: 'Oracle does not understand the query of a record type.' },
  ORACLE_VALUE_UNSUPPORTED: {
    exitCode: 2,
    meaning: 'A column has a type or a value that cannot be carried exactly.',
  },
  STORE_CREDENTIALS_REFUSED: {
    exitCode: 2,
    meaning: 'The store does not accept the credentials, or there are none.',
  },
  STORE_PERMISSION_REFUSED: { exitCode: 2, meaning: 'The credentials may not do this in the bucket.' },
  STORE_BUCKET_MISSING: { exitCode: 2, meaning: 'The bucket is not there.' },
  STORE_UNSUPPORTED: {
    exitCode: 2,
    meaning: 'The store lacks what findata needs, such as conditional writes.',
  },
  DESTINATION_UNKNOWN: {
    exitCode: 2,
    meaning: 'No destination has this name, or it does not take this record type.',
  },
  DESTINATION_MISSING: { exitCode: 2, meaning: 'The app, object or dataset is not there.' },
  DESTINATION_MISMATCH: {
    exitCode: 2,
    meaning:
      'The destination is another one than configured, or lacks fields or a key that the mapping needs.',
  },
  DESTINATION_CREDENTIALS_REFUSED: {
    exitCode: 2,
    meaning: 'The destination does not accept the credentials. Never retried.',
  },
  DESTINATION_PERMISSION_REFUSED: {
    exitCode: 2,
    meaning: 'The credentials may not do this in the destination.',
  },
  DESTINATION_REFUSED: {
    exitCode: 2,
    meaning: 'The destination refuses a whole request, for a reason that is not one record.',
  },
  SNAPSHOT_MISSING: { exitCode: 2, meaning: 'No snapshot, certificate or file has this name.' },

  ORACLE_UNREACHABLE: {
    exitCode: 3,
    meaning: 'No answer from Oracle or its listener, or the service is not up.',
  },
  ORACLE_BUSY: { exitCode: 3, meaning: 'Oracle has no memory or space left for the query at the moment.' },
  ORACLE_CONNECTION_LOST: { exitCode: 3, meaning: 'The connection to Oracle broke.' },
  ORACLE_TIMEOUT: { exitCode: 3, meaning: 'Oracle did not answer within the deadline.' },
  ORACLE_SNAPSHOT_TOO_OLD: {
    exitCode: 3,
    meaning: 'Oracle no longer has the undo of the moment being read (ORA-01555).',
  },

  STORE_UNREACHABLE: { exitCode: 4, meaning: 'The store does not answer, or the connection broke.' },
  STORE_BUSY: { exitCode: 4, meaning: 'The store is throttling or failing (SlowDown, 500, 503).' },

  DESTINATION_UNREACHABLE: {
    exitCode: 4,
    meaning: 'The destination does not answer, or the connection broke.',
  },
  DESTINATION_BUSY: { exitCode: 4, meaning: 'The destination is throttling or failing (429, 500, 503).' },
  DESTINATION_ALLOWANCE_SPENT: {
    exitCode: 4,
    meaning: 'The calls of the day are used up; what is left is sent when they begin anew.',
  },

  GUARD_REFUSED: { exitCode: 5, meaning: 'A guard stopped the run before it replaced anything.' },
  COLUMNS_MISSING: { exitCode: 5, meaning: 'The source lacks columns that the record type declares.' },

  EXECUTIONS_SPENT: {
    exitCode: 5,
    meaning: 'A snapshot would execute the query of a record type more often than its maxExecutions allows.',
  },
  CURSOR_NULL: {
    exitCode: 5,
    meaning: 'A row has no cursor value, and the record type says that this stops the run.',
  },

  PLAN_STALE: { exitCode: 5, meaning: 'A saved plan no longer fits the snapshot, the mapping or a record.' },

  RECORDS_REJECTED: {
    exitCode: 6,
    meaning: 'Some records are not published: refused, impossible there, or beyond a limit.',
  },

  LOCK_HELD: { exitCode: 7, meaning: 'Another run holds the lock.' },
  STORE_CONFLICT: { exitCode: 7, meaning: 'Somebody else wrote the object while this run was under way.' },

  BALANCE_DIFFERS: { exitCode: 8, meaning: 'Two hops do not agree; nothing was committed.' },
  FILE_INVALID: { exitCode: 8, meaning: 'A file is corrupt, cut short or foreign.' },

  CANCELLED: { exitCode: 130, meaning: 'Stopped by a signal, after cleaning up.' },
} as const satisfies Record<string, { exitCode: ExitCode; meaning: string }>

export type ErrorCode = keyof typeof ERROR_CODES

export interface ErrorOptionsWithDetails extends ErrorOptions {
  /** What a machine or a support engineer wants beside the message; never a secret, never a whole row. */
  readonly details?: Readonly<Record<string, unknown>>
}

/** An error that says what was being done, to what, why it failed and what to do next. Throw one of its three fates. */
export abstract class PipelineError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, { details = {}, ...options }: ErrorOptionsWithDetails = {}) {
    super(message, options)
    this.name = new.target.name
    this.code = code
    this.details = details
  }
}

/** Worth another attempt after a pause: lost connection, rate limit, server busy. */
export class TransientError extends PipelineError {}

/** Stop the run: another attempt would end the same. */
export class TerminalError extends PipelineError {}

/** Keep the row aside and go on. */
export class RejectedRowError extends PipelineError {}

/** The exit code that an error leads to; unknown errors are 1. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof PipelineError ? ERROR_CODES[error.code].exitCode : EXIT_CODES.unexpected
}

const PRECEDENCE: readonly ExitCode[] = [143, 130, 1, 2, 8, 5, 4, 3, 6, 7, 99]

/** The one exit code that stands for several results: a signal, then the first of 1, 2, 8, 5, 4, 3, 6, 7, 99; none of them is 0. */
export function worstExitCode(exitCodes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((exitCode) => exitCodes.includes(exitCode)) ?? EXIT_CODES.done
}
