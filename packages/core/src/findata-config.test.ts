import { describe, expect, test } from 'vitest'
import { configHelpers, type FindataConfigInput, toFindataConfig } from './findata-config.ts'
import { catalogue } from './record-types/index.ts'

const receipts = {
  query: 'SELECT ID, AMOUNT FROM RECEIPTS',
  columns: ['ID', 'AMOUNT'],
  rowKey: ['ID'],
}

const recordTypesOf = (recordTypes: FindataConfigInput['recordTypes']) =>
  toFindataConfig({ recordTypes }, 'findata.config.ts').recordTypes
const namesOf = (recordTypes: FindataConfigInput['recordTypes']) =>
  recordTypesOf(recordTypes).map(({ name }) => name)

test('without settings there are the built-in record types and the default retention', () => {
  expect(toFindataConfig({}, 'findata.config')).toEqual({
    recordTypes: catalogue.recordTypes,
    retention: { keepLast: 30, keepDays: 90 },
    destinations: {},
    file: 'findata.config',
  })
})

test('mistakes of the settings and of the record types are told together', () => {
  const input = { retension: {}, recordTypes: { units: { guards: { minRows: 'x' } } } }
  expect(() => toFindataConfig(input, 'x.json')).toThrow(
    /retension: is not a setting[\s\S]*units\.guards\.minRows/,
  )
})

test('retention is set one by one', () => {
  expect(toFindataConfig({ retention: { keepDays: 365 } }, 'x.json').retention).toEqual({
    keepLast: 30,
    keepDays: 365,
  })
})

test('A18: new record types come after the built-in ones', () => {
  expect(namesOf({ receipts, fdus: { maxLobLength: 5 } })).toEqual([...catalogue.names, 'receipts'])
})

test('a built-in record type can be left out', () => {
  expect(namesOf({ objects: false })).toEqual(catalogue.names.filter((name) => name !== 'objects'))
})

describe('a built-in record type', () => {
  const [taskOrders] = catalogue.recordTypes

  test('changes only where it is told to', () => {
    const [changed] = recordTypesOf({
      task_orders: { sourceTotals: 'off', guards: { maxShrinkPercent: 40 } },
    })
    expect(changed).toEqual({
      ...taskOrders,
      sourceTotals: 'off',
      guards: { ...taskOrders?.guards, maxShrinkPercent: 40 },
    })
  })

  test('A14: takes another list of departments', () => {
    const units = recordTypesOf({ units: { binds: { departments: ['2400'] } } })[1]
    expect(units).toMatchObject({ name: 'units', binds: { departments: ['2400'] } })
  })

  test('loses the old binds when it gets a query of its own', () => {
    const { query } = catalogue.get('units')
    const all = query.slice(0, query.indexOf('WHERE'))
    expect(recordTypesOf({ units: { query: all } })[1]).toMatchObject({ query: all.trim(), binds: {} })
  })

  test('can be built from another', () => {
    const { builtIn, defineRecordType } = configHelpers()
    const parking = defineRecordType({ ...catalogue.get('units'), ...builtIn.units, name: 'parking_units' })
    expect(recordTypesOf({ parking_units: parking }).at(-1)).toEqual(parking)
  })

  test('is not changed by what a configuration does to its copy', () => {
    const { builtIn } = configHelpers()
    ;(builtIn.units?.columns as string[]).length = 0
    expect(catalogue.get('units').columns).toHaveLength(7)
  })
})

describe('a mistake is named with its path', () => {
  test.each<[input: unknown, ...mistakes: string[]]>([
    ['text', 'expected object, received string'],
    [null, 'expected object, received null'],
    [{ recordType: {} }, 'recordType: is not a setting'],
    [{ recordTypes: [] }, 'recordTypes: expected record, received array'],
    [{ retention: { keepLast: 0 } }, 'retention.keepLast: Too small: expected number to be >=1'],
    [{ retention: { keep: 1 } }, 'retention.keep: is not a setting'],
    [{ retention: { keepDays: '90' } }, 'retention.keepDays: expected number, received string'],
    [{ recordTypes: { units: 5 } }, 'recordTypes.units: expected an object, or false to leave it out'],
    [
      { recordTypes: { receipts: false } },
      'recordTypes.receipts: expected an object that declares a record type',
    ],
    [{ recordTypes: { units: { guards: 5 } } }, 'recordTypes.units.guards: expected object, received number'],
    [
      { recordTypes: { units: { binds: { departments: [2400] } } } },
      'recordTypes.units.binds.departments[0]: is not text',
    ],
    [{ recordTypes: { units: { binds: 'x' } } }, 'recordTypes.units.binds: expected record, received string'],
    [
      { recordTypes: { units: { binds: { depts: ['1'] } } } },
      'recordTypes.units.binds.depts: is not in the query',
    ],
    [
      { recordTypes: { units: { publicColumns: ['dept'] } } },
      'recordTypes.units.publicColumns[0]: dept is not among the columns; did you mean DEPT?',
    ],
    [{ recordTypes: { units: { colums: [] } } }, 'recordTypes.units.colums: is not a setting'],
    [
      { recordTypes: { task_order: { sourceTotals: 'off' } } },
      'recordTypes.task_order: is not built in; did you mean task_orders?',
    ],
    [
      { recordTypes: { receipts: {} } },
      'recordTypes.receipts.query: expected string, but it is missing',
      'recordTypes.receipts.columns: ',
      'recordTypes.receipts.rowKey: ',
    ],
    [
      { recordTypes: { receipts: { ...receipts, columns: ['ID', 5] } } },
      'recordTypes.receipts.columns[1]: expected string, received number',
    ],
    [
      { recordTypes: { receipts: { ...receipts, name: 'receipt' } } },
      'recordTypes.receipts.name: is "receipt", but the record type stands under "receipts"',
    ],
    [{ recordTypes: { 'Re ceipts': receipts } }, 'recordTypes["Re ceipts"].name: is no name'],
  ])('%j', (input, ...mistakes) => {
    const expected = mistakes.map((mistake) => expect.stringContaining(`findata.config.ts: ${mistake}`))
    expect(() => toFindataConfig(input, 'findata.config.ts')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        details: { file: 'findata.config.ts', mistakes: expected },
        message: expect.stringMatching(/^The configuration is not usable:\n {2}findata\.config\.ts: /),
      }),
    )
  })

  test('together with all others', () => {
    const input = {
      recordTypes: {
        units: { rowKey: ['X'] },
        fdus: { maxLobLength: -1 },
        receipts: { ...receipts, money: ['Y'] },
      },
    }
    expect(() => toFindataConfig(input, 'f.json')).toThrow(
      expect.objectContaining({
        details: {
          file: 'f.json',
          mistakes: [
            expect.stringContaining('recordTypes.units.rowKey[0]'),
            expect.stringContaining('recordTypes.fdus.maxLobLength'),
            expect.stringContaining('recordTypes.receipts.money[0]'),
          ],
        },
      }),
    )
  })
})
