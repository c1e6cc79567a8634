import { formatCount, type PublishPhase, type PublishProgress } from '@findata/core'
import type { Progress } from './progress.ts'
import { wrapText } from './wrap-text.ts'

const PHASES: Readonly<Record<PublishPhase, string>> = {
  'read snapshot': 'reading the snapshot',
  'read destination': 'reading the destination',
  send: 'sending',
  settle: 'waiting for unclear creates',
  'read back': 'reading back',
}

/** One live line for a publication: phase, count, and how long it takes at its pace. */
export function createPublishLine(title: string, progress: Progress): (event: PublishProgress) => void {
  let phase: PublishPhase | undefined
  let since = 0
  let doneBefore = 0
  return ({ phase: next, done, total, message }) => {
    if (next !== phase) {
      phase = next
      since = performance.now()
      doneBefore = done
      progress.step(`${title}: ${PHASES[next]}${total === undefined ? '' : ` ${formatCount(total)}`}`)
    }
    if (message !== undefined) progress.log(wrapText(`${title}: ${message}`).join('\n'))
    const seconds = (performance.now() - since) / 1000
    progress.update(`${title}: ${PHASES[next]}${describePace(done, total, done - doneBefore, seconds)}`)
  }
}

/** ` 120 of 5,809, 9.5/s, 9 min left`: what is known so far. */
function describePace(done: number, total: number | undefined, recent: number, seconds: number): string {
  if (done === 0) return ''
  const rate = seconds >= 1 ? recent / seconds : 0
  const left = total !== undefined && rate > 0 ? (total - done) / rate : 0
  return [
    total === undefined ? ` ${formatCount(done)}` : ` ${formatCount(done)} of ${formatCount(total)}`,
    ...(rate > 0 ? [`${rate < 100 ? rate.toFixed(1) : formatCount(Math.round(rate))}/s`] : []),
    ...(left >= 1 ? [`${describeSeconds(left)} left`] : []),
  ].join(', ')
}

function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
