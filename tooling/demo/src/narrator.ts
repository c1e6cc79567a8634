import { styleText } from 'node:util'

/** Tells the story in 80 columns and keeps account of what was claimed and whether it held. */
export interface Narrator {
  chapter(title: string): void
  /** A command as a person would type it. */
  command(text: string): void
  /** What a command printed, with a margin; long lines are wrapped. */
  output(text: string): void
  /** What a command printed that fills 80 columns by itself. */
  page(text: string): void
  say(text: string): void
  /** A claim of the story; the demo fails if one does not hold. */
  claim(text: string, holds: boolean, evidence?: unknown): void
  readonly broken: readonly string[]
  readonly held: number
}

const MAX_LINES = 40
const MARGIN = '   '

export function createNarrator(stream: NodeJS.WriteStream): Narrator {
  const style = (format: Parameters<typeof styleText>[0], text: string) => styleText(format, text, { stream })
  const write = (line = '') => stream.write(`${line}\n`)
  const broken: string[] = []
  const show = (lines: readonly string[], margin: string) => {
    for (const line of lines.slice(0, MAX_LINES)) write(`${margin}${line}`)
    if (lines.length > MAX_LINES) write(style('dim', `${margin}… ${lines.length - MAX_LINES} more lines`))
  }
  let chapters = 0
  let held = 0
  return {
    chapter(title) {
      write()
      write(style('bold', `${++chapters}  ${title}`))
    },
    command: (text) => write(`   ${style('cyan', `$ ${text}`)}`),
    output: (text) => show(printedLines(text).flatMap(wrap), MARGIN),
    page: (text) => show(printedLines(text), ''),
    say(text) {
      for (const line of wrap(text)) write(style('dim', `   ${line}`))
    },
    claim(text, holds, evidence) {
      write(`   ${holds ? style('green', '✓') : style('red', '✗')} ${text}`)
      if (holds) held++
      else {
        broken.push(text)
        if (evidence !== undefined) write(style('red', `     ${JSON.stringify(evidence)}`))
      }
    },
    broken,
    get held() {
      return held
    },
  }
}

function printedLines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

const WIDTH = 80 - MARGIN.length

/** Breaks a long line at its spaces; what follows stands under its first word. */
function wrap(line: string): string[] {
  const indent = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let rest = line
  while (rest.length > WIDTH) {
    const space = rest.lastIndexOf(' ', WIDTH)
    const end = space > indent.length ? space : WIDTH
    lines.push(rest.slice(0, end))
    rest = `${indent}${rest.slice(end).trimStart()}`
  }
  return [...lines, rest]
}
