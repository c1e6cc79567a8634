import { describe, expect, test } from 'vitest'
import { createProgram, type Request } from './program.ts'

const program = () => createProgram(() => {}, '1.2.3')

async function understand(...args: string[]): Promise<Request | undefined> {
  let request: Request | undefined
  const parsed = createProgram((understood) => {
    request = understood
  }, '1.2.3')
  for (const command of [parsed, ...parsed.commands]) command.configureOutput({ writeErr: () => {} })
  await parsed.parseAsync(args, { from: 'user' })
  return request
}

describe('the help', () => {
  const names = ['', ...program().commands.map((command) => command.name())]

  test.each(names)('of s3-cli %s fits into 80 columns and has examples', (name) => {
    const text = helpOf(name)
    expect(text).toContain(`Usage: s3-cli ${name}`)
    expect(text).toMatch(/^Examples?:$/m)
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

function helpOf(name: string): string {
  const top = program()
  const written: string[] = []
  const command = top.commands.find((one) => one.name() === name) ?? top
  command.configureOutput({ writeOut: (text) => written.push(text) }).outputHelp()
  return written.join('')
}

test('options that every command takes stand before or after the command', async () => {
  const wanted = { json: true, quiet: true, color: false, config: 'c.json', resultFile: 'r.json' }
  const options = ['--json', '--quiet', '--no-color', '--config', 'c.json', '--result-file', 'r.json']
  expect((await understand('list', ...options))?.options).toMatchObject(wanted)
  expect((await understand(...options, 'list'))?.options).toMatchObject(wanted)
})

test('without options they have plain defaults', async () => {
  expect((await understand('list'))?.options).toEqual({ json: false, quiet: false, color: true })
})

test.each([
  ['extract', 'name record types, or give --all'],
  ['extract units --all', 'name record types, or give --all'],
  ['extract units --allow-jump', 'needs --reason'],
  ['extract units --allow-jump --reason=', 'Say why'],
  ['extract units --attempts many', 'whole number'],
  ['extract units --attempts 0', 'It must be a whole number, 1 or more.'],
  ['extract units --skip-exit-code 256', '0 to 255'],
  ['rollback units ~1', "required option '--reason <text>' not specified"],
  ['verify', 'name one snapshot or file, or give --all'],
  ['verify units --all', 'name one snapshot or file, or give --all'],
  ['diff', "missing required argument 'a'"],
  ['diff units --limit -1', 'whole number'],
  ['show units --colour', "unknown option '--colour'"],
])('a command line that contradicts itself or lacks something is refused: %s', async (line, message) => {
  await expect(understand(...line.split(' '))).rejects.toThrow(message)
})
