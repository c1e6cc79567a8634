/** The most bytes that one UTF-16 unit of a JSON string takes: `\u001f`. */
export const MOST_BYTES_PER_UNIT = 6

const QUOTE = 0x22
const MINUS = 0x2d
const POINT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const BACKSLASH = 0x5c
const DELETE = 0x7f

/** Constant text, kept as words of eight bytes because the columns' names are nearly half of a file. */
export interface Label {
  /** In bytes. */
  readonly length: number
  /** As doubles: no eight bytes of UTF-8 are a NaN, which could change its bits. */
  readonly words: readonly number[]
}

export function toLabel(text: string): Label {
  const bytes = Buffer.from(text)
  const padded = Buffer.alloc(Math.ceil(bytes.length / 8) * 8)
  bytes.copy(padded)
  const words = Array.from({ length: padded.length / 8 }, (_, index) => padded.readDoubleLE(index * 8))
  return { length: bytes.length, words }
}

/** Writes up to seven bytes too many, which the next write covers; returns where that begins. */
export function writeLabel({ words, length }: Label, view: DataView, at: number): number {
  for (let index = 0; index < words.length; index++)
    view.setFloat64(at + index * 8, words[index] as number, true)
  return at + length
}

/** Writes part of a text as the inside of a JSON string in UTF-8; returns its end, or -1 if it meets half of a surrogate pair. */
export function writeText(text: string, from: number, to: number, bytes: Uint8Array, at: number): number {
  let end = at
  for (let index = from; index < to; index++) {
    const unit = text.charCodeAt(index)
    if (unit >= 0x20 && unit <= DELETE && unit !== QUOTE && unit !== BACKSLASH) {
      bytes[end++] = unit
    } else if (unit < 0x80) {
      end = writeEscaped(unit, bytes, end)
    } else if (unit < 0x800) {
      bytes[end++] = 0xc0 | (unit >> 6)
      bytes[end++] = 0x80 | (unit & 0x3f)
    } else if (unit < 0xd800 || unit > 0xdfff) {
      bytes[end++] = 0xe0 | (unit >> 12)
      bytes[end++] = 0x80 | ((unit >> 6) & 0x3f)
      bytes[end++] = 0x80 | (unit & 0x3f)
    } else {
      const point = text.codePointAt(index) as number
      if (point < 0x10000) return -1
      index++
      bytes[end++] = 0xf0 | (point >> 18)
      bytes[end++] = 0x80 | ((point >> 12) & 0x3f)
      bytes[end++] = 0x80 | ((point >> 6) & 0x3f)
      bytes[end++] = 0x80 | (point & 0x3f)
    }
  }
  return end
}

const SHORT_ESCAPES = new Map([
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
])

function writeEscaped(unit: number, bytes: Uint8Array, at: number): number {
  const code = SHORT_ESCAPES.get(unit) ?? `u${unit.toString(16).padStart(4, '0')}`
  bytes[at] = BACKSLASH
  for (let index = 0; index < code.length; index++) bytes[at + 1 + index] = code.charCodeAt(index)
  return at + 1 + code.length
}

/** Writes a decimal without exponent as it is given; returns its end, or -1 if it is not one. */
export function writeDecimal(text: string, bytes: Uint8Array, at: number): number {
  const { length } = text
  const first = text.charCodeAt(0) === MINUS ? 1 : 0
  if (first === 1) bytes[at] = MINUS
  let point = length
  for (let index = first; index < length; index++) {
    const unit = text.charCodeAt(index)
    if (unit === POINT && point === length) point = index
    else if (!(unit >= ZERO && unit <= NINE)) return -1
    bytes[at + index] = unit
  }
  const wholeDigits = point - first
  const hasLeadingZero = wholeDigits > 1 && text.charCodeAt(first) === ZERO
  return wholeDigits === 0 || hasLeadingZero || point === length - 1 ? -1 : at + length
}
