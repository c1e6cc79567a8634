import type { Clock } from '@findata/core'

const DAY_MS = 24 * 60 * 60 * 1000
const WINDOW_MS = 1_000

export interface KnackLimits {
  /** Within any second, of all apps of an account. */
  readonly callsPerSecond: number
  /** From midnight to midnight UTC, of all apps of an account. */
  readonly dailyCalls: number
}

/** What an account may still do. */
export interface CallLimits {
  /** Takes a call if both limits allow it; a refused call costs nothing. */
  take(account: string): { readonly isAllowed: boolean; readonly headers: LimitHeaders }
  /** As `take`, for a call that is refused although the limits would allow it. */
  refuse(account: string): LimitHeaders
  /** Other clients of the account use up what is left of the day, or `calls` of it. */
  spend(account: string, calls?: number): void
  callsToday(account: string): number
}

export type LimitHeaders = Readonly<Record<string, string>>

interface AccountCalls {
  day: number
  today: number
  /** When the calls of the last second came. */
  recent: number[]
}

export function createCallLimits({ callsPerSecond, dailyCalls }: KnackLimits, clock: Clock): CallLimits {
  const accounts = new Map<string, AccountCalls>()

  function callsOf(account: string, now: number): AccountCalls {
    const day = Math.floor(now / DAY_MS)
    const calls = accounts.get(account) ?? { day, today: 0, recent: [] }
    accounts.set(account, calls)
    if (calls.day !== day) {
      calls.day = day
      calls.today = 0
    }
    calls.recent = calls.recent.filter((at) => at > now - WINDOW_MS)
    return calls
  }

  function headersOf({ day, today, recent }: AccountCalls, now: number, left: number): LimitHeaders {
    return {
      'X-PlanLimit-Limit': String(dailyCalls),
      'X-PlanLimit-Remaining': String(Math.max(0, dailyCalls - today)),
      'X-PlanLimit-Reset': String((day + 1) * DAY_MS - now),
      'X-RateLimit-Limit': String(callsPerSecond),
      'X-RateLimit-Remaining': String(left),
      'X-RateLimit-Reset': String(Math.ceil(((recent[0] ?? now) + WINDOW_MS) / 1000)),
    }
  }

  return {
    take(account) {
      const now = clock.now().getTime()
      const calls = callsOf(account, now)
      const isAllowed = calls.recent.length < callsPerSecond && calls.today < dailyCalls
      if (isAllowed) {
        calls.recent.push(now)
        calls.today += 1
      }
      return { isAllowed, headers: headersOf(calls, now, callsPerSecond - calls.recent.length) }
    },
    refuse(account) {
      const now = clock.now().getTime()
      return headersOf(callsOf(account, now), now, 0)
    },
    spend(account, count) {
      const calls = callsOf(account, clock.now().getTime())
      calls.today = Math.min(dailyCalls, calls.today + (count ?? dailyCalls))
    },
    callsToday: (account) => callsOf(account, clock.now().getTime()).today,
  }
}
