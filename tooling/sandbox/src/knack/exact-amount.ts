const AMOUNT = /^(-?)\$?(-?)(\d{1,3}(?:,\d{3})+|\d+|(?=\.))(?:\.(\d*))?$/

/** `$1,997.78`, `-1997.7` or `.5` as cents, a third digit after the point rounded half away from zero; undefined if it is no amount. */
export function toCents(text: string): bigint | undefined {
  const [match, sign = '', innerSign = '', whole = '', fraction = ''] = AMOUNT.exec(text.trim()) ?? []
  if (match === undefined || (sign !== '' && innerSign !== '') || whole + fraction === '') return undefined
  const digits = fraction.padEnd(3, '0')
  const cents = BigInt(whole.replaceAll(',', '') + digits.slice(0, 2)) + (Number(digits[2]) >= 5 ? 1n : 0n)
  return sign + innerSign === '-' ? -cents : cents
}

/** `1,997.78`. */
export function centsToGrouped(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
  return `${cents < 0n ? '-' : ''}${groupThousands(digits.slice(0, -2))}.${digits.slice(-2)}`
}

export function groupThousands(digits: string): string {
  return digits.replace(/\B(?=(?:\d{3})+$)/g, ',')
}
