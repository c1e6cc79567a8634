import { expect, test } from 'vitest'
import { checkCommands, checkLinks } from './documentation.ts'
import { toWorkspace } from './workspace.ts'

const root = {
  'README.md': '',
  'ARCHITECTURE.md': '',
  'CONTRIBUTING.md': '',
  LICENSE: '',
  'package.json': JSON.stringify({ scripts: { demo: 'node demo', test: 'node test' } }),
  'packages/core/src/retry.ts': '',
}
const workspace = (changes: Record<string, string>) =>
  toWorkspace(new Map(Object.entries({ ...root, ...changes })))

test('links to files, folders, headings and the web are fine', () => {
  const text = `[a](ARCHITECTURE.md#terms) [b](packages/core/) [c](#here) [d](https://example.com) \`[e](code)\``

  expect(checkLinks(workspace({ 'README.md': text }))).toEqual([])
})

test('a link is followed from the folder of its document', () => {
  const files = {
    'packages/core/README.md': '[here](src/retry.ts) [up](../../README.md) [wrong](README.txt)',
  }

  expect(checkLinks(workspace(files))).toEqual(['packages/core/README.md: the link README.txt leads nowhere'])
})

test('a missing root document is reported', () => {
  expect(checkLinks(toWorkspace(new Map([['README.md', '']])))).toHaveLength(3)
})

test('commands are looked up in package.json', () => {
  const text = 'Run `npm run demo`, `npm test`, then:\n\n    npm run -s launch -- now\n'

  expect(checkCommands(workspace({ 'README.md': text }))).toEqual([
    'README.md: package.json has no script "launch"',
  ])
})
