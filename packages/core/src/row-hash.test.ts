import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PipelineError } from './errors.ts'
import { compileRowHasher, createSetHash, hashText } from './row-hash.ts'
import type { Row, RowSchema } from './row-schema.ts'

const schema: RowSchema = {
  columns: [
    { name: 'DEPT', type: { kind: 'text' }, isNullable: false, ordinal: 1 },
    { name: 'ID', type: { kind: 'text' }, isNullable: false, ordinal: 2 },
    { name: 'AMOUNT', type: { kind: 'number', precision: 18, scale: 2 }, isNullable: true, ordinal: 3 },
    { name: 'BYR_FDU', type: { kind: 'text' }, isNullable: true, ordinal: 4 },
  ],
}

const workedExample: readonly Row[] = [
  ['2400', '2400002000', '100.1', '5610 2400 4200'],
  ['2400', '2400002000', '100.1', '5610 2400 4100'],
  ['6200', '2400002000', '7', null],
  ['2400', '24ROW51000', '-0.25', '8400 2507 9042'],
  ['2400', '24ROW51000', '-0.25', '8400 2507 9042'],
]

function setHashOf(rows: readonly Row[], of: RowSchema = schema): string {
  const hasher = compileRowHasher(of)
  const setHash = createSetHash()
  for (const row of rows) setHash.add(hasher.hash(row))
  return setHash.toHex()
}

/** The definition, word for word. */
function slowSetHash(rows: readonly Row[], { columns }: RowSchema): string {
  let sum = 0n
  for (const row of rows) {
    const parts = columns
      .map(({ ordinal }, index) => ({ ordinal, value: row[index] ?? null }))
      .filter(({ value }) => value !== null)
      .sort((a, b) => a.ordinal - b.ordinal)
      .map(({ ordinal, value }) => `${ordinal}=${new TextEncoder().encode(value ?? '').length}:${value}`)
    sum += BigInt(`0x${createHash('sha256').update(parts.join(''), 'utf8').digest('hex').slice(0, 32)}`)
  }
  return (sum % 2n ** 128n).toString(16).padStart(32, '0')
}

const values = fc.option(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('ซ่อมถนน', '🛣️', '<50 acres')),
  {
    nil: null,
  },
)
const rows = fc.array(fc.tuple(values, values, values.map(asNumber), values), { maxLength: 12 })

function asNumber(value: string | null) {
  return value === null ? null : String(value.length)
}

describe('set hash', () => {
  test('of the worked example is ab2ff8bb8391ffcf8192066bd1eecf3e', () => {
    expect(setHashOf(workedExample)).toBe('ab2ff8bb8391ffcf8192066bd1eecf3e')
  })

  test('of no rows is zero', () => {
    expect(setHashOf([])).toBe('0'.repeat(32))
  })

  test('follows the definition for any text, Thai and emoji too', () => {
    fc.assert(
      fc.property(rows, fc.shuffledSubarray([1, 2, 3, 40], { minLength: 4 }), (someRows, ordinals) => {
        const shuffled = {
          columns: schema.columns.map((column, index) => ({ ...column, ordinal: ordinals[index] as number })),
        }
        expect(setHashOf(someRows, shuffled)).toBe(slowSetHash(someRows, shuffled))
      }),
    )
  })

  test('does not depend on the order of rows or columns', () => {
    fc.assert(
      fc.property(rows, (someRows) => {
        const mirrored = { columns: schema.columns.toReversed() }
        expect(setHashOf(someRows.toReversed())).toBe(setHashOf(someRows))
        expect(
          setHashOf(
            someRows.map((row) => row.toReversed()),
            mirrored,
          ),
        ).toBe(setHashOf(someRows))
      }),
    )
  })

  test('does not change when a column is added that holds NULL', () => {
    const wider = {
      columns: [
        { name: 'NEW', type: { kind: 'text' } as const, isNullable: true, ordinal: 5 },
        ...schema.columns,
      ],
    }
    expect(
      setHashOf(
        workedExample.map((row) => [null, ...row]),
        wider,
      ),
    ).toBe('ab2ff8bb8391ffcf8192066bd1eecf3e')
  })

  test('counts equal rows: they do not cancel', () => {
    const [first, second] = workedExample as [Row, Row]
    expect(setHashOf([first, first])).not.toBe(setHashOf([]))
    expect(setHashOf([first, first])).not.toBe(setHashOf([second, second]))
    expect(setHashOf([first, first, first])).not.toBe(setHashOf([first]))
  })

  test('tells values from their neighbours', () => {
    expect(setHashOf([['1', '23', null, null]])).not.toBe(setHashOf([['12', '3', null, null]]))
    expect(setHashOf([['1', null, null, null]])).not.toBe(setHashOf([[null, '1', null, null]]))
    expect(setHashOf([['', null, null, null]])).not.toBe(setHashOf([[null, null, null, null]]))
  })

  test('carries exactly between its limbs over millions of rows', () => {
    const setHash = createSetHash()
    const word = Uint32Array.of(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)
    const times = 2 ** 21 + 3
    for (let index = 0; index < times; index++) setHash.add(word)
    expect(setHash.toHex()).toBe((((2n ** 128n - 1n) * BigInt(times)) % 2n ** 128n).toString(16))
  })

  test.each(['half \ud83d', '\ud83d half', '\udee3half', '🛣\udee3', '\ud83d\ud83d\udee3'])(
    'refuses half of a surrogate pair, and names the column only (%#)',
    (text) => {
      const broken = () => setHashOf([['2400', text, null, null]])
      expect(broken).toThrow(PipelineError)
      expect(broken).toThrow('Column ID')
      expect(broken).not.toThrow(text)
    },
  )
})

test('the hash follows the definition at every length, and after a longer row', () => {
  const length = fc.oneof(fc.nat(300), fc.constantFrom(9, 10, 99, 100, 255, 256, 9000))
  const text = fc.tuple(fc.constantFrom('x', 'ñ', 'ก', '🛣', 'xก'), length)
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 4 }), (pairs) => {
      const someRows = pairs.map(([a, b]): Row => [a[0].repeat(a[1]), null, '1', b[0].repeat(b[1])])
      expect(setHashOf(someRows)).toBe(slowSetHash(someRows, schema))
    }),
  )
})

test('an ordinal of any size is written in full', () => {
  const { columns } = schema
  for (const ordinal of [10, 100, 12_345, 1_234_567]) {
    const wide = { columns: columns.map((column, index) => ({ ...column, ordinal: ordinal + index })) }
    expect(setHashOf(workedExample, wide)).toBe(slowSetHash(workedExample, wide))
  }
})

test('the hash of a text is the first half of its SHA-256', () => {
  const words = hashText('ซ่อมถนน', new Uint32Array(4))
  const hex = createHash('sha256').update('ซ่อมถนน').digest('hex')
  expect([...words].map((word) => word.toString(16).padStart(8, '0')).join('')).toBe(hex.slice(0, 32))
})
