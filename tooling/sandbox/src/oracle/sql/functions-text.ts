import { type Compiled, constant, strict } from './compiled.ts'
import { integerOf, unitsOf } from './conversion.ts'
import { oracleError, unimplemented } from './errors.ts'
import { hasArgument, numberArgument, textArgument } from './function-arguments.ts'
import type { Call, SqlFunction } from './functions.ts'
import { changeCase, characterCount, orNull, sliceCharacters } from './text-values.ts'
import {
  CLOB,
  groupOf,
  isNational,
  MAX_VARCHAR2_BYTES,
  NUMBER,
  nvarchar2,
  type SqlType,
  textSize,
  varchar2,
} from './types.ts'

const BYTES_PER_CHARACTER = 4

/** CLOB stays CLOB and national text national; other text gets the size. */
function textType({ type }: Compiled, size = textSize(type)): SqlType {
  if (groupOf(type) === 'clob') return type
  return isNational(type) ? nvarchar2(Math.min(size, unitsOf(type))) : varchar2(size)
}

const sizeOfCount = (count: Compiled): number => {
  const known = count.isConstant ? count.evaluate() : null
  return known === null ? MAX_VARCHAR2_BYTES : Math.max(0, integerOf(known)) * BYTES_PER_CHARACTER
}

const blank = constant({ name: 'CHAR', size: 1 }, ' ')

function trim(side: 'left' | 'right' | 'both'): SqlFunction {
  return {
    min: 1,
    max: 2,
    compile(call) {
      const text = textArgument(call, 0)
      const characters = hasArgument(call, 1) ? textArgument(call, 1) : blank
      return strict([text, characters], textType(text), (value, set) =>
        orNull(trimCharacters(value, set, side)),
      )
    },
  }
}

function trimCharacters(value: string, set: string, side: 'left' | 'right' | 'both'): string {
  let start = 0
  let end = value.length
  if (side !== 'right') while (start < end && set.includes(value[start] ?? '')) start++
  if (side !== 'left') while (end > start && set.includes(value[end - 1] ?? '')) end--
  return value.slice(start, end)
}

function padTo(isLeft: boolean): SqlFunction {
  return {
    min: 2,
    max: 3,
    compile(call) {
      const text = textArgument(call, 0)
      const length = numberArgument(call, 1)
      const filler = hasArgument(call, 2) ? textArgument(call, 2) : blank
      return strict([text, length, filler], textType(text, sizeOfCount(length)), (value, count, fill) =>
        orNull(padded(value, integerOf(count), fill, isLeft)),
      )
    },
  }
}

function padded(value: string, length: number, filler: string, isLeft: boolean): string {
  if (length <= 0) return ''
  const missing = length - characterCount(value)
  if (missing <= 0) return sliceCharacters(value, 0, length)
  const fill = sliceCharacters(filler.repeat(Math.ceil(missing / characterCount(filler))), 0, missing)
  return isLeft ? fill + value : value + fill
}

function inCase(toUpper: boolean): SqlFunction {
  return {
    min: 1,
    max: 1,
    compile(call) {
      const text = textArgument(call, 0)
      return strict([text], groupOf(text.type) === 'text' ? text.type : textType(text), (value) =>
        changeCase(value, toUpper),
      )
    },
  }
}

function compileSubstr(call: Call): Compiled {
  const text = textArgument(call, 0)
  const start = numberArgument(call, 1)
  if (!hasArgument(call, 2))
    return strict([text, start], textType(text), (value, from) =>
      orNull(substring(value, integerOf(from), Number.MAX_SAFE_INTEGER)),
    )
  const length = numberArgument(call, 2)
  const size = Math.min(sizeOfCount(length), textSize(text.type))
  return strict([text, start, length], textType(text, size), (value, from, count) =>
    orNull(substring(value, integerOf(from), integerOf(count))),
  )
}

/** Positions count from 1, from the end when negative; 0 means 1. */
function substring(value: string, from: number, length: number): string {
  if (length < 1) return ''
  const start = from > 0 ? from - 1 : from === 0 ? 0 : characterCount(value) + from
  return start < 0 ? '' : sliceCharacters(value, start, start + length)
}

/** By bytes of UTF-8; what is left of a character that is cut is a blank for each byte. */
function compileSubstrb(call: Call): Compiled {
  const text = textArgument(call, 0)
  if (groupOf(text.type) === 'clob' || isNational(text.type))
    throw unimplemented(`SUBSTRB of ${text.type.name}`, call.position)
  const args = [text, numberArgument(call, 1)]
  if (hasArgument(call, 2)) args.push(numberArgument(call, 2))
  return strict(args, textType(text), (value = '', from = '1', count) => {
    const bytes = Buffer.from(value)
    const wanted = integerOf(from)
    const start = wanted > 0 ? wanted - 1 : wanted === 0 ? 0 : bytes.length + wanted
    const length = count === undefined ? bytes.length : integerOf(count)
    return start < 0 || length < 1 ? null : orNull(wholeCharacters(bytes, start, start + length))
  })
}

function wholeCharacters(bytes: Buffer, start: number, end: number): string {
  const isInside = (at: number) => at < bytes.length && (bytes.readUInt8(at) & 0xc0) === 0x80
  let from = Math.min(start, bytes.length)
  let to = Math.min(end, bytes.length)
  while (from < to && isInside(from)) from++
  while (to > from && isInside(to)) to--
  const blanks = (count: number) => ' '.repeat(Math.max(0, count))
  return (
    blanks(from - Math.min(start, bytes.length)) +
    bytes.toString('utf8', from, to) +
    blanks(Math.min(end, bytes.length) - to)
  )
}

function compileInstr(call: Call): Compiled {
  const args = [textArgument(call, 0), textArgument(call, 1)]
  for (const index of [2, 3]) if (hasArgument(call, index)) args.push(numberArgument(call, index))
  return strict(args, NUMBER, (value = '', wanted = '', from = '1', occurrence = '1') =>
    String(position(value, wanted, integerOf(from), integerOf(occurrence))),
  )
}

function position(value: string, wanted: string, from: number, occurrence: number): number {
  if (occurrence < 1) throw oracleError(1428, 0, `argument '${occurrence}' is out of range`)
  const text = [...value]
  const target = [...wanted]
  const step = from < 0 ? -1 : 1
  let remaining = occurrence
  if (from === 0) return 0
  for (
    let index = from > 0 ? from - 1 : Math.min(text.length + from, text.length - target.length);
    index >= 0 && index + target.length <= text.length;
    index += step
  ) {
    if (target.every((character, offset) => text[index + offset] === character) && --remaining === 0)
      return index + 1
  }
  return 0
}

function compileReplace(call: Call): Compiled {
  const text = textArgument(call, 0)
  const wanted = textArgument(call, 1)
  const substitute = hasArgument(call, 2) ? textArgument(call, 2) : constant(varchar2(1), null)
  return {
    type: textType(text, MAX_VARCHAR2_BYTES),
    isConstant: false,
    evaluate() {
      const value = text.evaluate()
      const target = wanted.evaluate()
      return value === null || target === null
        ? value
        : orNull(value.replaceAll(target, () => substitute.evaluate() ?? ''))
    },
  }
}

export const textFunctions: Readonly<Record<string, SqlFunction>> = {
  UPPER: inCase(true),
  LOWER: inCase(false),
  SUBSTR: { min: 2, max: 3, compile: compileSubstr },
  INSTR: { min: 2, max: 4, compile: compileInstr },
  LENGTH: {
    min: 1,
    max: 1,
    compile: (call) => strict([textArgument(call, 0)], NUMBER, (value) => String(characterCount(value))),
  },
  LENGTHB: {
    min: 1,
    max: 1,
    compile(call) {
      const text = textArgument(call, 0)
      const encoding = isNational(text.type) ? 'utf16le' : 'utf8'
      return strict([text], NUMBER, (value) => String(Buffer.byteLength(value, encoding)))
    },
  },
  TRIM: trim('both'),
  LTRIM: trim('left'),
  RTRIM: trim('right'),
  LPAD: padTo(true),
  RPAD: padTo(false),
  REPLACE: { min: 2, max: 3, compile: compileReplace },
  CONCAT: {
    min: 2,
    max: 2,
    compile(call) {
      const [left, right] = [textArgument(call, 0), textArgument(call, 1)]
      return {
        type:
          groupOf(left.type) === 'clob' || groupOf(right.type) === 'clob'
            ? CLOB
            : varchar2(textSize(left.type) + textSize(right.type)),
        isConstant: false,
        evaluate: () => orNull((left.evaluate() ?? '') + (right.evaluate() ?? '')),
      }
    },
  },
  CHR: {
    min: 1,
    max: 1,
    compile: (call) =>
      strict([numberArgument(call, 0)], varchar2(4), (value) => String.fromCodePoint(integerOf(value))),
  },
  ASCII: {
    min: 1,
    max: 1,
    compile: (call) =>
      strict([textArgument(call, 0)], NUMBER, (value) =>
        String(Buffer.from([...value][0] ?? '').reduce((code, byte) => code * 256 + byte, 0)),
      ),
  },
  SUBSTRB: { min: 2, max: 3, compile: compileSubstrb },
  TO_CLOB: { min: 1, max: 1, compile: (call) => strict([textArgument(call, 0)], CLOB, (value) => value) },
  EMPTY_CLOB: { min: 0, max: 0, compile: () => constant(CLOB, '') },
  EMPTY_BLOB: { min: 0, max: 0, compile: () => constant({ name: 'BLOB' }, '') },
  TO_NCLOB: {
    min: 1,
    max: 1,
    compile: (call) => strict([textArgument(call, 0)], { name: 'NCLOB' }, (value) => value),
  },
  TO_NCHAR: {
    min: 1,
    max: 1,
    compile(call) {
      const text = textArgument(call, 0)
      return strict([text], nvarchar2(unitsOf(text.type)), (value) => value)
    },
  },
}
