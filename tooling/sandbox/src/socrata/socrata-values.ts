import { type ExactJson, isJsonObject, JsonNumber } from './exact-json.ts'

export type SocrataType = 'text' | 'number' | 'calendar_date' | 'checkbox' | 'point' | 'url'

/** A value as it is read: numbers are decimal text without trailing zeros, dates `2026-11-22T00:00:00.000`. */
export type SocrataCell =
  | string
  | boolean
  | { readonly type: 'Point'; readonly coordinates: readonly [number, number] }
  | { readonly url: string; readonly description?: string }

/** What a column of the type takes in, or undefined where it refuses the value; null clears. */
export function toCell(type: SocrataType, value: ExactJson): SocrataCell | null | undefined {
  if (value === null) return null
  switch (type) {
    case 'text':
      return typeof value === 'string' ? value : undefined
    case 'number':
      if (value instanceof JsonNumber) return toPlainNumber(value.text)
      return typeof value === 'string' ? toPlainNumber(value) : undefined
    case 'calendar_date':
      return typeof value === 'string' ? toFloatingDate(value) : undefined
    case 'checkbox':
      return typeof value === 'boolean' ? value : undefined
    case 'point':
      return toPoint(value)
    case 'url':
      return toUrl(value)
  }
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/

/** The same number without exponent, plus sign and outer zeros; undefined for what is none, such as NaN. */
export function toPlainNumber(text: string): string | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text.trim()) ?? []
  if (whole + fraction === '') return undefined
  const shift = Number(exponent)
  const digits = '0'.repeat(Math.max(0, -shift)) + whole + fraction + '0'.repeat(Math.max(0, shift))
  const point = whole.length + Math.max(0, -shift) + shift
  const integer = digits.slice(0, point).replace(/^0+(?=\d)/, '') || '0'
  const rest = digits.slice(point).replace(/0+$/, '')
  const magnitude = rest === '' ? integer : `${integer}.${rest}`
  return sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude
}

/** Negative, zero or positive, for two plain numbers. */
export function comparePlainNumbers(a: string, b: string): number {
  const scale = Math.max(fractionOf(a).length, fractionOf(b).length)
  const left = toUnits(a, scale)
  const right = toUnits(b, scale)
  return left < right ? -1 : left > right ? 1 : 0
}

function toUnits(text: string, scale: number): bigint {
  return BigInt(text.replace(/\..*$/, '') + fractionOf(text).padEnd(scale, '0'))
}

function fractionOf(text: string): string {
  return text.split('.')[1] ?? ''
}

const DATE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?)?$/

function toFloatingDate(text: string): string | undefined {
  const [, day, time = '00:00:00', fraction = ''] = DATE.exec(text) ?? []
  if (day === undefined) return undefined
  const floating = `${day}T${time}.${fraction.padEnd(3, '0')}`
  const instant = new Date(`${floating}Z`)
  // A 30 February is either no date or another one.
  const isReal = !Number.isNaN(instant.getTime()) && instant.toISOString() === `${floating}Z`
  return isReal ? floating : undefined
}

function toPoint(value: ExactJson): SocrataCell | undefined {
  if (!isJsonObject(value) || value.type !== 'Point' || !Array.isArray(value.coordinates)) return undefined
  const [longitude, latitude, ...others] = value.coordinates as readonly ExactJson[]
  if (!(longitude instanceof JsonNumber && latitude instanceof JsonNumber) || others.length > 0) {
    return undefined
  }
  return { type: 'Point', coordinates: [Number(longitude.text), Number(latitude.text)] }
}

function toUrl(value: ExactJson): SocrataCell | undefined {
  if (!isJsonObject(value) || typeof value.url !== 'string') return undefined
  const { url, description = null } = value
  if (description !== null && typeof description !== 'string') return undefined
  return description === null ? { url } : { url, description }
}
