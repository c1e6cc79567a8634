import type { WireWriter } from './wire-buffer.ts'

const ZERO = 48
const MINUS = 45
const LARGEST_MANTISSA_BYTES = 20

/** Plain decimal text as an exponent byte and base-100 digits, which are aligned to the point. */
export function writeNumber(out: WireWriter, value: string): void {
  const isNegative = value.charCodeAt(0) === MINUS
  const end = value.length
  const found = value.indexOf('.')
  const point = found === -1 ? end : found
  let index = isNegative ? 1 : 0
  while (index < point && value.charCodeAt(index) === ZERO) index++

  let exponent: number
  if (index < point) {
    exponent = (point - index + 1) >> 1
  } else {
    exponent = 0
    index = point + 1
    while (
      index < end &&
      value.charCodeAt(index) === ZERO &&
      (index + 1 >= end || value.charCodeAt(index + 1) === ZERO)
    ) {
      index += 2
      exponent--
    }
  }

  const start = out.reserve(24)
  const { bytes } = out
  let at = start + 2
  let last = at
  while (index < end) {
    let digits: number
    if (index < point) {
      if ((point - index) % 2 === 1) {
        digits = value.charCodeAt(index) - ZERO
        index += 1
      } else {
        digits = (value.charCodeAt(index) - ZERO) * 10 + value.charCodeAt(index + 1) - ZERO
        index += 2
      }
      if (index === point) index++
    } else {
      digits =
        (value.charCodeAt(index) - ZERO) * 10 + (index + 1 < end ? value.charCodeAt(index + 1) - ZERO : 0)
      index += 2
    }
    if (digits !== 0 && at - start - 2 >= LARGEST_MANTISSA_BYTES) {
      throw new Error(`NUMBER ${value} has more digits than Oracle keeps`)
    }
    if (at - start - 2 < LARGEST_MANTISSA_BYTES) bytes[at] = isNegative ? 101 - digits : digits + 1
    at++
    if (digits !== 0) last = at
  }

  const mantissaBytes = last - start - 2
  if (mantissaBytes === 0) {
    bytes[start + 1] = 0x80
    bytes[start] = 1
    out.length = start + 2
    return
  }
  if (exponent > 63 || exponent < -64) throw new Error(`NUMBER ${value} is outside Oracle's range`)
  bytes[start + 1] = isNegative ? ~(192 + exponent) & 0xff : 192 + exponent
  if (isNegative && mantissaBytes < LARGEST_MANTISSA_BYTES) bytes[last++] = 102
  bytes[start] = last - start - 1
  out.length = last
}
