import {
  type ArmedCallFault,
  type CallFaults,
  type CallStrike,
  createFaultPlan,
  type FaultCount,
  type FaultPlan,
} from '../fault-plan.ts'

/** What goes wrong with a call. "Before" means that its work is not done, "after" that it is. Times are of the server's clock. */
export type SocrataFaultEffect =
  /** 202, and the work is done later. The same request asked again is answered 202 until then, and once with the result after. */
  | { readonly kind: 'still-processing'; readonly landsAfterMs: number }
  /** The first rows of a write are not taken, and counted under `Errors` of a 200. */
  | { readonly kind: 'row-errors'; readonly rows: number }
  /** The first rows of a write are not taken, and not counted anywhere. */
  | { readonly kind: 'missing-rows'; readonly rows: number }
  /** 400 for the whole write because of one of its rows; before. */
  | { readonly kind: 'bad-row' }
  /** 429 before. */
  | { readonly kind: 'throttled' }
  /** 500 before. */
  | { readonly kind: 'internal-error' }
  /** 503 before. */
  | { readonly kind: 'unavailable' }
  /** 504, and the work is done all the same, perhaps later. */
  | { readonly kind: 'execution-timeout'; readonly landsAfterMs: number }
  /** The connection is reset; before. */
  | { readonly kind: 'drop-before' }
  /** The connection is reset instead of an answer; after. */
  | { readonly kind: 'lost-reply' }
  /** The answer comes late, while the work is done at once. */
  | { readonly kind: 'slow-answer'; readonly delayMs: number }
  /** No answer comes until the client goes; before. */
  | { readonly kind: 'no-answer' }
  /** Reads show the state before this write for so long. */
  | { readonly kind: 'lagging-reads'; readonly lagMs: number }
  /** A read is answered 200 with `{message}` instead of rows. */
  | { readonly kind: 'message-in-200' }
  /** The answer is complete for HTTP, and half of its JSON; after. */
  | { readonly kind: 'truncated-json' }
  /** A page in HTML, as gateways give it; before. */
  | { readonly kind: 'html-reply'; readonly status: number }
  /** The call waits until it is released; one whose client has gone by then is dropped. */
  | { readonly kind: 'hold'; readonly at: 'before' | 'after' }

export type SocrataFaultKind = SocrataFaultEffect['kind']

/** One of each kind, for tests that try them all. */
export const SOCRATA_FAULT_EFFECTS = {
  'still-processing': { kind: 'still-processing', landsAfterMs: 5_000 },
  'row-errors': { kind: 'row-errors', rows: 1 },
  'missing-rows': { kind: 'missing-rows', rows: 1 },
  'bad-row': { kind: 'bad-row' },
  throttled: { kind: 'throttled' },
  'internal-error': { kind: 'internal-error' },
  unavailable: { kind: 'unavailable' },
  'execution-timeout': { kind: 'execution-timeout', landsAfterMs: 0 },
  'drop-before': { kind: 'drop-before' },
  'lost-reply': { kind: 'lost-reply' },
  'slow-answer': { kind: 'slow-answer', delayMs: 50 },
  'no-answer': { kind: 'no-answer' },
  'lagging-reads': { kind: 'lagging-reads', lagMs: 5_000 },
  'message-in-200': { kind: 'message-in-200' },
  'truncated-json': { kind: 'truncated-json' },
  'html-reply': { kind: 'html-reply', status: 200 },
  hold: { kind: 'hold', at: 'before' },
} as const satisfies { readonly [Kind in SocrataFaultKind]: Extract<SocrataFaultEffect, { kind: Kind }> }

export type SocrataOperation =
  | 'Upsert'
  | 'Replace'
  | 'Query'
  | 'GetRow'
  | 'UpsertRow'
  | 'ReplaceRow'
  | 'DeleteRow'
  | 'GetMetadata'

const WRITES: readonly SocrataOperation[] = ['Upsert', 'Replace', 'UpsertRow', 'ReplaceRow', 'DeleteRow']

// Kinds that are not here hit any call.
const OPERATIONS_OF_KIND: { readonly [Kind in SocrataFaultKind]?: readonly SocrataOperation[] } = {
  'row-errors': ['Upsert', 'Replace'],
  'missing-rows': ['Upsert', 'Replace'],
  'bad-row': ['Upsert', 'Replace', 'UpsertRow', 'ReplaceRow'],
  'lagging-reads': WRITES,
  'message-in-200': ['Query', 'GetRow'],
}

/** Which calls a fault is for; what is left out matches all that the kind of fault can hit. */
export interface SocrataFaultMatch extends FaultCount {
  readonly operations?: readonly SocrataOperation[]
  /** The 4x4 id. */
  readonly dataset?: string
  /** Writes that hold a row of this row identifier, so that a bad row is bad in every chunk it is sent in. */
  readonly row?: string
}

/** A fault as data, so that tests can loop over many and send them to another process. */
export interface SocrataFault extends SocrataFaultMatch {
  readonly effect: SocrataFaultEffect
}

/** One call to the API, in the order of arrival. */
export interface SocrataRequestRecord {
  /** 1 for the first call since the server started. */
  readonly call: number
  /** By the server's clock, ISO 8601. */
  readonly at: string
  /** `Unknown` for what the server does not imitate. */
  readonly operation: SocrataOperation | 'Unknown'
  readonly method: string
  /** Empty for a call to something else. */
  readonly dataset: string
  /** Path and query as they were sent. */
  readonly url: string
  /** Of the body as sent; 0 without. */
  readonly rows: number
  readonly bytes: number
  /** Null while it is being served, and for ever if no answer was sent. */
  readonly status: number | null
  /** The fault that hit it. */
  readonly fault: SocrataFaultKind | null
  /** The header X-Socrata-RequestId of the answer. */
  readonly requestId: string
}

/** A fault that was armed. */
export type ArmedSocrataFault = ArmedCallFault<SocrataRequestRecord>

/** The faults of a server in this process. */
export type SocrataFaults = CallFaults<SocrataFault, SocrataRequestRecord>

type HasRow = (key: string) => boolean

/** Besides its record, a call is told by the rows in its body. */
export type SocrataFaultPlan = FaultPlan<SocrataFault, SocrataRequestRecord, [hasRow: HasRow]>

export type SocrataStrike = CallStrike<SocrataFaultEffect, SocrataRequestRecord>

export function createSocrataFaultPlan(): SocrataFaultPlan {
  return createFaultPlan((fault) => (record, hasRow) => isMatch(fault, record, hasRow))
}

function isMatch(
  { effect, operations, dataset, row }: SocrataFault,
  record: SocrataRequestRecord,
  hasRow: HasRow,
): boolean {
  const possible = OPERATIONS_OF_KIND[effect.kind]
  const { operation } = record
  return (
    (possible === undefined || (operation !== 'Unknown' && possible.includes(operation))) &&
    (operations === undefined || (operation !== 'Unknown' && operations.includes(operation))) &&
    (dataset === undefined || dataset === record.dataset) &&
    (row === undefined || hasRow(row))
  )
}
