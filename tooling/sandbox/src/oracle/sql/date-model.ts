import { oracleError, unimplemented } from './errors.ts'

export const MONTHS =
  'January February March April May June July August September October November December'.split(' ')
export const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

const ELEMENTS =
  'SYYYY YYYY YYY YY Y,YYY Y RRRR RR IYYY IYY IY I SYEAR YEAR BC AD B.C. A.D. MONTH MON MM DDD DD DAY DY D HH24 HH12 HH MI SSSSS SS ' +
  'FF FF1 FF2 FF3 FF4 FF5 FF6 FF7 FF8 FF9 AM PM A.M. P.M. TZH TZM TZR TZD WW IW W Q RM SCC CC J EE E DL DS TS X'
const BY_LENGTH = ELEMENTS.split(' ').sort((a, b) => b.length - a.length)
const REFUSED = new Set([
  'Y,YYY',
  'IYYY',
  'IYY',
  'IY',
  'I',
  'SYEAR',
  'YEAR',
  'TZD',
  'RM',
  'SCC',
  'CC',
  'EE',
  'E',
  'DL',
  'DS',
  'TS',
])
/** A piece of a format model: an element such as HH24, or text between elements. */
export type Part =
  | { readonly literal: string; readonly isQuoted: boolean }
  | {
      readonly element: string
      readonly written: string
      readonly isFilled: boolean
      readonly isExact: boolean
    }

/** Takes a format model apart; ORA-01821 where it is none. */
export function splitModel(model: string): Part[] {
  const parts: Part[] = []
  let isFilled = true
  let isExact = false
  for (let rest = model; rest !== ''; ) {
    if (/^FM/i.test(rest)) {
      isFilled = !isFilled
      rest = rest.slice(2)
    } else if (/^FX/i.test(rest)) {
      isExact = !isExact
      rest = rest.slice(2)
    } else if (rest.startsWith('"')) {
      const end = rest.indexOf('"', 1)
      if (end < 0) throw oracleError(1821)
      parts.push({ literal: rest.slice(1, end), isQuoted: true })
      rest = rest.slice(end + 1)
    } else {
      const upper = rest.toUpperCase()
      const found = BY_LENGTH.find((candidate) => upper.startsWith(candidate))
      if (found === undefined) {
        const literal = rest[0] ?? ''
        if (!/[-/,.;: ]/.test(literal)) throw oracleError(1821)
        parts.push({ literal, isQuoted: false })
        rest = rest.slice(1)
        continue
      }
      const written = rest.slice(0, found.length)
      const element = canonicalElement(found)
      if (REFUSED.has(element)) throw unimplemented(`date format element ${element}`)
      rest = rest.slice(written.length)
      if (/^(TH|SP)/i.test(rest)) throw unimplemented(`date format suffix ${rest.slice(0, 2).toUpperCase()}`)
      parts.push({ element, written, isFilled, isExact })
    }
  }
  refuseDuplicates(parts)
  return parts
}

function canonicalElement(element: string): string {
  if (/^[AP]\.?M/.test(element)) return element.includes('.') ? 'A.M.' : 'AM'
  if (/^(B\.?C|A\.?D)/.test(element)) return element.includes('.') ? 'B.C.' : 'BC'
  return element === 'HH' ? 'HH12' : element
}

function refuseDuplicates(parts: readonly Part[]): void {
  const seen = new Set<string>()
  for (const part of parts) {
    if ('literal' in part) continue
    if (seen.has(part.element)) throw oracleError(1810)
    seen.add(part.element)
  }
}
