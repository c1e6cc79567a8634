import { type Clock, PipelineError, retryTransient, TransientError } from '@findata/core'
import * as z from 'zod'
import { type HttpAnswer, hideSecrets, sendRequest } from '../http.ts'
import { createPacer } from '../pacer.ts'
import { toKnackError } from './knack-errors.ts'
import { type KnackApp, toKnackApp } from './knack-metadata.ts'
import { type ReadPage, type RecordPage, readEachOnce } from './record-pages.ts'

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
  /** From 0 up to, but not including, 1; for the pauses between attempts. */
  readonly random?: () => number
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
 * `details.resetAt`, ISO 8601), DESTINATION_CREDENTIALS_REFUSED, DESTINATION_PERMISSION_REFUSED or DESTINATION_MISSING. A TransientError
 * of a write has `details.isUnclear` true where the write may have been executed, or may still be. A write is sent within 90 seconds
 * of the clock or not at all.
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
  /** Throws RejectedRowError RECORDS_REJECTED with Knack's reasons. */
  createRecord(objectKey: string, values: KnackValues): Promise<KnackRecord>
  /** Only the given fields change. Throws RejectedRowError RECORDS_REJECTED, also when the record is gone. */
  updateRecord(objectKey: string, id: string, values: KnackValues): Promise<KnackRecord>
  /** Throws RejectedRowError RECORDS_REJECTED when the record was gone before. */
  deleteRecord(objectKey: string, id: string): Promise<void>
}

const TIMEOUT_MS = 30_000
const ATTEMPTS = 6
/** For a page that may be halved instead. */
const ATTEMPTS_AT_LARGE_PAGE = 3
const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 10_000
/** A window of a second that resets later than this is a wrong clock. */
const LONGEST_BURST_MS = 2_000
const LONGEST_RETRY_AFTER_MS = 60_000
const VALUES_PER_CALL = 20
/** Who writes counts on the moment after which nothing of a write is sent any more. */
const SEND_WITHIN_MS = 90_000

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: KnackValues
  /** The description of an app is public, and asked for without the key. */
  readonly isPublic?: boolean
  readonly what: string
  /** Set where the path names a record. */
  readonly isOfRecord?: boolean
  /** By the clock, in milliseconds: it is not sent later. */
  readonly sendBefore?: number
}

/** Opens no connection before the first call. */
export function createKnackClient(
  { apiUrl, appId, apiKey, callsPerSecond, timeoutMs = TIMEOUT_MS }: KnackClientSettings,
  { clock, signal, onWait, random }: KnackClientOptions,
): KnackClient {
  const pacer = createPacer({ callsPerSecond, clock })
  const base = apiUrl.replace(/\/+$/, '')
  const labels = new Map<string, string>()
  let calls = 0
  let allowance: KnackAllowance = {}

  /** One paced call, once. */
  async function callOnce<T>(call: Call, parse: (json: unknown) => T | undefined): Promise<T> {
    await pacer.turn(signal)
    if (call.sendBefore !== undefined && clock.now().getTime() > call.sendBefore) {
      throw new TransientError(
        'DESTINATION_BUSY',
        `Could not ${call.what}: Knack took no call for it within ${seconds(SEND_WITHIN_MS)}. Start the same command again later.`,
        { details: { wasSent: false, reason: 'too late' } },
      )
    }
    calls++
    const query = call.query ? `?${new URLSearchParams(call.query)}` : ''
    const answer = await sendRequest({
      method: call.method,
      url: `${base}/${call.path}${query}`,
      headers: {
        accept: 'application/json',
        'X-Knack-Application-Id': appId,
        ...(!call.isPublic && { 'X-Knack-REST-API-Key': apiKey }),
        ...(call.body && { 'content-type': 'application/json' }),
      },
      ...(call.body && { body: JSON.stringify(call.body) }),
      timeoutMs,
      signal,
    })
    noteAllowance(answer)
    const isGood = answer.status >= 200 && answer.status < 300
    const parsed = isGood ? parse(answer.json) : undefined
    if (parsed !== undefined) return parsed
    const action = {
      what: call.what,
      isWrite: call.method !== 'GET',
      isOfRecord: call.isOfRecord === true,
      labels,
    }
    const shown = hideSecrets(answer, [apiKey])
    if (answer.status !== 429) throw toKnackError(shown, action)
    const spentUntil = readNumber(answer, 'X-PlanLimit-Remaining') === 0 ? resetOfDay() : undefined
    if (!spentUntil) giveWay(answer)
    throw toKnackError(shown, action, spentUntil)
  }

  function noteAllowance(answer: HttpAnswer): void {
    const limit = readNumber(answer, 'X-PlanLimit-Limit')
    const left = readNumber(answer, 'X-PlanLimit-Remaining')
    const resetMs = readNumber(answer, 'X-PlanLimit-Reset')
    if (limit === undefined && left === undefined) return
    allowance = {
      ...(limit !== undefined && { limit }),
      ...(left !== undefined && { left }),
      ...(resetMs !== undefined && { resetAt: new Date(clock.now().getTime() + resetMs) }),
    }
  }

  function resetOfDay(): Date {
    const now = clock.now()
    return (
      allowance.resetAt ?? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1))
    )
  }

  /** Somebody else calls the same account: all calls wait for the next second, and come more slowly for a while. */
  function giveWay(answer: HttpAnswer): void {
    const now = clock.now().getTime()
    const retryAfterSeconds = readNumber(answer, 'Retry-After')
    const resetSeconds = readNumber(answer, 'X-RateLimit-Reset')
    const waitMs =
      retryAfterSeconds !== undefined
        ? Math.min(retryAfterSeconds * 1_000, LONGEST_RETRY_AFTER_MS)
        : resetSeconds !== undefined && resetSeconds * 1_000 > now
          ? Math.min(resetSeconds * 1_000 - now, LONGEST_BURST_MS)
          : 1_000
    pacer.pauseUntil(new Date(now + waitMs))
    pacer.slowDown()
    onWait?.(`Knack takes no more calls this second; waiting ${seconds(waitMs)}`)
  }

  function retry<T>({ what }: Call, work: () => Promise<T>, attempts = ATTEMPTS): Promise<T> {
    return retryTransient(work, {
      attempts,
      firstDelayMs: FIRST_DELAY_MS,
      maxDelayMs: MAX_DELAY_MS,
      signal,
      sleep: (ms, aborted) => clock.sleep(ms, aborted),
      ...(random && { random }),
      onRetry({ error: { details }, delayMs }) {
        if (details.status === 429) return
        onWait?.(
          `Could not ${what} (${details.reason ?? details.status}); trying again in ${seconds(delayMs)}`,
        )
      },
    })
  }

  function call<T>(call: Call, parse: (json: unknown) => T | undefined, attempts?: number): Promise<T> {
    return retry(call, () => callOnce(call, parse), attempts)
  }

  /** The error of a write that may have been executed says so; a create is not repeated then. */
  async function write<T>(asked: Call, parse: (json: unknown) => T | undefined, ifGone?: T): Promise<T> {
    const call = { ...asked, sendBefore: clock.now().getTime() + SEND_WITHIN_MS }
    let mayHaveHappened = false
    const outcome = await retry(call, async () => {
      try {
        return await callOnce(call, parse)
      } catch (error) {
        if (mayHaveHappened && ifGone !== undefined && isMissing(error)) return ifGone
        if (!(error instanceof TransientError)) throw error
        mayHaveHappened ||= mayBeDone(error)
        if (mayHaveHappened && call.method === 'POST') return error
        throw error
      }
    }).catch((error: unknown) => {
      if (mayHaveHappened && error instanceof TransientError) return error
      throw error
    })
    if (!(outcome instanceof TransientError)) return outcome
    throw new TransientError(
      outcome.code,
      `${outcome.message} Whether it was done all the same is not known.`,
      {
        cause: outcome,
        details: { ...outcome.details, isUnclear: true },
      },
    )
  }

  function pageReader(objectKey: string, query: Readonly<Record<string, string>>): ReadPage<KnackRecord> {
    return (page, rows, isLastSize) =>
      call(
        {
          method: 'GET',
          path: recordsOf(objectKey),
          query: { ...query, rows_per_page: String(rows), page: String(page) },
          what: `read the records of ${objectKey}`,
        },
        toPage,
        isLastSize ? ATTEMPTS : ATTEMPTS_AT_LARGE_PAGE,
      )
  }

  return {
    get calls() {
      return calls
    },
    allowance: () => allowance,
    async application() {
      const app = await call(
        {
          method: 'GET',
          path: `applications/${encodeURIComponent(appId)}`,
          isPublic: true,
          what: 'read the description of the Knack app',
        },
        toKnackApp,
      )
      for (const { fields } of app.objects) for (const { key, name } of fields) labels.set(key, name)
      return app
    },
    listRecords(objectKey, { sortField } = {}) {
      const query = sortField === undefined ? {} : { sort_field: sortField, sort_order: 'asc' }
      return readEachOnce(pageReader(objectKey, query))
    },
    async findRecords(objectKey, field, values) {
      const found = new Map<string, KnackRecord>()
      for (let start = 0; start < values.length; start += VALUES_PER_CALL) {
        const rules = values
          .slice(start, start + VALUES_PER_CALL)
          .map((value) => ({ field, operator: 'is', value }))
        const query = { filters: JSON.stringify({ match: 'or', rules }) }
        for await (const records of readEachOnce(pageReader(objectKey, query))) {
          for (const record of records) found.set(record.id, record)
        }
      }
      return [...found.values()]
    },
    async readRecord(objectKey, id) {
      try {
        return await call(
          {
            method: 'GET',
            path: recordsOf(objectKey, id),
            what: `read record ${id} of ${objectKey}`,
            isOfRecord: true,
          },
          toRecord,
        )
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    createRecord(objectKey, values) {
      return write(
        {
          method: 'POST',
          path: recordsOf(objectKey),
          body: values,
          what: `create a record in ${objectKey}`,
        },
        toRecord,
      )
    },
    updateRecord(objectKey, id, values) {
      return write(
        {
          method: 'PUT',
          path: recordsOf(objectKey, id),
          body: values,
          what: `update record ${id} of ${objectKey}`,
          isOfRecord: true,
        },
        toRecord,
      )
    },
    async deleteRecord(objectKey, id) {
      await write(
        {
          method: 'DELETE',
          path: recordsOf(objectKey, id),
          what: `delete record ${id} of ${objectKey}`,
          isOfRecord: true,
        },
        toDeletion,
        true,
      )
    },
  }
}

function recordsOf(objectKey: string, id?: string): string {
  const records = `objects/${encodeURIComponent(objectKey)}/records`
  return id === undefined ? records : `${records}/${encodeURIComponent(id)}`
}

const record = z.looseObject({ id: z.string().min(1) })
const page = z.object({
  records: z.array(record),
  total_records: z.number().optional().catch(undefined),
  total_pages: z.number().optional().catch(undefined),
})
const deletion = z.object({ delete: z.literal(true) })

function toRecord(json: unknown): KnackRecord | undefined {
  return record.safeParse(json).data
}

function toPage(json: unknown): RecordPage<KnackRecord> | undefined {
  const { data } = page.safeParse(json)
  return data && { records: data.records, totalRecords: data.total_records, totalPages: data.total_pages }
}

function toDeletion(json: unknown): true | undefined {
  return deletion.safeParse(json).success || undefined
}

function readNumber({ headers }: HttpAnswer, name: string): number | undefined {
  const text = headers.get(name)
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined
}

/** Whether a call that failed may have been executed, or may be yet. */
function mayBeDone({ details }: TransientError): boolean {
  return details.wasSent !== false && details.status !== 429
}

function isMissing(error: unknown): boolean {
  return error instanceof PipelineError && error.details.status === 404
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
