import { type Clock, retryTransient, TerminalError, type TransientError } from '@findata/core'
import type { SocrataSettings } from '../env.ts'
import { type HttpAnswer, hideSecrets, sendRequest } from '../http.ts'
import { type SocrataAction, toShapeError, toSocrataError } from './socrata-errors.ts'

/** The part of the SODA interface that publishing needs, each call tried again while that can help. */
export interface SocrataClient {
  /** Requests so far, retries included. */
  readonly calls: number
  describe(dataset: string): Promise<SocrataDataset>
  /**
   * Every row with `:id` and these fields, or those that a SoQL condition is true of, page by page. Rows that appear or vanish
   * meanwhile move no other row.
   */
  readRows(
    dataset: string,
    fields: readonly string[],
    condition?: string,
  ): AsyncIterable<readonly SocrataRow[]>
  /**
   * Only for a dataset with a row identifier: without one, a second attempt doubles the rows. Rows are JSON texts. No attempt begins
   * after `sendBefore`. Throws RejectedRowError when the service refuses rows; then none of them was taken.
   */
  upsert(dataset: string, rows: readonly string[], sendBefore: Date): Promise<SocrataCounts>
  /** The same rows and no others. */
  replace(dataset: string, rows: readonly string[], sendBefore: Date): Promise<SocrataCounts>
}

export interface SocrataDataset {
  readonly name: string
  readonly columns: readonly { readonly fieldName: string; readonly name: string; readonly type: string }[]
  /** The field that rows are matched by. */
  readonly rowIdentifier: string | undefined
}

export type SocrataRow = Readonly<Record<string, unknown>>

/** What the service counted of the rows that were sent. */
export interface SocrataCounts {
  readonly created: number
  readonly updated: number
  readonly deleted: number
  readonly errors: number
}

export interface SocrataClientOptions {
  readonly settings: Pick<SocrataSettings, 'baseUrl' | 'appToken' | 'user' | 'password' | 'rowsPerRequest'>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** For one whole answer; 2 minutes for reading and 5 for writing unless given. */
  readonly timeoutMs?: number
  /** A sentence that says why a call is made again. */
  onRetry(message: string): void
}

const READ_TIMEOUT_MS = 120_000
/** The service works through a big chunk before it answers. */
const WRITE_TIMEOUT_MS = 300_000
const READ_WITHIN_MS = 30 * 60_000
const RETRY = { attempts: 6, firstDelayMs: 1_000, maxDelayMs: 60_000 }
const FIRST_POLL_MS = 1_000
const MAX_POLL_MS = 30_000

export function createSocrataClient(options: SocrataClientOptions): SocrataClient {
  const { settings, clock, signal } = options
  let calls = 0

  const basicLogin = () => Buffer.from(`${settings.user}:${settings.password()}`).toString('base64')
  const shown = (answer: HttpAnswer) =>
    hideSecrets(answer, [basicLogin(), settings.password(), settings.appToken()])

  const headersFor = (body: string | undefined) => ({
    Authorization: `Basic ${basicLogin()}`,
    'X-App-Token': settings.appToken(),
    Accept: 'application/json',
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
  })

  const send = async (
    method: 'GET' | 'POST' | 'PUT',
    url: string,
    action: SocrataAction,
    sendBefore: Date,
    body?: string,
  ): Promise<HttpAnswer> => {
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(2 * pollMs, MAX_POLL_MS)) {
      if (clock.now() >= sendBefore) throw tooLate(action)
      calls++
      const answer = await sendRequest({
        method,
        url,
        headers: headersFor(body),
        ...(body !== undefined && { body }),
        timeoutMs: options.timeoutMs ?? (body === undefined ? READ_TIMEOUT_MS : WRITE_TIMEOUT_MS),
        signal,
      })
      // Still at work: every request here may be repeated, and is answered with 200 when it is done.
      if (answer.status !== 202) {
        if (answer.status !== 200) throw toSocrataError(shown(answer), action)
        return answer
      }
      await clock.sleep(pollMs, signal)
    }
  }

  const retried = <T>(work: () => Promise<T>): Promise<T> =>
    retryTransient(work, {
      ...RETRY,
      signal,
      sleep: clock.sleep,
      retryAfterMs,
      onRetry: ({ error, delayMs }) =>
        options.onRetry(`${error.message} Next attempt in ${Math.ceil(delayMs / 1_000)} s.`),
    })

  const read = <T>(
    path: string,
    action: SocrataAction,
    parse: (json: unknown) => T | undefined,
  ): Promise<T> => {
    const within = new Date(clock.now().getTime() + READ_WITHIN_MS)
    return retried(async () => {
      const answer = await send('GET', `${settings.baseUrl}${path}`, action, within)
      const parsed = parse(answer.json)
      if (parsed === undefined) throw toShapeError(shown(answer), action)
      return parsed
    })
  }

  const write = (method: 'POST' | 'PUT', dataset: string, rows: readonly string[], sendBefore: Date) => {
    const verb = method === 'POST' ? 'upsert' : 'replace the set by'
    const action = {
      what: `${verb} ${rows.length} rows in dataset ${dataset}`,
      dataset,
      sendsRows: true,
    }
    const body = `[${rows.join(',\n')}]`
    return retried(async () => {
      const answer = await send(
        method,
        `${settings.baseUrl}/resource/${dataset}.json`,
        action,
        sendBefore,
        body,
      )
      const counts = parseCounts(answer.json)
      if (!counts) throw toShapeError(shown(answer), action)
      return counts
    })
  }

  return {
    get calls() {
      return calls
    },
    describe(dataset) {
      const action = { what: `look at dataset ${dataset}`, dataset, sendsRows: false }
      return read(`/api/views/${dataset}.json`, action, parseDataset)
    },
    async *readRows(dataset, fields, condition) {
      const action = { what: `read dataset ${dataset}`, dataset, sendsRows: false }
      const query = {
        $select: [':id', ...fields].join(','),
        $order: ':id',
        $limit: `${settings.rowsPerRequest}`,
      }
      let last: string | undefined
      // From the last row on rather than by an offset, which repeats and skips rows when others appear or vanish. Up to an empty
      // page, since the service may have a lower limit for a page than was asked for.
      for (;;) {
        const conditions = [
          ...(condition === undefined ? [] : [`(${condition})`]),
          ...(last === undefined ? [] : [`:id > '${last}'`]),
        ]
        const page = new URLSearchParams({
          ...query,
          ...(conditions.length > 0 && { $where: conditions.join(' and ') }),
        })
        const rows = await read(`/resource/${dataset}.json?${page}`, action, parseRows)
        const next = rows.at(-1)?.[':id']
        if (next === undefined) return
        if (next === last) throw pagesDoNotMove(action)
        last = next
        yield rows
      }
    },
    upsert: (dataset, rows, sendBefore) => write('POST', dataset, rows, sendBefore),
    replace: (dataset, rows, sendBefore) => write('PUT', dataset, rows, sendBefore),
  }
}

function parseDataset(json: unknown): SocrataDataset | undefined {
  const { name, columns, rowIdentifierColumnId } = (json ?? {}) as Readonly<Record<string, unknown>>
  if (!Array.isArray(columns)) return undefined
  const found = columns as readonly Readonly<Record<string, unknown>>[]
  // Absent and null both mean that there is none.
  const identifier =
    rowIdentifierColumnId == null ? undefined : found.find(({ id }) => `${id}` === `${rowIdentifierColumnId}`)
  return {
    name: String(name ?? ''),
    columns: found.map((column) => ({
      fieldName: String(column.fieldName),
      name: String(column.name ?? column.fieldName),
      type: String(column.dataTypeName),
    })),
    rowIdentifier: identifier && String(identifier.fieldName),
  }
}

function parseRows(json: unknown): readonly (SocrataRow & { readonly ':id': string })[] | undefined {
  if (!Array.isArray(json)) return undefined
  const isRow = (row: unknown) => typeof (row as SocrataRow | null)?.[':id'] === 'string'
  return json.every(isRow) ? json : undefined
}

function parseCounts(json: unknown): SocrataCounts | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  const found = json as Readonly<Record<string, unknown>>
  const counts = {
    created: Number(found['Rows Created']),
    updated: Number(found['Rows Updated']),
    deleted: Number(found['Rows Deleted']),
    errors: Number(found.Errors),
  }
  return Object.values(counts).every(Number.isInteger) ? counts : undefined
}

function retryAfterMs({ details }: TransientError): number | undefined {
  return typeof details.retryAfterMs === 'number' ? details.retryAfterMs : undefined
}

function tooLate({ what, dataset }: SocrataAction): TerminalError {
  const nextStep = 'Start the same command again later.'
  return new TerminalError(
    'DESTINATION_BUSY',
    `Could not ${what}: the service was still at work when the time for it was over. ${nextStep}`,
    { details: { dataset, nextStep } },
  )
}

function pagesDoNotMove({ what, dataset }: SocrataAction): TerminalError {
  const nextStep = 'Check whether something between here and the service drops the query of the address.'
  return new TerminalError(
    'DESTINATION_REFUSED',
    `Could not ${what}: the service answers every page with the same rows. ${nextStep}`,
    { details: { dataset, nextStep } },
  )
}
