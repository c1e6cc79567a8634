import type { KnackAppDefinition, KnackFieldDefinition } from '../src/knack/knack-app.ts'
import { type KnackOptions, type KnackServer, startKnack } from '../src/start-knack.ts'
import { createVirtualClock, type VirtualClock } from '../src/virtual-clock.ts'

export const FIELDS: readonly KnackFieldDefinition[] = [
  { key: 'field_1', name: 'Task order', type: 'short_text' },
  { key: 'field_2', name: 'Balance', type: 'currency' },
]

/** An app of one object, `object_1`. */
export function appOf(
  fields: readonly KnackFieldDefinition[] = FIELDS,
  changes: Partial<KnackAppDefinition> = {},
): KnackAppDefinition {
  return {
    id: '0123456789abcdef01234567',
    apiKey: 'key',
    slug: 'app',
    name: 'App',
    accountSlug: 'account',
    timeZone: 'Central Time (US & Canada)',
    objects: [{ key: 'object_1', name: 'Task orders', fields }],
    ...changes,
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined if the text is not JSON. */
  readonly json: unknown
}

export interface KnackUnderTest extends AsyncDisposable {
  readonly server: KnackServer
  readonly clock: VirtualClock
  call(method: string, path?: string, body?: unknown, options?: CallOptions): Promise<Answer>
  /** The texts of `field_1` of all records. */
  keys(): readonly unknown[]
}

export interface CallOptions {
  readonly app?: KnackAppDefinition
  readonly signal?: AbortSignal
}

/** A server on a clock of its own, by default with one app of one object and more calls than a test needs; paths begin after `records`. */
export async function openKnack(options: Partial<KnackOptions> = {}): Promise<KnackUnderTest> {
  const clock = createVirtualClock()
  const apps = options.apps ?? [appOf()]
  const server = await startKnack({ callsPerSecond: 1_000, clock, ...options, apps })
  return {
    server,
    clock,
    async call(method, path = '', body, { app = apps[0], signal } = {}) {
      const response = await fetch(`${server.url}/objects/object_1/records${path}`, {
        method,
        headers: {
          'X-Knack-Application-Id': app?.id ?? '',
          'X-Knack-REST-API-Key': app?.apiKey ?? '',
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, json: toJson(text) }
    },
    keys: () => server.records('app', 'object_1').map(({ field_1 }) => field_1),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
