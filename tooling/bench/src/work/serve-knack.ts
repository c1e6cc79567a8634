import { type KnackRequestRecord, type KnackServer, startKnack } from '@findata/sandbox'
import { benchKnackApp } from '../bench-destination.ts'
import { serveWork } from './serve-work.ts'

/** Starts a Knack app, once, or asks what was called. */
export type KnackInput =
  | { readonly start: { readonly rows: number; readonly missing: number; readonly changed: number } }
  | { readonly log: true }

export interface KnackOutput {
  readonly env: Readonly<Record<string, string>>
  readonly requests: readonly Pick<KnackRequestRecord, 'at' | 'operation' | 'status'>[]
}

/** As a call over the internet takes. */
const LATENCY_MS = 150
const CALLS_PER_SECOND = 10

let server: KnackServer | undefined
let env: Readonly<Record<string, string>> = {}

serveWork(async (input: KnackInput): Promise<KnackOutput> => {
  if ('start' in input) {
    const app = benchKnackApp(input.start.rows, input.start)
    server = await startKnack({ apps: [app], callsPerSecond: CALLS_PER_SECOND, latencyMs: LATENCY_MS })
    env = { KNACK_API_URL: server.url, KNACK_APP_ID: app.id, KNACK_API_KEY: app.apiKey }
  }
  const requests = server?.requests() ?? []
  return { env, requests: requests.map(({ at, operation, status }) => ({ at, operation, status })) }
})

// The server ends with the channel to the parent.
process.once('disconnect', () => void server?.[Symbol.asyncDispose]())
