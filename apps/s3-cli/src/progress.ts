import { clearLine, cursorTo } from 'node:readline'
import { stripVTControlCharacters } from 'node:util'

/** Where progress is written: a terminal gets one live line, anything else a plain line now and then. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Says on stderr what is going on. Callers only set text; a timer draws, so it costs nothing for each row. */
export interface Progress extends Disposable {
  /** Replaces the live line. */
  update(text: string): void
  /** Writes a line that stays. */
  log(text: string): void
  /** Writes a line that stays where there is no live line. */
  step(text: string): void
  /** Takes the live line away while something else is written to the terminal; it is drawn again after. */
  beside(write: () => void): void
}

const DRAW_EVERY_MS = 100
const PLAIN_LINE_EVERY_MS = 30_000

export function createProgress(stream: ProgressStream, mode: 'live' | 'plain' | 'off'): Progress {
  let text = ''
  let drawn = ''
  const erase = () => {
    cursorTo(stream, 0)
    clearLine(stream, 0)
  }
  const draw = () => {
    if (text === drawn) return
    drawn = text
    if (mode === 'live') {
      erase()
      stream.write(cut(text, (stream.columns ?? 80) - 1))
    } else if (text !== '') {
      stream.write(`${stripVTControlCharacters(text)}\n`)
    }
  }
  const timer =
    mode === 'off' ? undefined : setInterval(draw, mode === 'live' ? DRAW_EVERY_MS : PLAIN_LINE_EVERY_MS)
  timer?.unref()
  const log = (line: string) => {
    if (mode === 'off') return
    if (mode === 'live') erase()
    stream.write(`${line}\n`)
    drawn = ''
    if (mode === 'live') draw()
  }
  return {
    update(next) {
      text = next
    },
    log,
    step(line) {
      if (mode === 'plain') log(line)
    },
    beside(write) {
      if (mode === 'live' && drawn !== '') erase()
      drawn = ''
      write()
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      if (mode === 'live' && drawn !== '') erase()
    },
  }
}

/** Live only where a person looks and the terminal can rewrite a line. */
export function progressMode(
  stream: ProgressStream,
  { quiet, term, ci }: { quiet: boolean; term: string | undefined; ci: string | undefined },
): 'live' | 'plain' | 'off' {
  if (quiet) return 'off'
  return stream.isTTY && term !== 'dumb' && !ci ? 'live' : 'plain'
}

function cut(text: string, columns: number): string {
  if (text.length <= columns) return text
  const graphemes = [...new Intl.Segmenter().segment(text)]
  return graphemes.length <= columns
    ? text
    : `${graphemes
        .slice(0, columns - 1)
        .map(({ segment }) => segment)
        .join('')}…`
}
