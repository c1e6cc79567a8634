import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'

/** Facts, one JSON line each, in the order they became true. */
export interface Journal<Fact> extends Disposable {
  /** On return the fact survives the death of this process; it is written whole or not at all. */
  append(fact: Fact): void
}

/** Gives the facts of earlier runs to `replay`, leaving out one that was cut by a kill. */
export function openJournal<Fact>(file: string, replay: (fact: Fact) => void): Journal<Fact> {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  for (const line of whole.split('\n')) if (line !== '') replay(JSON.parse(line) as Fact)
  const descriptor = openSync(file, 'a')
  let bytes = Buffer.byteLength(whole)
  let isOpen = true
  ftruncateSync(descriptor, bytes)
  return {
    append(fact) {
      // The number of a closed descriptor may by now belong to another file.
      if (!isOpen) throw new Error(`The journal ${file} is closed`)
      const line = Buffer.from(`${JSON.stringify(fact)}\n`)
      try {
        for (let written = 0; written < line.length; ) written += writeSync(descriptor, line, written)
      } catch (error) {
        ftruncateSync(descriptor, bytes)
        throw error
      }
      bytes += line.length
    },
    [Symbol.dispose]() {
      isOpen = false
      closeSync(descriptor)
    },
  }
}
