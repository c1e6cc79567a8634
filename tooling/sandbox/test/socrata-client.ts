import type { SocrataDatasetDefinition } from '../src/socrata/socrata-dataset.ts'
import type { SocrataServer } from '../src/start-socrata.ts'

export const UNITS: SocrataDatasetDefinition = {
  id: 'unit-0001',
  name: 'Units & <others>',
  rowIdentifier: 'unit',
  columns: [
    { fieldName: 'unit', dataTypeName: 'text', name: 'Unit' },
    { fieldName: 'label', dataTypeName: 'text' },
    { fieldName: 'balance', dataTypeName: 'number' },
    { fieldName: 'opened', dataTypeName: 'calendar_date' },
    { fieldName: 'place', dataTypeName: 'point' },
    { fieldName: 'link', dataTypeName: 'url' },
  ],
}
export const PATH = '/resource/unit-0001.json'

export interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Of the text; undefined where it is none. */
  readonly json: unknown
}

export interface CallOptions {
  /** Sent as JSON, or as it stands if it is text or bytes; bytes have no content type. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Those of the server unless given; null for none. */
  readonly user?: { readonly user: string; readonly password: string } | null
  readonly signal?: AbortSignal
}

/** One request with the server's credentials, without retries. */
export async function call(
  { url, credentials }: SocrataServer,
  method: string,
  path: string,
  { body, headers, signal, user = credentials }: CallOptions = {},
): Promise<Reply> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      ...(user === null ? {} : { authorization: `Basic ${btoa(`${user.user}:${user.password}`)}` }),
      ...(body === undefined || isBytes(body) ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined
      ? {}
      : { body: typeof body === 'string' || isBytes(body) ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: toJson(text) }
}

function isBytes(body: unknown): body is Uint8Array<ArrayBuffer> {
  return body instanceof Uint8Array
}

/** What a client makes of a call: its status, or how the connection failed. */
export async function outcomeOf(reply: Promise<Reply>): Promise<number | 'no answer'> {
  return reply.then(
    ({ status }) => status,
    () => 'no answer' as const,
  )
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
