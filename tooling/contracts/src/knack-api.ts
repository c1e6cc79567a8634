import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accessRows } from './knack-api/access-rows.ts'
import { filterRows } from './knack-api/filter-rows.ts'
import type {
  KnackAnswer,
  KnackCallOptions,
  KnackNamespace,
  KnackNeed,
  KnackRow,
} from './knack-api/knack-row.ts'
import { pageRows } from './knack-api/page-rows.ts'
import { valueRows } from './knack-api/value-rows.ts'
import { writeRows } from './knack-api/write-rows.ts'

/** A Knack app to test; disposed after the suite. */
export interface KnackUnderTest extends AsyncDisposable {
  /** Without a trailing slash: `https://api.knack.com/v1`. */
  readonly apiUrl: string
  readonly appId: string
  readonly apiKey: string
  /** Has a field of every type of `KnackNeed`, none of them required; the suite deletes what it makes there. */
  readonly objectKey: string
  /** How fast the suite may call. */
  readonly callsPerSecond: number
}

export interface KnackApiOptions {
  /** Rows that the service does not pass, by title, each with the reason. */
  readonly except?: Readonly<Record<string, string>>
  /** Types of which the object has no field; rows that need one are left out. */
  readonly lacks?: readonly KnackNeed[]
}

const ROWS: readonly KnackRow[] = [...accessRows, ...writeRows, ...valueRows, ...pageRows, ...filterRows]

/** What findata and its tests rely on Knack for, one test a fact. */
export function describeKnackApi(
  name: string,
  open: () => Promise<KnackUnderTest>,
  { except = {}, lacks = [] }: KnackApiOptions = {},
): void {
  const unknown = Object.keys(except).filter((title) => !ROWS.some((row) => row.title === title))
  if (unknown.length > 0) throw new Error(`describeKnackApi: there is no row ${unknown.join(', ')}`)
  const rows = ROWS.filter(
    ({ title, needs = [] }) => except[title] === undefined && !needs.some((need) => lacks.includes(need)),
  )

  describe(`${name} as Knack (${rows.length} of ${ROWS.length} rows)`, () => {
    let app: KnackUnderTest
    let knack: OpenNamespace

    beforeAll(async () => {
      app = await open()
      knack = await openNamespace(app)
    }, 60_000)
    afterAll(async () => {
      await knack.deleteAll()
      await app[Symbol.asyncDispose]()
    }, 60_000)

    for (const row of rows) {
      test(row.title, { timeout: 60_000 }, () =>
        row.run({ ...knack.namespace, tag: `contract-${randomUUID()}` }),
      )
    }
  })
}

interface OpenNamespace {
  readonly namespace: Omit<KnackNamespace, 'tag'>
  deleteAll(): Promise<void>
}

async function openNamespace(app: KnackUnderTest): Promise<OpenNamespace> {
  const records = `/objects/${app.objectKey}/records`
  const made: string[] = []
  let nextCallAt = 0

  async function call(
    method: string,
    path: string,
    { query = {}, body, headers = {} }: KnackCallOptions = {},
  ): Promise<KnackAnswer> {
    const waitMs = nextCallAt - Date.now()
    nextCallAt = Math.max(Date.now(), nextCallAt) + 1_000 / app.callsPerSecond
    if (waitMs > 0) await sleep(waitMs)
    const search = new URLSearchParams(query)
    const response = await fetch(`${app.apiUrl}${path}${search.size > 0 ? `?${search}` : ''}`, {
      method,
      headers: {
        'X-Knack-Application-Id': app.appId,
        'X-Knack-REST-API-Key': app.apiKey,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: toJson(text) }
  }

  const { json } = await call('GET', `/applications/${app.appId}`)
  const { application } = json as {
    application: { objects: { key: string; fields: KnackFieldDescription[] }[] }
  }
  const fields = application.objects.find(({ key }) => key === app.objectKey)?.fields ?? []

  return {
    namespace: {
      appId: app.appId,
      objectKey: app.objectKey,
      records,
      call,
      field(type) {
        const found = fields.find((field) => field.type === type && field.format?.type !== 'multi')
        return (
          found?.key ?? expect.fail(`${app.objectKey} has no field of type ${type}: say that it lacks it`)
        )
      },
      options(field) {
        return fields.find(({ key }) => key === field)?.format?.options ?? []
      },
      async create(values) {
        const answer = await call('POST', records, { body: values })
        expect(answer.status, answer.text).toBe(200)
        const record = answer.json as { readonly id: string }
        made.push(record.id)
        return record
      },
    },
    async deleteAll() {
      for (const id of made) await call('DELETE', `${records}/${id}`)
    },
  }
}

interface KnackFieldDescription {
  readonly key: string
  readonly type: string
  readonly format?: { readonly type?: string; readonly options?: readonly string[] }
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
