import { createSeededRandom } from './sample/seeded-random.ts'

/** How many of the calls that match a fault it hits. */
export interface FaultCount {
  /** How many matching calls pass unharmed first; 0 by default. */
  readonly afterMatches?: number
  /** How many calls it then hits; 1 by default. */
  readonly times?: number | 'always'
}

/** For faults that hit calls here and there. */
export interface FaultShare {
  /** How many in a hundred of those it hits, the same ones for the same `seed`; 100 by default. */
  readonly percent?: number
  readonly seed?: number
}

/** A fault that was armed; `Call` is the record of a call. */
export interface ArmedCallFault<Call> {
  readonly id: number
  /** The first call it hit, once it has. */
  arrived(): Promise<Call>
  /** Lets the calls it holds go on, and those it would still hold. */
  release(): void
  /** Takes it back, releasing what it holds. */
  disarm(): void
}

/** The faults of a server in this process. */
export interface CallFaults<Fault, Call> {
  arm(fault: Fault): ArmedCallFault<Call>
  get(id: number): ArmedCallFault<Call> | undefined
  /** Disarms all. */
  clear(): void
}

/** A fault that hits a call. */
export interface CallStrike<Effect, Call> {
  readonly effect: Effect
  /** Tells who waits for the fault that the call is there. */
  arrive(call: Call): void
  /** Settles when the fault is released or disarmed. */
  readonly released: Promise<void>
}

/** What a server asks for every call; `Context` is what matching needs besides its record. */
export interface FaultPlan<Fault extends { readonly effect: unknown }, Call, Context extends unknown[] = []>
  extends CallFaults<Fault, Call> {
  /** The effect for this call, if a fault hits it; of several the one armed first. */
  strike(call: Call, ...context: Context): CallStrike<Fault['effect'], Call> | undefined
}

type PlannedFault = FaultCount & FaultShare & { readonly effect: unknown }

/** A plan without faults; `toMatch` is called once per fault, and what it throws refuses the fault. */
export function createFaultPlan<Fault extends PlannedFault, Call, Context extends unknown[] = []>(
  toMatch: (fault: Fault) => (call: Call, ...context: Context) => boolean,
): FaultPlan<Fault, Call, Context> {
  const armed = new Map<number, ArmedState<Fault, Call, Context>>()
  let lastId = 0

  return {
    arm(fault) {
      const id = ++lastId
      const state = armFault(id, fault, toMatch(fault), () => armed.delete(id))
      armed.set(id, state)
      return state
    },
    get: (id) => armed.get(id),
    clear() {
      for (const state of armed.values()) state.disarm()
    },
    strike(call, ...context) {
      // Every fault counts the call, also those that come too late to hit it.
      const [hit] = [...armed.values()].filter((state) => state.hits(call, ...context))
      return hit && { effect: hit.effect, arrive: hit.arrive, released: hit.released }
    },
  }
}

interface ArmedState<Fault extends PlannedFault, Call, Context extends unknown[]>
  extends ArmedCallFault<Call>,
    CallStrike<Fault['effect'], Call> {
  /** Counts the call if it matches, and says whether the fault hits it. */
  hits(call: Call, ...context: Context): boolean
}

function armFault<Fault extends PlannedFault, Call, Context extends unknown[]>(
  id: number,
  { effect, afterMatches = 0, times = 1, percent = 100, seed = 1 }: Fault,
  isMatch: (call: Call, ...context: Context) => boolean,
  onDisarm: () => void,
): ArmedState<Fault, Call, Context> {
  const arrival = Promise.withResolvers<Call>()
  const release = Promise.withResolvers<void>()
  const most = times === 'always' ? Number.POSITIVE_INFINITY : times
  const random = createSeededRandom(seed)
  let matches = 0
  let hits = 0
  return {
    id,
    effect,
    released: release.promise,
    arrived: () => arrival.promise,
    arrive: arrival.resolve,
    release: release.resolve,
    disarm() {
      release.resolve()
      onDisarm()
    },
    hits(call, ...context) {
      if (!isMatch(call, ...context)) return false
      matches += 1
      if (matches <= afterMatches || hits >= most || !random.chance(percent)) return false
      hits += 1
      return true
    },
  }
}
