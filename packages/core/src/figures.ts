import { formatDecimal } from './decimal.ts'

/** A count as a person reads it, thousands apart. */
export function formatCount(count: number): string {
  return withSeparators(String(count))
}

/** Every digit, thousands apart, and the zeros that the scale asks for. */
export function formatAmount(amount: string | null, scale: number): string {
  if (amount === null) return 'NULL'
  try {
    return withSeparators(formatDecimal(amount, scale))
  } catch {
    return withSeparators(amount)
  }
}

function withSeparators(number: string): string {
  const [whole = '', fraction] = number.split('.')
  const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}
