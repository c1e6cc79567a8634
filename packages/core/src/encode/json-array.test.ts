import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ColumnType, freezeOrdinals, type Row } from '../row-schema.ts'
import { createJsonArrayEncoder } from './json-array.ts'

const NUMBER: ColumnType = { kind: 'number' }
const TEXT: ColumnType = { kind: 'text' }

function schemaOf(types: Readonly<Record<string, ColumnType>>) {
  return freezeOrdinals(Object.entries(types).map(([name, type]) => ({ name, type, isNullable: true })))
    .schema
}

const schema = schemaOf({ ID: TEXT, AMOUNT: NUMBER })

function encode(rows: readonly Row[], of = schema, options = {}): string {
  const encoder = createJsonArrayEncoder(of, options)
  return Buffer.concat([...encoder.encode(rows), ...encoder.finish()]).toString()
}

describe('the file', () => {
  test('A4, A5: is one array with an object a line, keyed by the column names in their order', () => {
    expect(
      encode([
        ['a', '1.25'],
        ['b', null],
        [null, '-7'],
      ]),
    ).toBe('[\n{"ID":"a","AMOUNT":1.25},\n{"ID":"b","AMOUNT":null},\n{"ID":null,"AMOUNT":-7}\n]\n')
  })

  test('is an empty array without rows', () => {
    expect(encode([])).toBe('[]\n')
  })

  test('A3: writes a date as text', () => {
    expect(encode([['2026-03-08T02:30:00']], schemaOf({ D: { kind: 'date' } }))).toBe(
      '[\n{"D":"2026-03-08T02:30:00"}\n]\n',
    )
  })

  test.each([
    '13240.01',
    '-0.01',
    '0',
    '12345678901234567890123456789012345678.000000001',
    '-9999999999999999.99',
  ])('A6: writes the number %s with its own digits', (digits) => {
    expect(encode([['a', digits]])).toBe(`[\n{"ID":"a","AMOUNT":${digits}}\n]\n`)
  })

  test('A6: keeps the trailing zero of an id that is text', () => {
    expect(encode([['13240.010', null]])).toContain('"ID":"13240.010"')
  })

  test('A9: is plain UTF-8, with nothing escaped that need not be', () => {
    expect(encode([['<50 acres> ñ ก 🧾 \u2028 "\\\n\u0000', null]])).toBe(
      '[\n{"ID":"<50 acres> ñ ก 🧾 \u2028 \\"\\\\\\n\\u0000","AMOUNT":null}\n]\n',
    )
  })

  test('writes binary floats as literals', () => {
    const floats = schemaOf({ F: { kind: 'binary-float' }, D: { kind: 'binary-double' } })
    expect(encode([['0.1', '-1.5e-7']], floats)).toBe('[\n{"F":0.1,"D":-1.5e-7}\n]\n')
  })
})

describe('chunks', () => {
  const rows = Array.from({ length: 2000 }, (_, index): Row => [`id ${index} ก`, String(index)])

  test('never grow beyond their size', () => {
    const encoder = createJsonArrayEncoder(schema, { chunkBytes: 8192 })
    const chunks = [...encoder.encode(rows), ...encoder.finish()]
    expect(chunks.length).toBeGreaterThan(5)
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(8192)
  })

  test('do not change after they were handed over', () => {
    const encoder = createJsonArrayEncoder(schema, { chunkBytes: 4096 })
    const [first] = encoder.encode(rows)
    const before = Buffer.from(first as Uint8Array)
    encoder.encode(rows)
    encoder.finish()
    expect(before.equals(first as Uint8Array)).toBe(true)
  })

  test('cut a text that is longer than they are, but no character of it', () => {
    const clob = schemaOf({ A: TEXT, SCOPE: { kind: 'clob' }, Z: TEXT })
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.array(fc.constantFrom('🧾', 'ก', 'x', '\u0001'), { minLength: 1 }),
        (shift, parts) => {
          const long = 'y'.repeat(shift) + parts.join('').repeat(6000 / parts.length)
          const encoder = createJsonArrayEncoder(clob, { chunkBytes: 4096 })
          const chunks = [...encoder.encode([['a', long, 'z']]), ...encoder.finish()]
          expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual([{ A: 'a', SCOPE: long, Z: 'z' }])
          expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThan(6000)
        },
      ),
      { numRuns: 50 },
    )
  })
})

test('A6: JSON.parse reads back what was written, with the digits of every number', () => {
  const decimal = fc.stringMatching(/^(0|-?[1-9]\d{0,20}|-?(0|[1-9]\d{0,20})\.\d{0,10}[1-9])$/)
  const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed())
  const row = fc.tuple(fc.option(text), fc.option(decimal), text)
  const keys = fc.uniqueArray(text, { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(keys, fc.array(row), (names, rows) => {
      const types = [TEXT, NUMBER, TEXT]
      const columns = names.map((name, index) => ({
        name: `${index}${name}`,
        type: types[index] as ColumnType,
        isNullable: true,
      }))
      const parsed: Record<string, unknown>[] = JSON.parse(
        encode(rows, freezeOrdinals(columns).schema),
        (_key, value, context?: { source?: string }) => (typeof value === 'number' ? context?.source : value),
      )
      expect(parsed.map((record) => columns.map(({ name }) => record[name]))).toEqual(rows)
    }),
  )
})

describe('refuses', () => {
  test.each([
    '',
    '-',
    '.5',
    '-.5',
    '5.',
    '01',
    '-01.5',
    '1e5',
    '+1',
    '1,5',
    'NaN',
    '1.2.3',
    ' 1',
    '0x1',
    '--1',
  ])('A6: %j as a number', (value) => {
    expect(() => encode([['a', value]])).toThrow(
      expect.objectContaining({
        code: 'ORACLE_VALUE_UNSUPPORTED',
        message: expect.stringContaining('column AMOUNT of row 1'),
      }),
    )
  })

  test.each(['NaN', 'Infinity', '-Infinity', '', '1.'])('A9: %j as a binary float', (value) => {
    expect(() => encode([[value]], schemaOf({ F: { kind: 'binary-double' } }))).toThrow(/column F of row 1/)
  })

  test.each(['\ud83e', 'x\uddfe', '\ud83ex', '\uddfe\ud83e'])('half of a surrogate pair (%#)', (value) => {
    expect(() =>
      encode([
        ['good', null],
        [value, null],
      ]),
    ).toThrow(/column ID of row 2 as JSON: it holds half/)
  })

  test('a row of another width', () => {
    expect(() => encode([['a']])).toThrow('A row has 1 values for 2 columns')
  })
})
