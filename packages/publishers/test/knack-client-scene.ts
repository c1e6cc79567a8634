import type { PipelineError } from '@findata/core'
import {
  createVirtualClock,
  type KnackAppDefinition,
  type KnackFaultEffect,
  type KnackOptions,
  startKnack,
} from '@findata/sandbox'
import { expect } from 'vitest'
import { createKnackClient } from '../src/knack/knack-client.ts'

export const OBJECT = 'object_1'
export const APP_ID = '5e2f1a9b0c4d7e8f90a1b2c3'
export const API_KEY = 'sandbox-secret-key'

export const app = (records: number): KnackAppDefinition => ({
  id: APP_ID,
  apiKey: API_KEY,
  slug: 'tracker',
  name: 'Tracker',
  accountSlug: 'atd',
  timeZone: 'Central Time (US & Canada)',
  objects: [
    {
      key: OBJECT,
      name: 'Orders',
      fields: [
        { key: 'field_1', name: 'Order', type: 'short_text', required: true, unique: true },
        { key: 'field_2', name: 'Balance', type: 'currency' },
        { key: 'field_3', name: 'Status', type: 'multiple_choice', options: ['Active', 'Closed'] },
      ],
      records: Array.from({ length: records }, (_, index) => ({
        field_1: `order ${index}`,
        field_2: '1.00',
      })),
    },
  ],
})

interface Options extends Omit<Partial<KnackOptions>, 'apps' | 'clock'> {
  readonly records?: number
  /** That is armed later: where no answer comes, the client gives up in a time that a test can wait for. */
  readonly effect?: KnackFaultEffect
}

/** A stand-in on a clock that is turned by who sleeps, and a client of it. */
export async function openKnack({ records = 0, effect, ...options }: Options = {}) {
  const clock = createVirtualClock()
  const server = await startKnack({ apps: [app(records)], clock, ...options })
  const waits: string[] = []
  const clientOf = (settings: Partial<Parameters<typeof createKnackClient>[0]> = {}) =>
    createKnackClient(
      {
        apiUrl: server.url,
        appId: APP_ID,
        apiKey: API_KEY,
        callsPerSecond: 9.5,
        timeoutMs: effect?.kind === 'no-answer' ? 700 : 10_000,
        ...settings,
      },
      {
        clock,
        signal: new AbortController().signal,
        onWait: (message) => waits.push(message),
      },
    )
  return {
    server,
    clock,
    waits,
    clientOf,
    client: clientOf(),
    orders: () => server.records('tracker', OBJECT).map(({ field_1 }) => field_1),
    sent: (operation: string) => server.requests().filter((request) => request.operation === operation),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

export async function failureOf(calling: Promise<unknown>): Promise<PipelineError> {
  try {
    await calling
  } catch (error) {
    const failure = error as PipelineError
    expect(`${failure.message} ${JSON.stringify(failure.details)}`).not.toContain(API_KEY)
    return failure
  }
  throw new Error('it did not fail')
}

export const idOf = (records: readonly { readonly id: string }[]) => records[0]?.id ?? ''

/** Of one call; the next one passes. `isDone`: the call has been executed all the same. */
export const FAULTS: readonly (readonly [name: string, effect: KnackFaultEffect, isDone: boolean])[] = [
  ['503', { kind: 'server-error', status: 503, at: 'before' }, false],
  ['504 after it was done', { kind: 'server-error', status: 504, at: 'after' }, true],
  ['a connection that is reset', { kind: 'reset-before' }, false],
  ['a lost answer', { kind: 'lost-reply' }, true],
  ['no answer', { kind: 'no-answer' }, false],
  ['cut JSON', { kind: 'truncated-json' }, true],
  ['a page of HTML', { kind: 'html-reply', at: 'before' }, false],
  ['a page of HTML after it was done', { kind: 'html-reply', at: 'after' }, true],
]
export const RATE_LIMITED = ['a full second', { kind: 'rate-limited' }, false] as const
