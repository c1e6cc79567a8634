/** When an armed fault strikes. A message is a CONNECT or one request; markers and the end of a connection do not count. */
export interface FaultCondition {
  /** Regular expression, case ignored: only for calls that execute, or fetch from, a statement whose text matches. */
  readonly statement?: string
  /** Not before the n-th message that the server receives after arming, counted from 1. */
  readonly fromMessage?: number
  /** How often it strikes; once by default. */
  readonly times?: number
}

export type OracleFault = FaultCondition &
  (
    | {
        /** The listener refuses the session: 12514 unknown service, 12528 blocked, … */ readonly kind: 'refuse'
        readonly code: number
      }
    | { /** The connection is reset as soon as it says what it wants. */ readonly kind: 'reset-on-connect' }
    | {
        /** The logon fails with this error, whatever the password: 1033, 28001, … */ readonly kind: 'fail-logon'
        readonly code: number
        readonly text: string
      }
    | { /** The answer comes late. */ readonly kind: 'slow-answer'; readonly delayMs: number }
    | {
        /** Every packet of the answer comes late. */ readonly kind: 'slow-packets'
        readonly delayMs: number
      }
    | {
        /** The answer never comes; a break is still honoured. The message is processed, unless it is held before that. */ readonly kind: 'never-answer'
        readonly at?: 'before' | 'after'
      }
    | { /** The connection ends before the message is processed. */ readonly kind: 'cut-before' }
    | {
        /** The message is processed, then the connection ends without an answer. */ readonly kind: 'cut-after'
      }
    | {
        /** The connection ends in the middle of the answer. */ readonly kind: 'cut-mid-answer'
        /** How much of the answer is sent, or, negative, is left; half of it by default. An answer that has no such byte goes out whole. */
        readonly afterBytes?: number
      }
    | {
        /** The connection ends once the answer is sent, before the next message comes. */ readonly kind: 'cut-after-answer'
      }
    | {
        /** The connection ends after this many bytes sent since arming, over all connections. */ readonly kind: 'cut-after-bytes'
        readonly bytes: number
      }
    | {
        /** The connection ends after this many rows of a query. */ readonly kind: 'cut-after-rows'
        readonly rows: number
      }
    | {
        /** The fetch fails after this many rows of a query. */ readonly kind: 'error-after-rows'
        readonly rows: number
        readonly code: number
        readonly text: string
      }
    | {
        /** The call fails before it does anything. */ readonly kind: 'error-on-call'
        readonly code: number
        readonly text: string
      }
    | {
        /** A break marker has no effect, and the connection stays deaf to markers. */ readonly kind: 'ignore-break'
      }
  )

export type OracleFaultKind = OracleFault['kind']
type FaultOf<Kind extends OracleFaultKind> = Extract<OracleFault, { readonly kind: Kind }>

/** One fault of every kind with telling parameters, to loop over. */
export const EVERY_ORACLE_FAULT: readonly OracleFault[] = [
  { kind: 'refuse', code: 12514 },
  { kind: 'refuse', code: 12528 },
  { kind: 'reset-on-connect' },
  { kind: 'fail-logon', code: 1033, text: 'ORACLE initialization or shutdown in progress' },
  { kind: 'slow-answer', delayMs: 50 },
  { kind: 'slow-packets', delayMs: 5 },
  { kind: 'never-answer' },
  { kind: 'cut-before' },
  { kind: 'cut-after' },
  { kind: 'cut-mid-answer' },
  { kind: 'cut-after-answer' },
  { kind: 'cut-after-bytes', bytes: 2_000 },
  { kind: 'cut-after-rows', rows: 3 },
  {
    kind: 'error-after-rows',
    rows: 3,
    code: 1555,
    text: 'snapshot too old: rollback segment number 7 too small',
  },
  { kind: 'error-on-call', code: 4031, text: 'unable to allocate 4096 bytes of shared memory' },
  { kind: 'ignore-break' },
]

/** A fault that waits or has struck. */
export interface ArmedFault {
  readonly id: number
  readonly fault: OracleFault
  /** How often it has struck. */
  readonly struck: number
}

/** A fault that was armed in this process. */
export interface ArmedOracleFault extends ArmedFault {
  /** Settles when it strikes for the first time. */
  arrived(): Promise<void>
}

/** A fault whose turn it is, before it strikes. */
export interface DueFault<Kind extends OracleFaultKind> {
  readonly fault: FaultOf<Kind>
  strike(): void
}

interface ArmedState {
  readonly id: number
  readonly fault: OracleFault
  readonly pattern: RegExp | undefined
  readonly arrival: PromiseWithResolvers<void>
  arrived(): Promise<void>
  struck: number
  messages: number
  bytes: number
}

/** The faults of one server: tests arm them, connections ask which of them strikes. */
export class OracleFaults {
  readonly #armed: ArmedState[] = []
  #lastId = 0

  /** Throws for a kind that does not exist and for a pattern that is not a regular expression. */
  arm(fault: OracleFault): ArmedOracleFault {
    if (!EVERY_ORACLE_FAULT.some(({ kind }) => kind === fault.kind)) {
      throw new Error(`there is no Oracle fault of the kind ${JSON.stringify(fault.kind)}`)
    }
    const pattern = fault.statement === undefined ? undefined : new RegExp(fault.statement, 'i')
    const arrival = Promise.withResolvers<void>()
    const state: ArmedState = {
      id: ++this.#lastId,
      fault,
      pattern,
      arrival,
      arrived: () => arrival.promise,
      struck: 0,
      messages: 0,
      bytes: 0,
    }
    this.#armed.push(state)
    return state
  }

  clear(): void {
    this.#armed.length = 0
  }

  list(): readonly ArmedFault[] {
    return this.#armed.map(({ id, fault, struck }) => ({ id, fault, struck }))
  }

  countMessage(): void {
    for (const state of this.#armed) state.messages++
  }

  /** The first armed fault of the kind that is due; `strike` uses it up once. */
  find<Kind extends OracleFaultKind>(kind: Kind, statement?: string): DueFault<Kind> | undefined {
    for (const state of this.#armed) {
      const { fault } = state
      if (isOfKind(fault, kind) && this.#isDue(state, statement)) {
        return {
          fault,
          strike() {
            state.struck++
            state.arrival.resolve()
          },
        }
      }
    }
    return undefined
  }

  /** The first armed fault of the kind that is due, used up once. */
  take<Kind extends OracleFaultKind>(kind: Kind, statement?: string): FaultOf<Kind> | undefined {
    const due = this.find(kind, statement)
    due?.strike()
    return due?.fault
  }

  /** How many of the next bytes still leave the server before a cut, and undefined while none is near. */
  bytesUntilCut(count: number): number | undefined {
    for (const state of this.#armed) {
      if (!isOfKind(state.fault, 'cut-after-bytes') || !this.#isDue(state, undefined)) continue
      const allowed = state.fault.bytes - state.bytes
      state.bytes += count
      if (count < allowed) continue
      state.struck++
      state.arrival.resolve()
      state.bytes = 0
      return allowed
    }
    return undefined
  }

  #isDue({ fault, pattern, struck, messages }: ArmedState, statement: string | undefined): boolean {
    return (
      struck < (fault.times ?? 1) &&
      messages >= (fault.fromMessage ?? 0) &&
      (pattern === undefined || (statement !== undefined && pattern.test(statement)))
    )
  }
}

function isOfKind<Kind extends OracleFaultKind>(fault: OracleFault, kind: Kind): fault is FaultOf<Kind> {
  return fault.kind === kind
}
