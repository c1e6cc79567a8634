import { expect } from 'vitest'

/** Types of fields that rows write to. */
export type KnackNeed =
  | 'short_text'
  | 'paragraph_text'
  | 'number'
  | 'currency'
  | 'boolean'
  | 'date_time'
  | 'multiple_choice'

/** One fact about Knack. */
export interface KnackRow {
  readonly title: string
  readonly needs?: readonly KnackNeed[]
  run(knack: KnackNamespace): Promise<void>
}

export interface KnackCallOptions {
  readonly query?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Besides, or instead of, those with the app and its key. */
  readonly headers?: Readonly<Record<string, string>>
}

export interface KnackAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Undefined if the text is not JSON. */
  readonly json: unknown
}

export type KnackApiRecord = Readonly<Record<string, unknown>> & { readonly id: string }

export interface KnackNamespace {
  readonly appId: string
  readonly objectKey: string
  /** The path of the object's records. */
  readonly records: string
  /** A text that no other row writes. */
  readonly tag: string
  call(method: string, path: string, options?: KnackCallOptions): Promise<KnackAnswer>
  /** The key of a field of this type. */
  field(type: KnackNeed): string
  options(field: string): readonly string[]
  /** Deleted after the suite. */
  create(values: Readonly<Record<string, unknown>>): Promise<KnackApiRecord>
}

export interface KnackPage {
  readonly total_pages: number
  readonly current_page: number
  readonly total_records: number
  readonly records: readonly KnackApiRecord[]
}

/** Makes records that a filter on the row's tag finds; `numbers` go behind the tag. */
export async function createTagged(
  knack: KnackNamespace,
  numbers: readonly number[],
): Promise<readonly KnackApiRecord[]> {
  const made: KnackApiRecord[] = []
  for (const number of numbers) {
    made.push(await knack.create({ [knack.field('short_text')]: `${knack.tag} ${number}` }))
  }
  return made
}

/** A page of what the filters find. */
export async function listPage(
  knack: KnackNamespace,
  filters: unknown,
  query: Readonly<Record<string, string>> = {},
): Promise<KnackPage> {
  const answer = await knack.call('GET', knack.records, {
    query: { filters: JSON.stringify(filters), ...query },
  })
  expect(answer.status, answer.text).toBe(200)
  return answer.json as KnackPage
}

/** The filter that finds what a row made. */
export function tagged(knack: KnackNamespace): readonly unknown[] {
  return [{ field: knack.field('short_text'), operator: 'starts with', value: knack.tag }]
}

export function idsOf({ records }: KnackPage): readonly string[] {
  return records.map(({ id }) => id)
}
