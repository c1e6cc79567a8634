import { digitsAfterPoint, RejectedRowError, toCanonicalDecimal, type Value } from '@findata/core'
import type { Conversion } from './mapping.ts'

/** Between the values of a coalesced column, and of a list. */
const SEPARATOR = ',\n'
const PLAIN_NUMBER = /^-?\d+(?:\.\d+)?$/

/**
 * A canonical value in the destination's form. NULL stays NULL, but for `currency`. Text that is no number stays as it is under
 * `numberText`, and throws RejectedRowError under `currency`.
 */
export function convertValue(conversion: Conversion, value: Value): Value {
  if (conversion === 'currency') return toCurrency(value ?? '0')
  if (conversion === 'none' || value === null) return value
  if (conversion === 'pad-angle-brackets') return padAngleBrackets(value)
  if (conversion === 'sorted-list') return toSortedList(value)
  return padDigits(value, conversion.numberText.scale)
}

/** The ends of a text need no space: destinations trim them, which would make every comparison differ. */
function padAngleBrackets(text: string): string {
  return text.replace(/(?<=\S)(?=[<>])/g, ' ').replace(/(?<=[<>])(?=\S)/g, ' ')
}

/** Two digits after the point, half to even; amounts of a money column have no more than that already. */
function toCurrency(text: string): string {
  const hundredths = toHundredths(text)
  const digits = String(hundredths < 0n ? -hundredths : hundredths).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(?:\d{3})+$)/g, ',')
  return `${hundredths < 0n ? '-' : ''}${whole}.${digits.slice(-2)}`
}

function toHundredths(text: string): bigint {
  let decimal: string
  try {
    decimal = toCanonicalDecimal(text.trim())
  } catch (cause) {
    throw new RejectedRowError('RECORDS_REJECTED', 'an amount is no decimal number', { cause })
  }
  const scale = digitsAfterPoint(decimal)
  const units = BigInt(decimal.replace('.', ''))
  if (scale <= 2) return units * 10n ** BigInt(2 - scale)
  const divisor = 10n ** BigInt(scale - 2)
  const quotient = units / divisor
  const twice = (units % divisor) * 2n
  const magnitude = twice < 0n ? -twice : twice
  const isRoundedAway = magnitude > divisor || (magnitude === divisor && quotient % 2n !== 0n)
  return isRoundedAway ? quotient + (twice < 0n ? -1n : 1n) : quotient
}

function toSortedList(text: string): Value {
  const parts = new Set(text.split(SEPARATOR).filter((part) => part !== ''))
  return parts.size === 0 ? null : [...parts].sort().join(SEPARATOR)
}

function padDigits(text: string, scale: number): string {
  if (!PLAIN_NUMBER.test(text)) return text
  const missing = scale - digitsAfterPoint(text)
  if (missing <= 0) return text
  return `${text}${text.includes('.') ? '' : '.'}${'0'.repeat(missing)}`
}
