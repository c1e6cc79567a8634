/** The shortest text that reads back as the same BINARY_DOUBLE, or as the same BINARY_FLOAT. */
export function binaryText(value: number, isFloat = false): string {
  if (Object.is(value, -0)) return '0'
  if (!isFloat || !Number.isFinite(value)) return String(value)
  const float = Math.fround(value)
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(float.toPrecision(digits)))
    if (Math.fround(Number(text)) === float) return text
  }
  return String(Number(float.toPrecision(9)))
}

/** NaN is equal to itself and above everything, as Oracle orders it. */
export function compareBinary(left: string, right: string): number {
  const a = Number(left)
  const b = Number(right)
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a < b ? -1 : a > b ? 1 : 0
}
