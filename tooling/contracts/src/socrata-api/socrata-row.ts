import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'

/** What a row needs beyond a dataset with a row identifier. */
export type SocrataNeed = 'replace' | 'plain-dataset' | 'reader'

/** One fact about the SODA API, checked on rows of its own. */
export interface SocrataContractRow {
  readonly title: string
  readonly needs?: SocrataNeed
  run(socrata: SocrataNamespace): Promise<void>
}

export type SocrataRecord = Readonly<Record<string, unknown>>

export interface SocrataReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of the text; undefined where it is none. */
  readonly json: unknown
}

export interface SocrataNamespace {
  readonly dataset: string
  /** Without a row identifier. */
  readonly plainDataset: string
  /** What the rows of this fact have in the column `batch`. */
  readonly batch: string
  /** A row identifier that no other fact uses. */
  key(name: string): string
  /** Sends a body as it stands; asks again as long as the answer is 202. */
  send(method: string, path: string, options?: SendOptions): Promise<SocrataReply>
  /** Upserts rows, with `batch` added, and gives the counters. */
  upsert(rows: readonly SocrataRecord[]): Promise<SocrataRecord>
  /** The rows of this fact, with further query parameters. */
  read(query?: SocrataRecord): Promise<readonly SocrataRecord[]>
  /** Repeats a check until it passes, for as long as reads of the service may lag behind. */
  eventually(check: () => Promise<void>): Promise<void>
}

export interface SendOptions {
  readonly body?: string
  /** The owner unless given. */
  readonly as?: 'owner' | 'reader' | 'anonymous' | 'stranger'
}

export interface SocrataCredentials {
  readonly user: string
  readonly password: string
  readonly appToken: string
}

export interface SocrataService {
  readonly url: string
  readonly credentials: SocrataCredentials
  readonly reader?: { readonly user: string; readonly password: string }
  readonly dataset: string
  readonly plainDataset?: string
  readonly lagMs?: number
}

const ASK_AGAIN_MS = 2_000

export function namespaceOf(service: SocrataService, batch: string): SocrataNamespace {
  const { url, credentials, reader, dataset, plainDataset = '', lagMs = 0 } = service
  const stranger = { user: credentials.user, password: `${credentials.password} no more` }

  async function send(method: string, path: string, { body, as = 'owner' }: SendOptions = {}) {
    const user = { owner: credentials, reader, anonymous: undefined, stranger }[as]
    const request = {
      method,
      headers: {
        'x-app-token': credentials.appToken,
        ...(user && { authorization: `Basic ${btoa(`${user.user}:${user.password}`)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    }
    for (;;) {
      const response = await fetch(new URL(path, url), request)
      const text = await response.text()
      if (response.status !== 202) {
        return { status: response.status, headers: response.headers, text, json: toJson(text) }
      }
      await pause(ASK_AGAIN_MS)
    }
  }

  return {
    dataset,
    plainDataset,
    batch,
    key: (name) => `${batch}-${name}`,
    send,
    async upsert(rows) {
      const body = JSON.stringify(rows.map((row) => ({ batch, ...row })))
      const { status, json, text } = await send('POST', `/resource/${dataset}.json`, { body })
      expect(status, text).toBe(200)
      return json as SocrataRecord
    },
    async read(query = {}) {
      const where = `batch = '${batch}'${query.$where === undefined ? '' : ` and (${query.$where})`}`
      const parameters = new URLSearchParams({ ...query, $where: where } as Record<string, string>)
      const { status, json, text } = await send('GET', `/resource/${dataset}.json?${parameters}`)
      expect(status, text).toBe(200)
      return json as readonly SocrataRecord[]
    },
    async eventually(check) {
      const deadline = Date.now() + lagMs
      for (;;) {
        try {
          return await check()
        } catch (error) {
          if (Date.now() >= deadline) throw error
        }
        await pause(ASK_AGAIN_MS)
      }
    },
  }
}

/** Whether the row was refused, as the whole request or as an error that is counted. */
export function isRefused({ status, json }: SocrataReply): boolean {
  const { Errors: errors } = (json ?? {}) as { Errors?: unknown }
  return status === 400 || (status === 200 && Number(errors) > 0)
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
