import type { Clock, PublishedTotals } from '@findata/core'

export interface ReadUntilSettledOptions {
  /** Reads the whole destination and compares it. */
  readTotals(): Promise<PublishedTotals>
  /** Whether one more reading can be afforded. */
  readonly mayReadAgain?: () => boolean
  /** How long a read may lag behind what the destination acknowledged. */
  readonly lagMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  onWait(message: string): void
}

const FIRST_PAUSE_MS = 1_000

/** Reads again, after pauses that double, while records are not as they were sent: a store may lag behind itself for a while. */
export async function readUntilSettled({
  readTotals,
  mayReadAgain = () => true,
  lagMs,
  clock,
  signal,
  onWait,
}: ReadUntilSettledOptions): Promise<PublishedTotals> {
  const until = clock.now().getTime() + lagMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs *= 2) {
    const totals = await readTotals()
    const waitMs = Math.min(pauseMs, until - clock.now().getTime())
    if (totals.differences.length === 0 || waitMs <= 0 || !mayReadAgain()) return totals
    const count = totals.differences.length
    onWait(
      `${count === 1 ? '1 record is' : `${count} records are`} not as sent yet; reading again in ${Math.ceil(waitMs / 1_000)} s.`,
    )
    await clock.sleep(waitMs, signal)
  }
}
