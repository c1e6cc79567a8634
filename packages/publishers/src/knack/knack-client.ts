import type { Clock } from '@findata/core'
import type { KnackApp } from './knack-metadata.ts'

export interface KnackClientSettings {
  /** `https://api.knack.com/v1`, or where else the account lives. */
  readonly apiUrl: string
  readonly appId: string
  readonly apiKey: string
  readonly callsPerSecond: number
  /** For one whole answer; 30 s unless given. */
  readonly timeoutMs?: number
}

export interface KnackClientOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** A sentence that says why a call waits longer than its pace. */
  readonly onWait?: (message: string) => void
}

/** A record as Knack returns it: formatted values by field key, raw ones by field key and `_raw`. */
export type KnackRecord = Readonly<Record<string, unknown>> & { readonly id: string }

/** Values in Knack's JSON (`toKnack`), by field key. */
export type KnackValues = Readonly<Record<string, unknown>>

/** What is left of the calls of the day, as the last answer that told says. */
export interface KnackAllowance {
  readonly limit?: number
  readonly left?: number
  readonly resetAt?: Date
}

/**
 * Calls one Knack app: paced, and each kind of call tried again only as far as that is harmless. Calls may be under way at once.
 * All of them throw TransientError when the app stays unreachable or busy, and TerminalError DESTINATION_ALLOWANCE_SPENT (with
 * `details.resetAt`, ISO 8601), DESTINATION_CREDENTIALS_REFUSED, DESTINATION_PERMISSION_REFUSED or DESTINATION_MISSING.
 */
export interface KnackClient {
  /** Sent so far, repeated ones included. */
  readonly calls: number
  allowance(): KnackAllowance
  /** Names the fields in the messages of later calls. */
  application(): Promise<KnackApp>
  /** All records, page by page, each once, although records come, go and move meanwhile. */
  listRecords(
    objectKey: string,
    options?: { readonly sortField?: string },
  ): AsyncIterable<readonly KnackRecord[]>
  /** Records whose field is one of the values as Knack compares them; the caller compares exactly. 20 values take one call. */
  findRecords(objectKey: string, field: string, values: readonly string[]): Promise<readonly KnackRecord[]>
  readRecord(objectKey: string, id: string): Promise<KnackRecord | undefined>
  /**
   * Throws RejectedRowError RECORDS_REJECTED with Knack's reasons, and TransientError with `details.isUnclear` true where the record
   * may have been created or may still be.
   */
  createRecord(objectKey: string, values: KnackValues): Promise<KnackRecord>
  /** Only the given fields change. Throws RejectedRowError RECORDS_REJECTED, also when the record is gone. */
  updateRecord(objectKey: string, id: string, values: KnackValues): Promise<KnackRecord>
  /** Throws RejectedRowError RECORDS_REJECTED when the record was gone before. */
  deleteRecord(objectKey: string, id: string): Promise<void>
}
