import type { Mistake } from './zod-mistakes.ts'

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:]/g

/** The names that an object of a JSON text has twice, of which JSON.parse keeps the last without a word. The text is valid. */
export function repeatedNames(json: string): Mistake[] {
  const mistakes: Mistake[] = []
  /** Around the token; `path` leads to the value that is being read in it. */
  const around: { readonly at: string; path: string; readonly names: Set<string> }[] = []
  let text = ''
  for (const [token] of json.matchAll(TOKEN)) {
    const inner = around.at(-1)
    if (token === '{' || token === '[') {
      const at = inner?.path ?? ''
      around.push({ at, path: at, names: new Set() })
    } else if (token === '}' || token === ']') {
      around.pop()
    } else if (token !== ':') {
      text = token
    } else if (inner !== undefined) {
      const name: string = JSON.parse(text)
      inner.path = inner.at === '' ? name : `${inner.at}.${name}`
      if (inner.names.has(name)) mistakes.push({ path: inner.path, message: 'is there twice' })
      inner.names.add(name)
    }
  }
  return mistakes
}
