import { toCanonicalDouble, toCanonicalFloat } from './canonical.ts'
import { toCanonicalDecimal } from './decimal.ts'
import type { Column, ColumnType, Value } from './row-schema.ts'

/** What is wrong at a place in the text of a record. */
export class JsonMistake extends Error {
  readonly position: number

  constructor(position: number, message: string) {
    super(message)
    this.position = position
  }
}

/** Reads one flat object at a time. */
export interface RecordParser {
  /** Returns the values in the order of the columns, or undefined if the text ends before the record does. Throws JsonMistake. */
  parse(text: string, start: number): readonly Value[] | undefined
  /** Where the record that was returned last ends. */
  readonly end: number
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const OPENING_BRACKET = 0x5b
const BACKSLASH = 0x5c
const OPENING_BRACE = 0x7b
const CLOSING_BRACE = 0x7d

const WORD = /[-+.\w]*/y
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

const TEXT_ENDS = Symbol('the text ends before the record')

export function createRecordParser(columns: readonly Pick<Column, 'name' | 'type'>[]): RecordParser {
  const names = columns.map(({ name }) => name)
  const toNumbers = columns.map(({ type }) => numberReader(type))
  const indexes = new Map(names.map((name, index) => [name, index]))
  /** Keys as they usually come: in the order of the columns and without a space. */
  const usualKeys = names.map((name) => `${JSON.stringify(name)}:`)
  let text = ''
  let position = 0

  function readRecord(): readonly Value[] {
    const row = new Array<Value | undefined>(names.length).fill(undefined)
    take(OPENING_BRACE, 'it is not an object')
    let count = 0
    if (peek() !== CLOSING_BRACE) {
      do {
        const index = readKey(count)
        if (row[index] !== undefined) throw new JsonMistake(position, `column ${names[index]} comes twice`)
        row[index] = readValue(index)
        count++
      } while (takeComma())
    }
    take(CLOSING_BRACE, 'there is no comma or } after a value')
    if (count < names.length) {
      const missing = names.filter((_, index) => row[index] === undefined)
      throw new JsonMistake(position, `it lacks ${missing.join(', ')}`)
    }
    return row as Value[]
  }

  /** Returns the index of the column; `due` is the one that comes next in a file of ours. */
  function readKey(due: number): number {
    const isString = peek() === QUOTE
    const start = position
    const usual = usualKeys[due]
    if (usual !== undefined && text.startsWith(usual, start)) {
      position += usual.length
      return due
    }
    if (!isString) throw new JsonMistake(start, 'there is no key in quotes')
    const key = readString()
    const index = indexes.get(key)
    if (index === undefined) throw new JsonMistake(start, `its key ${quoted(key)} is not a column`)
    take(COLON, `there is no colon after ${names[index]}`)
    return index
  }

  function readValue(index: number): Value {
    const unit = peek()
    const start = position
    const toNumber = toNumbers[index]
    if (unit === QUOTE) {
      if (toNumber) throw new JsonMistake(start, `column ${names[index]} holds text and is declared a number`)
      return readString()
    }
    if (unit === OPENING_BRACE || unit === OPENING_BRACKET) {
      throw new JsonMistake(start, `column ${names[index]} holds a nested value`)
    }
    WORD.lastIndex = start
    const [word = ''] = WORD.exec(text) ?? []
    position = start + word.length
    if (position === text.length) throw TEXT_ENDS
    if (word === 'null') return null
    if (NUMBER.test(word)) {
      if (!toNumber)
        throw new JsonMistake(start, `column ${names[index]} holds a number and is declared text`)
      const number = toNumber(word)
      if (number === undefined) {
        throw new JsonMistake(start, `column ${names[index]} holds a number that its type cannot hold`)
      }
      return number
    }
    if (word === 'true' || word === 'false') {
      throw new JsonMistake(
        start,
        `column ${names[index]} holds ${word} and is declared ${toNumber ? 'a number' : 'text'}`,
      )
    }
    throw new JsonMistake(start, `column ${names[index]} holds something that is not a JSON value`)
  }

  /** Reads the string that begins at the position. */
  function readString(): string {
    const start = position + 1
    let end = start
    let isPlain = true
    for (;;) {
      const unit = text.charCodeAt(end)
      if (unit === QUOTE) break
      if (unit === BACKSLASH) {
        isPlain = false
        end += 2
      } else if (unit >= 0x20) {
        end++
      } else if (end < text.length) {
        throw new JsonMistake(end, 'a string holds a control character that is not escaped')
      } else {
        throw TEXT_ENDS
      }
    }
    position = end + 1
    return isPlain ? text.slice(start, end) : readEscaped(start, end)
  }

  function readEscaped(start: number, end: number): string {
    let string: string
    try {
      string = JSON.parse(text.slice(start - 1, end + 1)) as string
    } catch {
      throw new JsonMistake(start, 'a string holds an escape that JSON does not know')
    }
    if (!string.isWellFormed()) throw new JsonMistake(start, 'a string holds half of a surrogate pair')
    return string
  }

  /** The next unit that is not white space, and the position moved to it. */
  function peek(): number {
    for (;;) {
      const unit = text.charCodeAt(position)
      if (unit > 0x20) return unit
      if (position >= text.length) throw TEXT_ENDS
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return unit
      position++
    }
  }

  function take(due: number, otherwise: string): void {
    if (peek() !== due) throw new JsonMistake(position, otherwise)
    position++
  }

  function takeComma(): boolean {
    if (peek() !== COMMA) return false
    position++
    return true
  }

  return {
    parse(record, start) {
      text = record
      position = start
      try {
        return readRecord()
      } catch (error) {
        if (error === TEXT_ENDS) return undefined
        throw error
      } finally {
        text = ''
      }
    },
    get end() {
      return position
    },
  }
}

function quoted(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 40)}…` : key)
}

type NumberReader = (text: string) => string | undefined

/** How the text of a number becomes canonical, or undefined if its type has no such number; no reader for other types. */
function numberReader({ kind }: ColumnType): NumberReader | undefined {
  if (kind === 'number') return toDecimal
  if (kind === 'binary-double') return toDouble
  return kind === 'binary-float' ? toFloat : undefined
}

function toDecimal(text: string): string | undefined {
  try {
    return toCanonicalDecimal(text)
  } catch {
    return undefined
  }
}

function toDouble(text: string): string | undefined {
  const double = Number(text)
  return Number.isFinite(double) ? toCanonicalDouble(double) : undefined
}

function toFloat(text: string): string | undefined {
  const double = Number(text)
  const float = Math.fround(double)
  if (!Number.isFinite(float)) return undefined
  const canonical = toCanonicalFloat(float)
  // A writer may have printed the float with the digits of a double.
  return double === float || double === Number(canonical) ? canonical : undefined
}
