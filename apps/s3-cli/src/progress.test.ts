import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createProgress, type ProgressStream, progressMode } from './progress.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function openStream(columns = 80) {
  const stream: ProgressStream = Object.assign(new PassThrough(), { columns })
  return { stream, written: () => String((stream as PassThrough).read() ?? '') }
}

describe('progress on a terminal', () => {
  test('is one line that is drawn anew at most ten times a second and erased at the end', () => {
    const { stream, written } = openStream()
    {
      using progress = createProgress(stream, 'live')
      for (let rows = 1; rows <= 1000; rows++) progress.update(`${rows} rows`)
      vi.advanceTimersByTime(100)
      expect(written()).toMatch(/1000 rows$/)
      progress.update('2000 rows')
      vi.advanceTimersByTime(99)
      expect(written()).toBe('')
    }
    expect(written()).not.toContain('rows')
  })

  test('gives way to what is written beside it, and is drawn again', () => {
    const { stream, written } = openStream()
    using progress = createProgress(stream, 'live')
    progress.update('half')
    vi.advanceTimersByTime(100)
    written()
    progress.beside(() => stream.write('result'))
    expect(written().endsWith('\u001b[2Kresult')).toBe(true)
    vi.advanceTimersByTime(100)
    expect(written()).toMatch(/half$/)
  })

  test('is cut to the width of the terminal', () => {
    const { stream, written } = openStream(20)
    using progress = createProgress(stream, 'live')
    progress.update('task_orders reading 12,000 of 500,000 rows')
    vi.advanceTimersByTime(100)
    expect(written()).toContain('task_orders readin…')
  })

  test('stays below lines that stay', () => {
    const { stream, written } = openStream()
    using progress = createProgress(stream, 'live')
    progress.update('half')
    vi.advanceTimersByTime(100)
    progress.log('Trying again in 1 s.')
    expect(written()).toMatch(/Trying again in 1 s\.\n.*half$/s)
  })
})

describe('progress in a log', () => {
  test('is a plain line now and then, and each step at once', () => {
    const { stream, written } = openStream()
    using progress = createProgress(stream, 'plain')
    progress.step('units: reading 1,500 rows')
    progress.update('0/6  units reading')
    expect(written()).toBe('units: reading 1,500 rows\n')
    vi.advanceTimersByTime(30_000)
    expect(written()).toBe('0/6  units reading\n')
    vi.advanceTimersByTime(30_000)
    expect(written()).toBe('')
  })
})

test('quiet progress writes nothing at all', () => {
  const { stream, written } = openStream()
  {
    using progress = createProgress(stream, 'off')
    progress.update('a')
    progress.step('b')
    progress.log('c')
    vi.advanceTimersByTime(60_000)
  }
  expect(written()).toBe('')
})

test.each([
  [true, { quiet: false, term: 'xterm', ci: undefined }, 'live'],
  [true, { quiet: true, term: 'xterm', ci: undefined }, 'off'],
  [true, { quiet: false, term: 'dumb', ci: undefined }, 'plain'],
  [true, { quiet: false, term: 'xterm', ci: 'true' }, 'plain'],
  [false, { quiet: false, term: 'xterm', ci: undefined }, 'plain'],
] as const)('on a terminal: %s, with %o, progress is %s', (isTTY, settings, mode) => {
  expect(progressMode({ isTTY } as ProgressStream, settings)).toBe(mode)
})
