import {
  type ArmedCallFault,
  type CallFaults,
  type CallStrike,
  createFaultPlan,
  type FaultCount,
  type FaultPlan,
} from '../fault-plan.ts'
import type { S3Operation } from './s3-operations.ts'

/** What goes wrong with a call. "Before" means that the operation is not done, "after" that it is. */
export type S3FaultEffect =
  /** 500 InternalError before. */
  | { readonly kind: 'internal-error' }
  /** 503 SlowDown before. */
  | { readonly kind: 'slow-down' }
  /** 409 ConditionalRequestConflict before, as S3 answers when two conditional writes overlap. */
  | { readonly kind: 'conditional-conflict' }
  /** 200 with an error in the body, as S3 may answer CompleteMultipartUpload and copies; 500 for other calls; before. */
  | { readonly kind: 'error-in-200' }
  /** The connection is reset before the body is read; before. */
  | { readonly kind: 'reset-before-body' }
  /** The connection is reset after so many bytes of the request's body, or at its end if it is shorter; before. */
  | { readonly kind: 'reset-in-request-body'; readonly afterBytes: number }
  /** The connection is reset after so many bytes of the answer's body, at the latest before its last byte; after. */
  | { readonly kind: 'reset-in-response-body'; readonly afterBytes: number }
  /** One bit of the answer's body is wrong; after. */
  | { readonly kind: 'flipped-bit'; readonly atByte: number }
  /** The connection is reset instead of an answer; after. */
  | { readonly kind: 'lost-reply' }
  /** The call is taken up later. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The body is read and no answer comes until the client goes; before. */
  | { readonly kind: 'no-answer' }
  /** The body is read and cannot be stored: 500 InternalError; before. */
  | { readonly kind: 'disk-full' }
  /** The call waits until it is released; one whose client has gone by then is dropped. */
  | { readonly kind: 'hold'; readonly at: 'before' | 'after' }

/** One of each kind, for tests that try them all. */
export const S3_FAULT_EFFECTS = {
  'internal-error': { kind: 'internal-error' },
  'slow-down': { kind: 'slow-down' },
  'conditional-conflict': { kind: 'conditional-conflict' },
  'error-in-200': { kind: 'error-in-200' },
  'reset-before-body': { kind: 'reset-before-body' },
  'reset-in-request-body': { kind: 'reset-in-request-body', afterBytes: 16 },
  'reset-in-response-body': { kind: 'reset-in-response-body', afterBytes: 16 },
  'flipped-bit': { kind: 'flipped-bit', atByte: 0 },
  'lost-reply': { kind: 'lost-reply' },
  delay: { kind: 'delay', delayMs: 20 },
  'no-answer': { kind: 'no-answer' },
  'disk-full': { kind: 'disk-full' },
  hold: { kind: 'hold', at: 'before' },
} as const satisfies { readonly [Kind in S3FaultEffect['kind']]: Extract<S3FaultEffect, { kind: Kind }> }

/** Which calls a fault is for; what is left out matches all. */
export interface S3FaultMatch extends FaultCount {
  readonly operations?: readonly S3Operation[]
  readonly method?: string
  readonly bucket?: string
  /** A regular expression searched for in the key. */
  readonly key?: string
}

/** A fault as data, so that tests can loop over many and send them to another process. */
export interface S3Fault extends S3FaultMatch {
  readonly effect: S3FaultEffect
}

/** One call to the server, in the order of arrival. */
export interface S3RequestRecord {
  /** 1 for the first call since the server started. */
  readonly call: number
  /** `Unknown` for what the server does not imitate. */
  readonly operation: S3Operation | 'Unknown'
  readonly method: string
  readonly bucket: string
  readonly key: string
  readonly partNumber: number | null
  /** Null while it is being served, and for ever if no answer was sent. */
  readonly status: number | null
  /** The fault that hit it. */
  readonly fault: S3FaultEffect['kind'] | null
}

/** A fault that was armed. */
export type ArmedS3Fault = ArmedCallFault<S3RequestRecord>

/** The faults of a server in this process. */
export type S3Faults = CallFaults<S3Fault, S3RequestRecord>

export type S3FaultPlan = FaultPlan<S3Fault, S3RequestRecord>

export type S3Strike = CallStrike<S3FaultEffect, S3RequestRecord>

export function createS3FaultPlan(): S3FaultPlan {
  return createFaultPlan((fault) => {
    const key = new RegExp(fault.key ?? '')
    return (record) => isMatch(fault, key, record)
  })
}

function isMatch(fault: S3FaultMatch, key: RegExp, record: S3RequestRecord): boolean {
  return (
    (fault.operations === undefined ||
      fault.operations.some((operation) => operation === record.operation)) &&
    (fault.method === undefined || fault.method === record.method) &&
    (fault.bucket === undefined || fault.bucket === record.bucket) &&
    key.test(record.key)
  )
}
