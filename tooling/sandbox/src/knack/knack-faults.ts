import {
  type ArmedCallFault,
  type CallFaults,
  type CallStrike,
  createFaultPlan,
  type FaultCount,
  type FaultPlan,
  type FaultShare,
} from '../fault-plan.ts'
import type { KnackValues } from './knack-app.ts'

/** `metadata` is the description of an app; `unknown` what the API does not have. */
export type KnackOperation = 'metadata' | 'list' | 'get' | 'create' | 'update' | 'delete' | 'unknown'

/** What goes wrong with a call. "Before" means that it is not done, "after" that it is. */
export type KnackFaultEffect =
  /** The status with a page of HTML, as the servers before the API answer. */
  | { readonly kind: 'server-error'; readonly status: 500 | 502 | 503 | 504; readonly at: 'before' | 'after' }
  /** The connection is reset before the call is done. */
  | { readonly kind: 'reset-before' }
  /** The connection is reset instead of an answer; after. */
  | { readonly kind: 'lost-reply' }
  /** The call is done after so many milliseconds of the clock, whether or not the client is still there; it waits for the answer, or gets another at once. */
  | {
      readonly kind: 'late-write'
      readonly landsAfterMs: number
      readonly answer: 'when-done' | 'reset' | 'gateway-timeout'
    }
  /** The call is taken up after so many milliseconds of the clock, and dropped if its client has gone by then. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The call is read and no answer comes until the client goes; before. */
  | { readonly kind: 'no-answer' }
  /** 429 as if others of the account had used this second; before. */
  | { readonly kind: 'rate-limited' }
  /** Others of the account use up the day's calls, so that this one and all that follow get 429; before. */
  | { readonly kind: 'allowance-spent' }
  /** A list announces so many records more, or fewer, than there are. */
  | { readonly kind: 'wrong-total'; readonly by: number }
  /** Somebody edits the object by hand, before or after the call. */
  | { readonly kind: 'hand-edit'; readonly at: 'before' | 'after'; readonly edit: KnackHandEdit }
  /** 500 for a list that asks for more rows than this; smaller pages pass and are not counted. */
  | { readonly kind: 'big-page-fails'; readonly aboveRows: number }
  /** The answer is cut in the middle of its JSON; after. */
  | { readonly kind: 'truncated-json' }
  /** 200 with a page of HTML. */
  | { readonly kind: 'html-reply'; readonly at: 'before' | 'after' }
  /** The call waits until it is released; one whose client has gone by then is dropped. */
  | { readonly kind: 'hold'; readonly at: 'before' | 'after' }

/** A change by hand to the object of the call; a record is named by its id, or is the first or last one by id. */
export type KnackHandEdit =
  | { readonly action: 'insert'; readonly values: KnackValues }
  | { readonly action: 'edit'; readonly record: string; readonly values: KnackValues }
  | { readonly action: 'remove'; readonly record: string }

/** One of each kind, for tests that try them all. */
export const KNACK_FAULT_EFFECTS = {
  'server-error': { kind: 'server-error', status: 503, at: 'before' },
  'reset-before': { kind: 'reset-before' },
  'lost-reply': { kind: 'lost-reply' },
  'late-write': { kind: 'late-write', landsAfterMs: 180_000, answer: 'reset' },
  delay: { kind: 'delay', delayMs: 5_000 },
  'no-answer': { kind: 'no-answer' },
  'rate-limited': { kind: 'rate-limited' },
  'allowance-spent': { kind: 'allowance-spent' },
  'wrong-total': { kind: 'wrong-total', by: 3 },
  'hand-edit': { kind: 'hand-edit', at: 'after', edit: { action: 'remove', record: 'first' } },
  'big-page-fails': { kind: 'big-page-fails', aboveRows: 500 },
  'truncated-json': { kind: 'truncated-json' },
  'html-reply': { kind: 'html-reply', at: 'before' },
  hold: { kind: 'hold', at: 'before' },
} as const satisfies {
  readonly [Kind in KnackFaultEffect['kind']]: Extract<KnackFaultEffect, { kind: Kind }>
}

/** Every kind, and its variants where they leave the client or the app in another state. */
export const EVERY_KNACK_FAULT_EFFECT: readonly KnackFaultEffect[] = [
  ...Object.values(KNACK_FAULT_EFFECTS),
  { kind: 'server-error', status: 500, at: 'after' },
  { kind: 'server-error', status: 504, at: 'after' },
  { kind: 'late-write', landsAfterMs: 20_000, answer: 'when-done' },
  { kind: 'late-write', landsAfterMs: 2_000, answer: 'reset' },
  { kind: 'late-write', landsAfterMs: 180_000, answer: 'gateway-timeout' },
  { kind: 'wrong-total', by: -3 },
  { kind: 'hand-edit', at: 'before', edit: { action: 'remove', record: 'last' } },
  { kind: 'hand-edit', at: 'after', edit: { action: 'insert', values: {} } },
  { kind: 'html-reply', at: 'after' },
  { kind: 'hold', at: 'after' },
]

/** Which calls a fault is for; what is left out matches all. */
export interface KnackFaultMatch extends FaultCount, FaultShare {
  readonly operations?: readonly KnackOperation[]
  /** The slug or the id of an app. */
  readonly app?: string
  readonly object?: string
  /** A record id. */
  readonly record?: string
  /** A regular expression searched for in the query and the body of the call. */
  readonly text?: string
}

/** A fault as data, so that tests can loop over many and send them to another process. */
export interface KnackFault extends KnackFaultMatch {
  readonly effect: KnackFaultEffect
}

/** One call to the API, in the order of arrival. */
export interface KnackRequestRecord {
  /** 1 for the first call since the server started. */
  readonly call: number
  /** When it came, by the server's clock. */
  readonly at: string
  readonly operation: KnackOperation
  readonly method: string
  /** The slug, or what the client named if there is no such app. */
  readonly app: string
  readonly object: string
  readonly record: string
  /** Decoded parameters. */
  readonly query: Readonly<Record<string, string>>
  /** Null without a body, the text of one that is not JSON. */
  readonly body: unknown
  /** Null while it is being served, and for ever if no answer was sent. */
  readonly status: number | null
  /** The fault that hit it. */
  readonly fault: KnackFaultEffect['kind'] | null
}

/** A fault that was armed. */
export type ArmedKnackFault = ArmedCallFault<KnackRequestRecord>

/** The faults of a server in this process. */
export type KnackFaults = CallFaults<KnackFault, KnackRequestRecord>

/** Besides its record, a call is told by its app's other name. */
export type KnackFaultPlan = FaultPlan<KnackFault, KnackRequestRecord, [appId: string]>

export type KnackStrike = CallStrike<KnackFaultEffect, KnackRequestRecord>

export function createKnackFaultPlan(): KnackFaultPlan {
  return createFaultPlan((fault) => {
    const text = new RegExp(fault.text ?? '')
    return (record, appId) => isMatch(fault, text, record, appId)
  })
}

function isMatch(fault: KnackFault, text: RegExp, record: KnackRequestRecord, appId: string): boolean {
  const { effect } = fault
  if (effect.kind === 'big-page-fails' || effect.kind === 'wrong-total') {
    if (record.operation !== 'list') return false
  }
  if (effect.kind === 'big-page-fails' && Number(record.query.rows_per_page ?? 25) <= effect.aboveRows) {
    return false
  }
  return (
    (fault.operations === undefined || fault.operations.includes(record.operation)) &&
    (fault.app === undefined || fault.app === record.app || fault.app === appId) &&
    (fault.object === undefined || fault.object === record.object) &&
    (fault.record === undefined || fault.record === record.record) &&
    text.test(`${JSON.stringify(record.query)}\n${JSON.stringify(record.body)}`)
  )
}
