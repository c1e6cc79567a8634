import { styleText } from 'node:util'

/** Tells the story in 80 columns and keeps account of what was claimed and whether it held. */
export interface Narrator {
  chapter(title: string): void
  /** A command as a person would type it. */
  command(text: string): void
  /** What a command printed. */
  output(text: string): void
  say(text: string): void
  /** A claim of the story; the demo fails if one does not hold. */
  claim(text: string, holds: boolean, evidence?: unknown): void
  readonly broken: readonly string[]
  readonly held: number
}

const MAX_LINES = 40

export function createNarrator(stream: NodeJS.WriteStream): Narrator {
  const style = (format: Parameters<typeof styleText>[0], text: string) => styleText(format, text, { stream })
  const write = (line = '') => stream.write(`${line}\n`)
  const broken: string[] = []
  let chapters = 0
  let held = 0
  return {
    chapter(title) {
      write()
      write(style('bold', `${++chapters}  ${title}`))
    },
    command: (text) => write(`   ${style('cyan', `$ ${text}`)}`),
    output(text) {
      const lines = text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .flatMap(wrap)
      for (const line of lines.slice(0, MAX_LINES)) write(`   ${line}`)
      if (lines.length > MAX_LINES) write(style('dim', `   … ${lines.length - MAX_LINES} more lines`))
    },
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

const WIDTH = 77

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
