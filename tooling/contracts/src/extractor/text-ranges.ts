import fc from 'fast-check'
import type { ColumnRange, Given, Meant } from './column-range.ts'

const PIECES = [
  'ฝ่ายบัญชี ๒๕๖๙',
  '會計部 東京 한국어',
  '😀👩‍👩‍👧‍👦🏴‍☠️',
  `"quoted" 'O''Hara' \``,
  'a\nb\r\nc\td',
  '\\ \\n \\u0000 </script> {"a":[1]}',
  '   ',
  '\0\x01\x07\x1b\x7f',
  '\ufeff\u200b\u2028\u2029\u00a0',
  'e\u0301 é ß İ ﬀ',
  '-.5',
  '2026-03-08T02:30:00',
]

const utf8 = (text: string) => Buffer.byteLength(text)
const utf16 = (text: string) => text.length

/** VARCHAR2, CHAR, NVARCHAR2, NCHAR, RAW and ROWID. */
export const TEXT_RANGES: readonly ColumnRange[] = [
  varying('VARCHAR2(4000 BYTE)', 4_000, texts(4_000, utf8)),
  varying('VARCHAR2(1 BYTE)', 1, texts(1, utf8)),
  varying('NVARCHAR2(2000)', 4_000, texts(2_000, utf16, isCharacter)),
  {
    ...varying('CHAR(40 BYTE)', 40, texts(40, utf8)),
    values: texts(40, utf8).map((text) => asGiven(text, text + ' '.repeat(40 - utf8(text)))),
  },
  {
    ...varying('NCHAR(20)', 40, texts(20, utf16, isCharacter)),
    values: texts(20, utf16, isCharacter).map((text) => asGiven(text, text.padEnd(20))),
  },
  ...[2_000, 1].map(
    (size): ColumnRange => ({
      sqlType: `RAW(${size})`,
      type: { kind: 'raw' },
      from: 'HEXTORAW(?)',
      values: bytesUpTo(size, 1).map((bytes) => asGiven(Buffer.from(bytes).toString('hex'))),
    }),
  ),
  {
    sqlType: 'ROWID',
    type: { kind: 'text', size: 18 },
    from: 'CHARTOROWID(?)',
    values: fc.stringMatching(/^(?:A[A-Za-z0-9+/]{5}A[A-Za-z0-9+/]{2}){2}$/).map((text) => asGiven(text)),
  },
]

/** CLOB, NCLOB and BLOB of up to so many characters, or bytes. */
export function largeObjectRanges(mostLength: number, leastLength = 1): readonly ColumnRange[] {
  const long = fc.tuple(pieces(isCharacter), lengths(leastLength, mostLength)).map(([piece, length]) => {
    const text = cut(piece.repeat(Math.ceil(length / piece.length)), length, utf16)
    return asGiven(text.padEnd(length, 'ก'))
  })
  return [
    { sqlType: 'CLOB', type: { kind: 'clob' }, from: '?', values: long },
    { sqlType: 'NCLOB', type: { kind: 'clob' }, from: '?', values: long },
    {
      sqlType: 'BLOB',
      type: { kind: 'blob' },
      from: '?',
      values: bytesUpTo(mostLength, leastLength).map((bytes) =>
        asGiven(bytes, Buffer.from(bytes).toString('hex')),
      ),
    },
  ]
}

function varying(sqlType: string, size: number, values: fc.Arbitrary<string>): ColumnRange {
  return { sqlType, type: { kind: 'text', size }, from: '?', values: values.map((text) => asGiven(text)) }
}

function asGiven(given: Given, text = String(given)): Meant {
  return { given, text }
}

/** Of at least one character. */
function texts(
  mostSize: number,
  sizeOf: (text: string) => number,
  isAllowed: (point: string) => boolean = () => true,
): fc.Arbitrary<string> {
  return fc
    .tuple(
      pieces(isAllowed),
      fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.constant(mostSize) }),
    )
    .map(([piece, times]) => cut(piece.repeat(times), mostSize, sizeOf) || 'x')
}

/** Short texts that are not empty. */
function pieces(isAllowed: (point: string) => boolean): fc.Arbitrary<string> {
  return fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
        fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 12 }),
        fc.constantFrom(...PIECES),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((parts) => [...parts.join('')].filter(isAllowed).join('') || ' ')
}

function lengths(least: number, most: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: least, max: Math.max(least, Math.min(most, 40)) }),
    fc.integer({ min: least, max: most }),
  )
}

function bytesUpTo(most: number, least: number): fc.Arbitrary<Uint8Array> {
  const seeds = fc.uint8Array({ minLength: 1, maxLength: 40 })
  return fc
    .tuple(seeds, lengths(least, most))
    .map(([seed, length]) => new Uint8Array(Buffer.alloc(length, Buffer.from(seed))))
}

/** Unicode calls these no characters; what a conversion between character sets makes of them is its own affair. */
function isCharacter(point: string): boolean {
  const code = point.codePointAt(0) ?? 0
  return (code & 0xfffe) !== 0xfffe && !(code >= 0xfdd0 && code <= 0xfdef)
}

/** Without parting a surrogate pair. */
function cut(text: string, mostSize: number, sizeOf: (text: string) => number): string {
  let size = 0
  let end = 0
  for (const point of text) {
    size += sizeOf(point)
    if (size > mostSize) break
    end += point.length
  }
  return text.slice(0, end)
}
