import { oracleError, unimplemented } from './errors.ts'
import { digitsOf, parseNumber, roundNumber } from './number-arithmetic.ts'

export interface NumberFormat {
  format(number: string): string
  /** ORA-01722 when the text does not follow the model. */
  scan(text: string): string
  readonly maxLength: number
}

interface Model {
  readonly isFilled: boolean
  readonly sign: 'leading' | 'S first' | 'S last' | 'MI' | 'PR'
  readonly hasDollar: boolean
  /** The characters left of the point: 9, 0 and commas. */
  readonly integer: string
  /** Those right of it: 9 and 0; undefined without a point. */
  readonly fraction: string | undefined
}

const MAX_TEXT_DIGITS = 40
const MAX_TM_CHARACTERS = 64

/** Compiles a number format model such as `999,990.00`, `FM0000`, `TM9` or `XXXX`. */
export function compileNumberFormat(text: string): NumberFormat {
  const minimal = /^(?:FM)?TM(9|E)?$/i.exec(text)
  if (minimal) {
    const format = /e/i.test(minimal[1] ?? '') ? shortestScientific : shortestText
    return { format, scan: () => scanRefused(text), maxLength: MAX_TM_CHARACTERS }
  }
  const hexadecimal = /^(FM)?(0*X[0X]*)$/i.exec(text)
  if (hexadecimal) return hexadecimalFormat(hexadecimal[1] === undefined, hexadecimal[2] ?? '')
  const model = parseModel(text)
  return {
    format: (number) => formatWith(model, number),
    scan: (value) => scanWith(model, value),
    maxLength:
      model.integer.length +
      (model.fraction === undefined ? 0 : model.fraction.length + 1) +
      (model.hasDollar ? 1 : 0) +
      (model.sign === 'PR' ? 2 : 1),
  }
}

/** A model's own point or comma stands for itself in every session. */
export const usesDecimalMark = (model: string): boolean => /^(?:FM)?TM|[DG]/i.test(model)

/** `X` for each digit, zeros in front to pad with; a text of the model's length or less is read back. */
function hexadecimalFormat(isFilled: boolean, digits: string): NumberFormat {
  const places = digits.length
  const isPadded = digits.startsWith('0')
  const isLower = digits.includes('x')
  return {
    format(number) {
      const rounded = roundNumber(number, 0)
      const hex = rounded.startsWith('-') ? '' : BigInt(rounded).toString(16)
      if (hex === '' || hex.length > places) return '#'.repeat(places + 1)
      const body = (isLower ? hex : hex.toUpperCase()).padStart(isPadded ? places : 0, '0')
      return isFilled ? body.padStart(places + 1) : body
    },
    scan(value) {
      const hex = value.trim()
      if (!/^[0-9a-f]+$/i.test(hex) || hex.length > places) throw oracleError(1722)
      return parseNumber(BigInt(`0x${hex}`).toString()) ?? scanRefused(digits)
    },
    maxLength: places + 1,
  }
}

/** Fixed where 64 characters do, scientific otherwise. */
function shortestText(number: string): string {
  const fixed = fixedText(number)
  return fixed.length <= MAX_TM_CHARACTERS ? fixed : shortestScientific(number)
}

function shortestScientific(number: string): string {
  if (number === '0') return '0E+00'
  const { isNegative, integer, fraction } = digitsOf(number)
  const all = (integer + fraction).replace(/^0+/, '')
  const exponent = integer !== '' ? integer.length - 1 : all.length - fraction.length - 1
  const digits = all.replace(/0+$/, '')
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
  const size = String(Math.abs(exponent)).padStart(2, '0')
  return `${isNegative ? '-' : ''}${mantissa}E${exponent < 0 ? '-' : '+'}${size}`
}

function scanRefused(text: string): never {
  throw unimplemented(`TO_NUMBER with ${text}`)
}

function parseModel(text: string): Model {
  const upper = text.toUpperCase()
  const refused = /EEEE|TME|RN|[BCLUVX]/.exec(upper)?.[0]
  if (refused !== undefined) throw unimplemented(`number format element ${refused}`)
  const match = /^(FM)?(S)?(\$)?([90,G]*)(?:[.D]([90]*))?(\$)?(S|MI|PR)?$/.exec(upper)
  if (!match) throw oracleError(1481)
  const [, fill, signFirst, dollarFirst, integer = '', fraction, dollarLast, signLast] = match
  if ((signFirst && signLast) || (dollarFirst && dollarLast) || /^[,G]/.test(integer)) throw oracleError(1481)
  if (integer === '' && (fraction ?? '') === '') throw oracleError(1481)
  return {
    isFilled: fill === undefined,
    sign: signFirst
      ? 'S first'
      : signLast === 'S'
        ? 'S last'
        : signLast === 'MI' || signLast === 'PR'
          ? signLast
          : 'leading',
    hasDollar: dollarFirst !== undefined || dollarLast !== undefined,
    integer: integer.replaceAll('G', ','),
    fraction,
  }
}

function formatWith(model: Model, number: string): string {
  const { integer, fraction } = digitsOf(roundNumber(number, model.fraction?.length ?? 0))
  // The sign stays when the digits round to zero: -0.004 shows as -.00.
  const isNegative = number.startsWith('-')
  const places = model.integer.replaceAll(',', '').length
  const width =
    model.integer.length +
    (model.fraction === undefined ? 0 : model.fraction.length + 1) +
    (model.hasDollar ? 1 : 0) +
    (model.sign === 'PR' ? 2 : 1)
  if (integer.length > places) return '#'.repeat(width)
  const text = integerText(model, integer) + fractionText(model, fraction)
  const body = (model.hasDollar ? '$' : '') + (text === '.' ? '0.' : text)
  const signed = withSign(model, isNegative, body)
  return model.isFilled ? signed.padStart(width) : signed.trim()
}

function integerText(model: Model, digits: string): string {
  const zeroFrom = model.integer.replaceAll(',', '').indexOf('0')
  const places = model.integer.replaceAll(',', '').length
  const shown = Math.max(
    digits.length,
    zeroFrom < 0 ? 0 : places - zeroFrom,
    model.fraction === undefined ? 1 : 0,
  )
  const padded = digits.padStart(shown, '0')
  let text = ''
  let place = padded.length - 1
  for (let index = model.integer.length - 1; index >= 0 && place >= 0; index--) {
    if (model.integer[index] === ',') text = `,${text}`
    else text = `${padded[place--]}${text}`
  }
  return text
}

function fractionText(model: Model, digits: string): string {
  if (model.fraction === undefined) return ''
  if (model.isFilled) return `.${digits.padEnd(model.fraction.length, '0')}`
  return `.${digits.padEnd(model.fraction.lastIndexOf('0') + 1, '0')}`
}

function withSign(model: Model, isNegative: boolean, body: string): string {
  switch (model.sign) {
    case 'S first':
      return (isNegative ? '-' : '+') + body
    case 'S last':
      return body + (isNegative ? '-' : '+')
    case 'MI':
      return body + (isNegative ? '-' : ' ')
    case 'PR':
      return isNegative ? `<${body}>` : ` ${body} `
    case 'leading':
      return (isNegative ? '-' : ' ') + body
  }
}

function scanWith(model: Model, text: string): string {
  let body = text.trim()
  let isNegative = false
  if (model.sign === 'PR' && body.startsWith('<') && body.endsWith('>')) {
    isNegative = true
    body = body.slice(1, -1)
  } else if ((model.sign === 'MI' || model.sign === 'S last') && /[-+]$/.test(body)) {
    isNegative = body.endsWith('-')
    body = body.slice(0, -1)
  } else if (/^[-+]/.test(body)) {
    isNegative = body.startsWith('-')
    body = body.slice(1)
  }
  if (model.hasDollar) body = body.replace(/^\$/, '')
  const [integer = '', fraction = '', ...more] = body.split('.')
  const isAllowed =
    more.length === 0 && /^[\d,]*$/.test(integer) && /^\d*$/.test(fraction) && integer + fraction !== ''
  const digits = integer.replaceAll(',', '')
  const fits =
    digits.length <= model.integer.replaceAll(',', '').length &&
    fraction.length <= (model.fraction?.length ?? 0)
  const areCommasPlaced =
    !integer.includes(',') ||
    model.integer.endsWith(integer.replace(/\d/g, '9')) ||
    commasMatch(model.integer, integer)
  if (!isAllowed || !fits || !areCommasPlaced) throw oracleError(1722)
  const number = parseNumber(`${isNegative ? '-' : ''}${digits === '' ? '0' : digits}.${fraction}`)
  if (number === undefined) throw oracleError(1722)
  return number
}

/** Commas in the text stand where the model has them, counted from the point. */
function commasMatch(model: string, text: string): boolean {
  return [...text]
    .reverse()
    .every((character, index) => (character === ',') === (model.at(-1 - index) === ','))
}

/** Without a leading zero, as Oracle writes a NUMBER: `.5`, `-.01`. */
function fixedText(number: string): string {
  return number.startsWith('0.') ? number.slice(1) : number.startsWith('-0.') ? `-${number.slice(2)}` : number
}

/** Implicit conversion and TO_CHAR without a model: fixed where 40 digits do, scientific otherwise. */
export function numberToText(number: string): string {
  const fixed = fixedText(number)
  if (fixed.length <= MAX_TEXT_DIGITS) return fixed
  const { isNegative, integer, fraction } = digitsOf(number)
  if (integer.length <= MAX_TEXT_DIGITS && integer.length + fraction.length <= MAX_TEXT_DIGITS) return fixed
  const digits = (integer + fraction).replace(/^0+/, '')
  const exponent = integer !== '' ? integer.length - 1 : digits.length - fraction.length - 1
  return scientific(isNegative, digits, exponent)
}

function scientific(isNegative: boolean, digits: string, exponent: number): string {
  const tail = `E${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  const places = MAX_TEXT_DIGITS - 2 - tail.length
  const mantissa = roundNumber(`${digits[0]}.${digits.slice(1) || '0'}`, places)
  const [integer = '', fraction = ''] = mantissa.split('.')
  if (integer.length > 1) return scientific(isNegative, `1${'0'.repeat(places)}`, exponent + 1)
  return `${isNegative ? '-' : ''}${integer}.${fraction.padEnd(places, '0')}${tail}`
}
