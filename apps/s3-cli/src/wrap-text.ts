const WIDTH = 80

/** Within a key, which is copied as a whole: `DEPT=2400, ID=24ROW51000: the reason`. */
const KEY_SPACES = /^ *[A-Z][\w$#]*=[^:]*(?=: )|, (?=[A-Z][\w$#]*=)/g
const HELD_SPACE = '\ue000'

/**
 * A sentence in lines of at most 80 columns, each behind the indent and the spaces that it begins with, those after the first
 * `hang` columns further. Only a word or key that is longer goes beyond.
 */
export function wrapText(text: string, indent = 0, hang = 2): string[] {
  const sentence = text.trimStart()
  const start = ' '.repeat(indent + text.length - sentence.length)
  const next = start + ' '.repeat(hang)
  const lines: string[] = []
  let line = start
  let isEmpty = true
  for (const held of sentence.replace(KEY_SPACES, (key) => key.replaceAll(' ', HELD_SPACE)).split(' ')) {
    const word = held.replaceAll(HELD_SPACE, ' ')
    if (!isEmpty && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = next + word
    } else {
      line += isEmpty ? word : ` ${word}`
    }
    isEmpty = false
  }
  return [...lines, line]
}
