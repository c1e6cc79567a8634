import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createJsonArrayEncoder } from './encode/json-array.ts'
import { TerminalError } from './errors.ts'
import { readJsonArray } from './read-json-array.ts'
import { type ColumnType, freezeOrdinals, type Row, type SourceColumn } from './row-schema.ts'

const NUMBER: ColumnType = { kind: 'number' }
const TEXT: ColumnType = { kind: 'text' }
const columns: readonly SourceColumn[] = [
  { name: 'ID', type: TEXT, isNullable: false },
  { name: 'AMOUNT', type: NUMBER, isNullable: true },
]

async function read(chunks: readonly (string | Uint8Array)[], wanted = columns, batchSize = 1000) {
  const bytes = (async function* () {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  })()
  const batches: Row[][] = []
  for await (const batch of readJsonArray(bytes, wanted, { name: 'task_orders.json', batchSize })) {
    batches.push([...batch])
  }
  return batches
}

async function rowsOf(text: string, wanted = columns): Promise<Row[]> {
  return (await read([text], wanted)).flat()
}

async function reasonFor(...chunks: (string | Uint8Array)[]): Promise<string> {
  try {
    await read(chunks)
  } catch (error) {
    expect(error).toBeInstanceOf(TerminalError)
    expect(error).toMatchObject({ code: 'FILE_INVALID' })
    return (error as Error).message
  }
  throw new Error('The file was read without a complaint')
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? bytes.length
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

describe('what the encoder wrote', () => {
  const awkward = fc.constantFrom(
    '"',
    '\\',
    '\u0000',
    '\u001f',
    '\u007f',
    '\u2028',
    'ก',
    '🧾',
    'ñ',
    '\\"',
    '<50 acres',
    '\n',
  )
  const text = fc
    .array(fc.oneof(fc.string({ unit: 'binary' }), awkward))
    .map((parts) => parts.join(''))
    .filter((value) => value.isWellFormed())
  const decimal = fc
    .tuple(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), fc.nat(20))
    .map(([units, scale]) => {
      const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
      const fraction = scale === 0 ? '' : digits.slice(-scale).replace(/0+$/, '')
      const whole = scale === 0 ? digits : digits.slice(0, -scale)
      const magnitude = fraction === '' ? whole : `${whole}.${fraction}`
      return units < 0n && magnitude !== '0' ? `-${magnitude}` : magnitude
    })
  const float = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value))
  const kinds = fc.constantFrom<ColumnType>(NUMBER, TEXT, { kind: 'binary-double' }, { kind: 'clob' })

  const file = fc
    .array(fc.record({ name: text, type: kinds }), { minLength: 1, maxLength: 6 })
    .map((list) => list.map(({ name, type }, index) => ({ name: `${name}${index}`, type, isNullable: true })))
    .chain((sourceColumns) => {
      const values = sourceColumns.map(({ type }) =>
        fc.option(type.kind === 'number' ? decimal : type.kind === 'binary-double' ? float : text),
      )
      return fc.record({ sourceColumns: fc.constant(sourceColumns), rows: fc.array(fc.tuple(...values)) })
    })

  test('A5: any rows come back value for value, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        file,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
        async ({ sourceColumns, rows }, sizes) => {
          const encoder = createJsonArrayEncoder(freezeOrdinals(sourceColumns).schema)
          const bytes = Buffer.concat([...encoder.encode(rows), ...encoder.finish()])

          expect((await read(cut(bytes, sizes), sourceColumns)).flat()).toEqual(rows)
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('what others wrote', () => {
  test('columns may come in any order, with any white space', async () => {
    const text = '\n[ {"AMOUNT" : 1.25 ,\t"ID":"a"} ,\r\n{"ID": "b", "AMOUNT": null}]  \n'
    expect(await rowsOf(text)).toEqual([
      ['a', '1.25'],
      ['b', null],
    ])
  })

  test('A6: numbers come back canonical and with every digit', async () => {
    const numbers = ['1.50', '-0.00', '1e3', '-12.5E-2', '12345678901234567890123456789012345678.01', '0']
    const text = JSON.stringify(numbers.map((_, index) => ({ ID: 'x', AMOUNT: `#${index}` }))).replace(
      /"#(\d)"/g,
      (_, index) => numbers[Number(index)] as string,
    )
    expect((await rowsOf(text)).map(([, amount]) => amount)).toEqual([
      '1.5',
      '0',
      '1000',
      '-0.125',
      '12345678901234567890123456789012345678.01',
      '0',
    ])
  })

  test('A9: text that was escaped as ASCII is the same text', async () => {
    expect(await rowsOf('[{"ID":"\\u0e01\\ud83e\\uddfe\\/\\n","AMOUNT":1}]')).toEqual([['ก🧾/\n', '1']])
  })

  test('a binary float comes back as its shortest text', async () => {
    const floats: readonly SourceColumn[] = [
      { name: 'F', type: { kind: 'binary-float' }, isNullable: true },
      { name: 'D', type: { kind: 'binary-double' }, isNullable: true },
    ]
    const text = '[{"F":1.0,"D":1E-7},{"F":0.1,"D":0.1},{"F":0.10000000149011612,"D":0.10000000149011612}]'
    expect(await rowsOf(text, floats)).toEqual([
      ['1', '1e-7'],
      ['0.1', '0.1'],
      ['0.1', '0.10000000149011612'],
    ])
    await expect(rowsOf('[{"F":0.123456789012,"D":1}]', floats)).rejects.toThrow(
      /F holds a number that its type/,
    )
    await expect(rowsOf('[{"F":1,"D":1e400}]', floats)).rejects.toThrow(/D holds a number that its type/)
  })

  test('an empty array has no rows', async () => {
    expect(await read(['[]\n'])).toEqual([])
  })

  test('a column may be called __proto__', async () => {
    const strange = [{ name: '__proto__', type: TEXT, isNullable: true }]
    expect(await rowsOf('[{"__proto__":"x"}]', strange)).toEqual([['x']])
  })
})

test('A5: batches have the size asked for', async () => {
  const record = '{"ID":"a","AMOUNT":1}'
  const batches = await read([`[${[record, record, record].join(',')}]`], columns, 2)
  expect(batches.map((batch) => batch.length)).toEqual([2, 1])
})

test('A5: records with long texts come in smaller batches', async () => {
  const record = `{"ID":"${'x'.repeat(3 * 1024 ** 2)}","AMOUNT":1}`
  const batches = await read([`[${Array(7).fill(record).join(',')}]`])
  expect(batches.map((batch) => batch.length)).toEqual([3, 3, 1])
})

test('nothing is read ahead of the rows that are asked for', async () => {
  let taken = 0
  const endless = (async function* () {
    yield Buffer.from('[')
    for (;;) {
      taken++
      yield Buffer.from('{"ID":"a","AMOUNT":1},')
    }
  })()
  for await (const batch of readJsonArray(endless, columns, { name: 'x.json', batchSize: 3 })) {
    expect(batch).toHaveLength(3)
    break
  }
  expect(taken).toBe(3)
})

test('a record in very many chunks is read once, not once for each', async () => {
  const long = 'x'.repeat(8_000_000)
  const bytes = Buffer.from(`[{"ID":"${long}","AMOUNT":1}]`)
  expect((await read(cut(bytes, [200]))).flat()).toEqual([[long, '1']])
})

describe('is refused, with the place and the reason', () => {
  const good = '{"ID":"a","AMOUNT":1}'

  test.each<[what: string, file: string, reason: RegExp]>([
    ['an empty file', '', /cut short \(record 1, character 0\)/],
    ['a file without its end', `[${good},\n{"ID":"b"`, /cut short \(record 2, character 33\)/],
    ['a file without its bracket', `[${good}\n`, /cut short/],
    ['a number that may go on', '[{"ID":"a","AMOUNT":12', /cut short/],
    ['an object', good, /does not begin with \[ \(record 1, character 0\)/],
    ['another kind of file', '<html></html>', /does not begin with \[/],
    ['a byte order mark', `\ufeff[${good}]`, /does not begin with \[/],
    ['text after the end', `[${good}]\n[]`, /text after the end of the array \(record 1, character 24\)/],
    ['a second array', '[][]', /text after the end/],
    ['a comma too many', `[${good},]`, /not an object \(record 2, character 23\)/],
    ['a comma in an empty array', '[,]', /not an object/],
    ['a comma too few', `[${good}${good}]`, /no comma or \] before it \(record 2/],
    ['a record that is no object', '[1]', /not an object/],
    ['an empty object', '[{}]', /lacks ID, AMOUNT/],
    ['a comma at the end of a record', '[{"ID":"a","AMOUNT":1,}]', /no key in quotes/],
    ['no comma within a record', '[{"ID":"a" "AMOUNT":1}]', /no comma or } after a value/],
    ['a missing column', `[${good},{"ID":"a"}]`, /lacks AMOUNT \(record 2/],
    ['an unknown column', '[{"ID":"a","AMOUNT":1,"MORE":2}]', /key "MORE" is not a column/],
    ['a very long unknown key', `[{"${'k'.repeat(100)}":1}]`, /key "k{40}…" is not/],
    ['a column in another case', '[{"id":"a","AMOUNT":1}]', /key "id" is not a column/],
    ['a column twice', '[{"ID":"a","ID":"b","AMOUNT":1}]', /ID comes twice/],
    ['a key without a colon', '[{"ID""a"}]', /no colon after ID/],
    ['text for a number', '[{"ID":"a","AMOUNT":"1"}]', /AMOUNT holds text and is declared a number/],
    ['a number for text', '[{"ID":1,"AMOUNT":1}]', /ID holds a number and is declared text/],
    ['true', '[{"ID":true,"AMOUNT":1}]', /ID holds true and is declared text/],
    ['a nested object', '[{"ID":{},"AMOUNT":1}]', /ID holds a nested value/],
    ['a nested array', '[{"ID":"a","AMOUNT":[1]}]', /AMOUNT holds a nested value/],
    ['NaN', '[{"ID":"a","AMOUNT":NaN}]', /AMOUNT holds something that is not a JSON value/],
    ['a number with a leading zero', '[{"ID":"a","AMOUNT":01}]', /not a JSON value/],
    ['a number without a leading zero', '[{"ID":"a","AMOUNT":.5}]', /not a JSON value/],
    ['a number with a plus', '[{"ID":"a","AMOUNT":+5}]', /not a JSON value/],
    [
      'a number beyond all bounds',
      '[{"ID":"a","AMOUNT":1e999999999}]',
      /AMOUNT holds a number that its type cannot/,
    ],
    ['no value', '[{"ID":"a","AMOUNT":}]', /not a JSON value/],
    ['a bare control character', '[{"ID":"a\tb","AMOUNT":1}]', /control character that is not escaped/],
    ['an unknown escape', '[{"ID":"a\\x","AMOUNT":1}]', /escape that JSON does not know/],
    ['half of a surrogate pair', '[{"ID":"\\ud83e","AMOUNT":1}]', /half of a surrogate pair/],
    ['a zero byte between records', `[${good}\u0000]`, /no comma or \]/],
  ])('%s', async (_, file, reason) => {
    expect(await reasonFor(file)).toMatch(reason)
    expect(await reasonFor(...cut(Buffer.from(file), [1]))).toMatch(reason)
    expect(await reasonFor(file)).toMatch(/^Cannot read task_orders\.json: /)
  })

  test('bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from('[{"ID":"'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('","AMOUNT":1}]'),
    ])
    expect(await reasonFor(bytes)).toMatch(/not UTF-8 \(record 1, byte 0 or later\)/)
  })

  test('a character that the end of the file cuts in two', async () => {
    expect(await reasonFor(Buffer.from([0x5b, 0xe0, 0xb8]))).toMatch(/not UTF-8/)
  })

  test('any cut through a file is noticed', async () => {
    const bytes = Buffer.from(`[\n${good},\n{"ID":"กa","AMOUNT":-1.25}\n]\n`)
    for (let end = 0; end < bytes.length - 1; end++) {
      expect(await reasonFor(bytes.subarray(0, end))).toMatch(/cut short|not UTF-8/)
    }
  })

  test('the rest of a record is never quoted', async () => {
    expect(await reasonFor('[{"ID":"secret","AMOUNT":"also secret"}]')).not.toContain('secret')
  })
})
