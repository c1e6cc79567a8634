import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ColumnMasks, compileMasks, type MaskOptions } from './column-masks.ts'
import { defineRecordType } from './define-record-type.ts'
import type { ColumnType, Row, RowSchema } from './row-schema.ts'

const people = defineRecordType({
  name: 'people',
  query: 'SELECT ID, DEPT, NAME, CITIZEN_ID, PAY, CHANGED, NOTE FROM PEOPLE',
  columns: ['ID', 'DEPT', 'NAME', 'CITIZEN_ID', 'PAY', 'CHANGED', 'NOTE'],
  rowKey: ['ID', 'DEPT'],
  entityKey: ['ID'],
  coalesced: ['DEPT', 'NOTE'],
  money: ['PAY'],
  publicColumns: ['ID', 'NAME'],
  cursor: 'CHANGED',
})
const types: Record<string, ColumnType> = {
  CITIZEN_ID: { kind: 'number', precision: 13, scale: 0 },
  PAY: { kind: 'number' },
  CHANGED: { kind: 'date' },
  NOTE: { kind: 'clob' },
}
const schemaOf = (names: readonly string[]): RowSchema => ({
  columns: names.map((name, index) => ({
    name,
    type: types[name] ?? { kind: 'text', size: 40 },
    isNullable: true,
    ordinal: index + 1,
  })),
})
const schema = schemaOf(people.columns)
const hashKey = Buffer.from('correct horse battery staple')
const hashOf = (value: string) => createHmac('sha256', hashKey).update(value).digest('hex').slice(0, 32)

async function masked(rows: readonly Row[], masks: ColumnMasks, read = schema): Promise<readonly Row[]> {
  async function* batches() {
    yield rows
  }
  const batchesAfter = compileMasks(people, { masks, hashKey }).apply(batches(), read)
  return (await Array.fromAsync(batchesAfter)).flat()
}

/** Frozen: whoever still has the row has it as it was read. */
const ROW: Row = Object.freeze([
  '7',
  '2400',
  'ก้อง Example',
  '1101700203451',
  '10.5',
  '2026-01-01T00:00:00',
  '🛣️ note',
])

describe('a masked column', () => {
  test('that is dropped is not among the columns to read, nor to coalesce or publish', () => {
    const { recordType } = compileMasks(people, { masks: { NAME: { kind: 'drop' }, NOTE: { kind: 'drop' } } })
    expect(recordType).toEqual({
      ...people,
      columns: ['ID', 'DEPT', 'CITIZEN_ID', 'PAY', 'CHANGED'],
      coalesced: ['DEPT'],
      publicColumns: ['ID'],
    })
  })

  test('that is hashed is text of 32 digits, the same for equal values, and NULL stays NULL', async () => {
    const masks: ColumnMasks = { CITIZEN_ID: { kind: 'hash' }, NAME: { kind: 'hash' } }
    const rows = await masked([ROW, ROW.with(2, null).with(3, null), ROW.with(2, '1101700203451')], masks)
    expect(rows).toEqual([
      ROW.with(2, hashOf('ก้อง Example')).with(3, hashOf('1101700203451')),
      ROW.with(2, null).with(3, null),
      ROW.with(2, hashOf('1101700203451')).with(3, hashOf('1101700203451')),
    ])
    const after = compileMasks(people, { masks, hashKey }).schema(schema)
    const hashed = { kind: 'text', size: 32 }
    expect(after.columns.map(({ type }) => type)).toEqual(
      schema.columns.map(({ type }, index) => ([2, 3].includes(index) ? hashed : type)),
    )
    expect(after.columns.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  test('that is truncated keeps its first characters whole, and the rest of the row stays', async () => {
    const rows = await masked([ROW, ROW.with(6, null), ROW.with(6, 'ab')], {
      NOTE: { kind: 'truncate', length: 1 },
    })
    expect(rows).toEqual([ROW.with(6, '🛣'), ROW.with(6, null), ROW.with(6, 'a')])
  })

  test('that is truncated has the characters that a walk over the text has, whatever it holds', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 12 }), async (value, length) => {
        const [row] = await masked([ROW.with(6, value)], { NOTE: { kind: 'truncate', length } })
        expect(row?.[6]).toBe([...value].slice(0, length).join(''))
      }),
    )
  })

  test('of a key is hashed alike in rows and where keys are read alone', async () => {
    const masks: ColumnMasks = { ID: { kind: 'hash', hashesKey: true } }
    expect((await masked([ROW], masks))[0]?.[0]).toBe(hashOf('7'))
    expect(await masked([['7']], masks, schemaOf(['ID']))).toEqual([[hashOf('7')]])
  })

  test('that nothing is done to leaves rows as they are', async () => {
    expect((await masked([ROW], {}))[0]).toBe(ROW)
  })

  test('that holds half of a surrogate pair is not hashed, since another half would have the same hash', async () => {
    await expect(masked([ROW.with(2, '\ud83d')], { NAME: { kind: 'hash' } })).rejects.toMatchObject({
      code: 'ORACLE_VALUE_UNSUPPORTED',
      message: expect.stringContaining('Column NAME of people'),
    })
  })

  test('that was to be dropped and was read stops the run', async () => {
    await expect(masked([ROW], { NAME: { kind: 'drop' } })).rejects.toThrow('NAME was to be dropped')
  })
})

describe('masks with mistakes', () => {
  /** Also what a configuration file can hold. */
  function mistakesOf(
    masks: unknown,
    options: Partial<MaskOptions> = { hashKey },
    recordType = people,
  ): string[] {
    try {
      compileMasks(recordType, { masks: masks as ColumnMasks, ...options })
    } catch (error) {
      expect(error).toMatchObject({ name: 'TerminalError', code: 'CONFIG_INVALID' })
      const [first, ...lines] = (error as Error).message.split('\n')
      expect(first).toBe('The masks of people are not usable:')
      return lines.map((line) => line.trim())
    }
    return []
  }

  test('are refused with all of them', () => {
    const masks = {
      ID: { kind: 'drop' },
      DEPT: { kind: 'truncate', length: 2 },
      CITZEN_ID: { kind: 'hash' },
      PAY: { kind: 'hash' },
      CHANGED: { kind: 'truncate', length: 10 },
      ZZZ: { kind: 'drop' },
    }
    expect(mistakesOf(masks)).toEqual([
      'ID: is part of a key: it can only be hashed, with hashesKey: true',
      'DEPT: is part of a key: it can only be hashed, with hashesKey: true',
      'CITZEN_ID: is not among the columns; did you mean CITIZEN_ID?',
      'PAY: is money, and the figures must reach the destination as they are',
      'CHANGED: is in the cursor, which says what the next run reads',
      'ZZZ: is not among the columns',
    ])
  })

  test('are refused where a key would be hashed unasked', () => {
    expect(mistakesOf({ ID: { kind: 'hash' } })).toEqual([
      'ID: is part of a key: add hashesKey: true if the destination is to have hashes for keys',
    ])
    expect(mistakesOf({ ID: { kind: 'hash', hashesKey: true } })).toEqual([])
  })

  test('are refused for a row key that an error would name, for want of a cursor value', () => {
    const strict = { ...people, cursor: { columns: ['CHANGED'], nulls: 'fail' } } as const
    const masks = { ID: { kind: 'hash', hashesKey: true }, NAME: { kind: 'hash' } }
    expect(mistakesOf(masks, { hashKey }, strict)).toEqual([
      'ID: is part of the row key, by which rows without a cursor value are named: set nulls of the cursor to include or exclude',
    ])
  })

  test('are refused where there is nothing to hash with, or too little', () => {
    expect(mistakesOf({ NAME: { kind: 'hash' } }, {})).toEqual([
      'NAME: is to be hashed, and there is no key to hash with',
    ])
    const short = mistakesOf({ NAME: { kind: 'hash' } }, { hashKey: Buffer.from('p4ssw0rd') })
    expect(short).toEqual(['NAME: is to be hashed, and the key has less than 16 bytes'])
  })

  test('are refused in their form too', () => {
    const masks = {
      NAME: { kind: 'encrypt' },
      NOTE: { kind: 'truncate', length: 0 },
      CITIZEN_ID: { kind: 'hash', key: 'x' },
    }
    expect(mistakesOf(masks)).toEqual([
      'NAME.kind: is no mask: its kind is drop, hash or truncate',
      'NOTE.length: leaves nothing: drop the column',
      'CITIZEN_ID.key: is not a setting',
    ])
  })

  test('are refused for a column that is no text when its type is known, before a row is masked', async () => {
    const masks: ColumnMasks = { CITIZEN_ID: { kind: 'truncate', length: 4 } }
    const why = 'CITIZEN_ID: is a number, and only text can be truncated: hash or drop it'
    expect(() => compileMasks(people, { masks }).schema(schema)).toThrow(why)
    await expect(masked([ROW], masks)).rejects.toThrow(why)
  })
})
