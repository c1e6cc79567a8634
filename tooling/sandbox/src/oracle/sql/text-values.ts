const SURROGATE = /[\ud800-\udfff]/

/** Orders by code point, which is the order of the UTF-8 bytes (NLS_SORT = BINARY). */
export function compareTexts(left: string, right: string): number {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index)
    const b = right.charCodeAt(index)
    if (a !== b) return rank(a) - rank(b)
  }
  return left.length - right.length
}

/** Surrogates stand for code points above every other code unit. */
const rank = (unit: number) => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x1_0000 : unit)

export const withoutTrailingBlanks = (text: string): string => {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 32) end--
  return end === text.length ? text : text.slice(0, end)
}

/** Length in characters, not in UTF-16 units. */
export const characterCount = (text: string): number =>
  SURROGATE.test(text) ? [...text].length : text.length

/** Slice by characters. */
export const sliceCharacters = (text: string, start: number, end: number): string =>
  SURROGATE.test(text) ? [...text].slice(start, end).join('') : text.slice(start, end)

/** Upper or lower case one to one: a character whose counterpart is longer stays as it is. */
export function changeCase(text: string, toUpper: boolean): string {
  const changed = toUpper ? text.toUpperCase() : text.toLowerCase()
  if (changed.length === text.length) return changed
  return [...text]
    .map((character) => {
      const other = toUpper ? character.toUpperCase() : character.toLowerCase()
      return other.length === character.length ? other : character
    })
    .join('')
}

/** The empty string does not exist. */
export const orNull = (text: string): string | null => (text === '' ? null : text)

/** Cuts to a number of bytes without splitting a character. */
export function cutBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text
  let bytes = 0
  let cut = ''
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > maxBytes) break
    cut += character
  }
  return cut
}
