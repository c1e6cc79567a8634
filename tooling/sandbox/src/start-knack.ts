/*
 * A Knack server for tests and demonstrations, on the loopback interface.
 *
 * Imitated: the object-based REST API under `/v1` (list, read, create, change and delete records, the description of an app), with
 * paging, sorting and filters; formatted and raw values of the field types in `knack/knack-app.ts`; required and unique fields and
 * options; the limits per second and per day that the apps of an account share, with their headers; errors in plain text; writes that
 * land late. Where nothing is known of how Knack does it, the stand-in does what is hardest for a client: records come in the order
 * of their last change unless one is asked for, `is` ignores case, an announced total may be off.
 *
 * Not imitated, and refused: every other path (404), other parameters of a list, groups of rules, relative dates other than days and
 * weeks, dates with a zone other than Z, fields that do not exist or are computed in a write (400); other field types (names, e-mail,
 * addresses, files) and zones at the start.
 *
 * Simpler than Knack, without a refusal: computed fields keep what they were given by `records`, `insert` or `edit`, except that
 * `auto_increment` counts; HTML in text stays as it is but for an unclosed tag; times have no seconds; numbers (not amounts) are
 * binary floats; amounts round to cents; calls refused by a limit cost nothing; `format=raw` gives raw values under the plain keys;
 * the client's own time zone does not count; no views, logins, record rules, e-mails or region prefixes; no TLS; records live in
 * memory.
 */
import { type Clock, systemClock } from '@findata/core'
import { type CallLimits, createCallLimits } from './knack/call-limits.ts'
import type { KnackAppDefinition, KnackRecord } from './knack/knack-app.ts'
import { createKnackControlServer, type KnackControlled } from './knack/knack-control.ts'
import { createKnackFaultPlan, type KnackRequestRecord } from './knack/knack-faults.ts'
import { createKnackServer } from './knack/knack-server.ts'
import { type AppState, createKnackStore, type KnackStore, type ObjectState } from './knack/knack-store.ts'
import { createLateWrites, type LateWrites } from './knack/late-writes.ts'
import { listenHttp } from './listen-http.ts'

export interface KnackOptions {
  readonly apps: readonly KnackAppDefinition[]
  /** For limits, late writes, delays and record ids; the machine's by default. */
  readonly clock?: Clock
  /** Of all apps of an account, within any second; 10 by default. */
  readonly callsPerSecond?: number
  /** Of all apps of an account, from midnight to midnight UTC; 25,000 by default. */
  readonly dailyCalls?: number
  /** A free one by default. */
  readonly port?: number
  readonly controlPort?: number
  /** How long every call takes, by the clock; 0 by default. */
  readonly latencyMs?: number
  /** By how many records every announced total is wrong; 0 by default. */
  readonly totalRecordsOff?: number
}

/** A running Knack server; disposing it closes its connections, answered or not. Apps are named by slug or id. */
export interface KnackServer extends AsyncDisposable, KnackControlled {
  /** Of the API: ends in `/v1`. A page with all records is at `/` of the same server. */
  readonly url: string
  /** Where another process arms faults, reads and edits records, see `connectKnackControl`. */
  readonly controlUrl: string
}

/** Starts a Knack server on the loopback interface. @throws Error for an app that it cannot imitate */
export async function startKnack({
  apps,
  clock = systemClock,
  callsPerSecond = 10,
  dailyCalls = 25_000,
  port = 0,
  controlPort = 0,
  latencyMs = 0,
  totalRecordsOff = 0,
}: KnackOptions): Promise<KnackServer> {
  await using resources = new AsyncDisposableStack()
  const store = createKnackStore(apps, clock)
  const limits = createCallLimits({ callsPerSecond, dailyCalls }, clock)
  const late = createLateWrites(clock)
  const faults = createKnackFaultPlan()
  const records: KnackRequestRecord[] = []
  const server = createKnackServer({
    store,
    limits,
    faults,
    late,
    records,
    clock,
    latencyMs,
    totalRecordsOff,
  })
  const controlled: KnackControlled = {
    faults,
    requests: () => records.map((record) => ({ ...record })),
    ...controlRecords(store, late, limits),
  }
  const control = createKnackControlServer(controlled)
  const { url: origin } = resources.use(await listenHttp(server, port))
  const { url: controlUrl } = resources.use(await listenHttp(control, controlPort))

  const closing = resources.move()
  return {
    ...controlled,
    url: `${origin}/v1`,
    controlUrl,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

function controlRecords(
  store: KnackStore,
  late: LateWrites,
  limits: CallLimits,
): Omit<KnackControlled, 'faults' | 'requests'> {
  function find(name: string, key: string): { app: AppState; object: ObjectState } {
    late.land()
    const app = [...store.apps.values()].find(({ definition: { id, slug } }) => id === name || slug === name)
    const object = app?.objects.get(key)
    if (!app || !object) throw new Error(`The Knack stand-in has no object ${key} in an app ${name}`)
    return { app, object }
  }
  function recordsOf(app: AppState, object: ObjectState): readonly KnackRecord[] {
    return [...object.records.values()].map((record) => store.render(app, object, record))
  }

  return {
    records(name, key) {
      const { app, object } = find(name, key)
      return recordsOf(app, object)
    },
    insert(name, key, values) {
      const { app, object } = find(name, key)
      return store.render(app, object, store.insert(object, values, 'app'))
    },
    edit(name, key, id, values) {
      const { app, object } = find(name, key)
      return store.render(app, object, store.update(object, id, values, 'app'))
    },
    remove(name, key, id) {
      store.remove(find(name, key).object, id)
    },
    state() {
      late.land()
      const apps = [...store.apps.values()]
      const accounts = new Set(apps.map(({ definition }) => definition.accountSlug))
      return {
        apps: apps.map((app) => ({
          id: app.definition.id,
          slug: app.definition.slug,
          name: app.definition.name,
          objects: Object.fromEntries([...app.objects].map(([key, object]) => [key, recordsOf(app, object)])),
        })),
        callsToday: Object.fromEntries([...accounts].map((account) => [account, limits.callsToday(account)])),
      }
    },
    callsToday: limits.callsToday,
    spendCalls: limits.spend,
  }
}
