import type { Coverage } from './coverage.ts'

export interface Report {
  readonly lines: readonly string[]
  /** False when a finished area has an open id, a test names an unknown one, or nothing was tested. */
  readonly isComplete: boolean
}

/** The coverage as a table for a terminal of 80 columns, and what is wrong with it. */
export function toReport({ areas, unknown, testCount }: Coverage): Report {
  const rows = areas.map(({ area, held, reasoned, open }) =>
    row(area.name, held.length, reasoned.length, open.length, area.isFinished ? 'finished' : 'to come'),
  )
  const problems = [
    ...areas
      .filter(({ area }) => area.isFinished)
      .flatMap(({ area, open }) =>
        open.map((id) => `${id} has no passing test: ${area.behaviours[id]?.title}`),
      ),
    ...unknown.map(({ id, where }) => `${id} does not exist, but a test names it: ${where}`),
    ...(testCount === 0 ? ['There are no test results; run `npm test`'] : []),
  ]
  return {
    lines: [row('behaviours of', 'held', 'reasoned', 'open', ''), ...rows, ...problems],
    isComplete: problems.length === 0,
  }
}

function row(
  name: string,
  held: number | string,
  reasoned: number | string,
  open: number | string,
  state: string,
) {
  const counts = [held, reasoned, open].map((count) => String(count).padStart(10)).join('')
  return `${name.padEnd(20)}${counts}   ${state}`.trimEnd()
}
