/*
 * A Socrata portal for tests and demonstrations, on the loopback interface, that speaks the SODA API (2.1) over HTTP.
 *
 * Imitated: upsert, replace and `:deleted` with their counters; single rows; reads with `$select` (columns, `*`, `:*`, `count(*)`),
 * `$where` (`=`, `>`, `in`, `and`, `or`, parentheses), `field=value`, `$order`, `$limit`, `$offset` and the system fields; the metadata
 * of a dataset; HTTP Basic and app tokens; numbers that come back as text with every digit but trailing zeros; fields without a
 * value that are absent; errors as JSON with X-Socrata-RequestId.
 *
 * Not imitated, and refused with 501 not_implemented (405 and 415 where HTTP has a word for it): every other path and `$` parameter,
 * the rest of SoQL, CSV, OAuth, changing a row identifier by `:id`, dataset management and revisions, and column types but text,
 * number, calendar_date, checkbox, point and url.
 *
 * Stricter than the service, which converts more: a text column takes strings only, a checkbox booleans only, a calendar_date no
 * zone, a row its fields once.
 *
 * Where the service's behaviour is not documented: a bad row fails its whole request with 400 (the fault `row-errors` counts it
 * instead); a row identifier that comes twice in one request is created and then updated, so that the later one wins field by field
 * and the counters add up to the rows sent; deleting a row that is not there counts nowhere; a replace counts its rows as created
 * and none as deleted; wrong credentials are a 401 and a wrong app token is a 403; a single row that does not exist is a 404, also
 * for a write, and deleting one answers 200 with an empty body; after a 202 the same request is the way to ask for the result.
 *
 * Simpler than the service, without a refusal: no limit on the size of a request, the rows of a page or the calls of an address
 * (the fault `throttled` stands for it); no TLS.
 */
import { type Clock, systemClock } from '@findata/core'
import { listenHttp } from './listen-http.ts'
import type { SocrataCredentials, SocrataUser } from './socrata/socrata-access.ts'
import { createSocrataControlServer } from './socrata/socrata-control.ts'
import type { SocrataDatasetDefinition, SocrataInput, SocrataRow } from './socrata/socrata-dataset.ts'
import {
  createSocrataFaultPlan,
  type SocrataFaults,
  type SocrataRequestRecord,
} from './socrata/socrata-faults.ts'
import { createSocrataPortal } from './socrata/socrata-portal.ts'
import { createSocrataHttpServer } from './socrata/socrata-server.ts'

export interface SocrataOptions {
  readonly datasets: readonly SocrataDatasetDefinition[]
  /** May write; made up by default. */
  readonly credentials?: SocrataCredentials
  /** May read what is not public, and write nothing; none by default. */
  readonly readers?: readonly SocrataUser[]
  /** Of late work, lagging reads and times of rows; the machine's by default. */
  readonly clock?: Clock
  /** A free one by default. */
  readonly port?: number
  readonly controlPort?: number
}

/** A running Socrata portal; disposing it closes its connections, answered or not. */
export interface SocrataServer extends AsyncDisposable {
  /** `GET /` shows the datasets to people. */
  readonly url: string
  /** Address and port, without a scheme. */
  readonly host: string
  /** Where another process arms faults and reads and edits rows, see `connectSocrataControl`. */
  readonly controlUrl: string
  readonly credentials: SocrataCredentials
  readonly faults: SocrataFaults
  /** Every call to the API since the start, in the order of arrival. */
  requests(): readonly SocrataRequestRecord[]
  callCount(): number
  /** What the dataset holds, as it is read, in the order of creation; reads may lag behind it. */
  rows(dataset: string): readonly SocrataRow[]
  insert(dataset: string, rows: readonly SocrataInput[]): void
  /** As a person edits a row in the portal; named by its row identifier, or its `:id` where there is none. */
  edit(dataset: string, rowId: string, changes: SocrataInput): void
  remove(dataset: string, rowId: string): void
}

const DEFAULT_CREDENTIALS: SocrataCredentials = {
  user: 'publisher@sandbox.invalid',
  password: 'sandbox-password',
  appToken: 'sandboxAppToken0000000000',
}

/** Starts a Socrata portal on the loopback interface. */
export async function startSocrata({
  datasets,
  credentials = DEFAULT_CREDENTIALS,
  readers = [],
  clock = systemClock,
  port = 0,
  controlPort = 0,
}: SocrataOptions): Promise<SocrataServer> {
  await using resources = new AsyncDisposableStack()
  const portal = createSocrataPortal(datasets, clock)
  const faults = createSocrataFaultPlan()
  const records: SocrataRequestRecord[] = []
  const requests = (): readonly SocrataRequestRecord[] => records.map((record) => ({ ...record }))
  const server = createSocrataHttpServer({ portal, faults, access: { credentials, readers }, records, clock })
  const control = createSocrataControlServer(faults, requests, portal)
  const { url, host } = resources.use(await listenHttp(server, port))
  const { url: controlUrl } = resources.use(await listenHttp(control, controlPort))

  const closing = resources.move()
  return {
    url,
    host,
    controlUrl,
    credentials,
    faults,
    requests,
    callCount: () => records.length,
    rows: portal.rows,
    insert: portal.insert,
    edit: portal.edit,
    remove: portal.remove,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
