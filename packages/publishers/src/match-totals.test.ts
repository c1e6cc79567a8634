import { compareHops, type NotPublished, type PublishedTotals } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batches, fields, openWorkplace, present, wanted } from '../test/records.ts'
import { matchTotals } from './match-totals.ts'
import { diffRecords } from './row-diff.ts'
import type { PresentRecord, WantedRecord } from './target-record.ts'

async function totals(
  wantedRecords: readonly WantedRecord[],
  presentRecords: readonly PresentRecord[],
  excluded: Readonly<Record<string, NotPublished>> = {},
): Promise<PublishedTotals> {
  await using workplace = await openWorkplace()
  return await matchTotals(
    await workplace.diff(wantedRecords, presentRecords),
    new Map(Object.entries(excluded)),
  )
}

const agree = ({ mapped, destination }: PublishedTotals) =>
  compareHops(
    { name: 'mapped', of: 'entities', totals: mapped },
    { name: 'destination', of: 'entities', totals: destination },
  )

const line = (rows: number, sum: string) => ({ rows, sums: { TASK_ORDER_BAL: sum } })
const none = line(0, '0')

describe('the totals of what a destination holds', () => {
  test('A31: agree with what is wanted to the last digit, however the destination writes it', async () => {
    const result = await totals(
      [
        wanted('2400', '1', '99999999999999999999.01', 'B,\nA'),
        wanted('2400', '2', '-0.25'),
        wanted('2400', '3', null),
      ],
      [
        present('c', '2400', '2', '($0.25)'),
        present('a', '2400 ', '1', '$99,999,999,999,999,999,999.010', 'A,\nB'),
        present('b', '2400', '3', ''),
        present('d', '2400', 'left', '5.00'),
        present('e', '2400', '2', '7.00'),
      ],
    )
    expect(agree(result)).toMatchObject({ agrees: true, notCompared: [] })
    expect(result.destination).toEqual({
      rows: 3,
      money: {
        TASK_ORDER_BAL: {
          nonNull: 2,
          sum: '99999999999999999998.76',
          min: '-0.25',
          max: '99999999999999999999.01',
        },
      },
      distinctEntityKeys: 3,
      setHash: result.mapped.setHash,
    })
    expect(result.differences).toEqual([])
  })

  test('have the set hash of certificate.md over the compared values, by the place of each field', async () => {
    const { mapped } = await totals([wanted('6200', 'X', '7.00')], [present('a', '6200', 'X', '7')])
    // SHA-256 of `1=4:62002=1:X3=1:7`, its first 16 bytes.
    expect(mapped.setHash).toBe('b7cd154c1750507f2833edde39dafae6')
  })

  test('leave out what is known not to be published, by why', async () => {
    const result = await totals(
      [
        wanted('2400', '1', '1.00'),
        wanted('2400', '2', '2.00'),
        wanted('2400', '3', '3.00'),
        wanted('2400', '4', '4.00'),
        wanted('2400', '4 ', '5.00'),
      ],
      [present('a', '2400', '1', '1.00'), present('b', '2400', '2', '9.00')],
      { '2400 / 2': 'refused', '2400 / 3': 'held', '2400 / 1': 'waiting' },
    )
    expect(agree(result).agrees).toBe(true)
    expect(result.mapped).toMatchObject({ rows: 1, money: { TASK_ORDER_BAL: { sum: '1' } } })
    expect(result.notPublished).toEqual({
      rejected: line(2, '9'),
      refused: line(1, '2'),
      stale: none,
      held: line(1, '3'),
      waiting: none,
    })
  })

  test('explain every other record of the destination with its money', async () => {
    const result = await totals(
      [
        wanted('2400', '1', '1.00'),
        wanted('2400', '2', '2.00'),
        wanted('2400', '4', '4.00'),
        wanted('2400', '4 ', '5.00'),
      ],
      [
        present('a', '2400', '1', '1.00'),
        present('b', '2400', '1', '$1,000.00'),
        present('c', '2400', '2', '9.00'),
        present('d', '2400', '4', '40.00'),
        present('e', '2400', 'left', '$23,366,903.94'),
        present('f', '', '', '(0.04)'),
        present('g', '2400', 'gone', 'n/a'),
        present('h', '2400', 'bare', null),
      ],
      { '2400 / 2': 'refused' },
    )
    expect(result).toMatchObject({
      present: 8,
      destination: { rows: 1, money: { TASK_ORDER_BAL: { sum: '1' } } },
      departed: { ...line(4, '23366903.9'), unreadable: 1 },
      duplicates: { ...line(1, '1000'), unreadable: 0 },
      outdated: { ...line(2, '49'), unreadable: 0 },
    })
  })

  test('count the amounts of a field that holds them as text', async () => {
    const asText = fields.map((field) => (field.money ? { ...field, kind: 'text' as const } : field))
    const records = [wanted('2400', '1', '1,997.78'), wanted('2400', '2', '0.10'), wanted('2400', '3', null)]
    const held = [present('a', '2400', '1', '1,997.78'), present('b', '2400', '2', '0.10')]
    await using workplace = await openWorkplace()
    const { scratch } = workplace
    await using diff = await diffRecords({
      fields: asText,
      wanted: batches(records),
      present: batches(held),
      scratch,
    })
    const { mapped, destination, notPublished } = await matchTotals(diff, new Map([['2400 / 3', 'waiting']]))

    expect(mapped.money.TASK_ORDER_BAL).toEqual({ nonNull: 2, sum: '1997.88', min: '0.1', max: '1997.78' })
    expect(destination.money).toEqual(mapped.money)
    expect(notPublished.waiting).toEqual(line(1, '0'))
  })

  test('differ where a record is missing or has another value, and say where', async () => {
    const result = await totals(
      [wanted('2400', '1', '1.00'), wanted('2400', '2', '2.00', 'A')],
      [present('b', '2400', '2', '9.00', 'A,\nB')],
    )
    expect(result.differences).toEqual([
      '2400 / 1 is not there',
      '2400 / 2: Balance is "9.00" and should be "2.00", Buyer FDUs is "A,\\nB" and should be "A"',
    ])
    expect(agree(result)).toMatchObject({
      agrees: false,
      differences: expect.arrayContaining(['rows: mapped 2, destination 1']),
    })
  })

  test('name at most ten differences and count the others', async () => {
    const records = Array.from({ length: 25 }, (_, id) => wanted('2400', `${id}`, '1.00'))
    const { differences, mapped } = await totals(records, [])
    expect(differences).toHaveLength(10)
    expect(differences.at(-1)).toBe('and 16 more')
    expect(mapped.rows).toBe(25)
    expect((await totals(records.slice(0, 10), [])).differences.at(-1)).toBe('2400 / 9 is not there')
  })

  test('agree exactly when nothing differs', async () => {
    const value = fc.constantFrom('1.00', '$1', '2.00', null)
    const rows = fc.uniqueArray(fc.tuple(fc.nat({ max: 4 }), value), { selector: ([key]) => key })
    await fc.assert(
      fc.asyncProperty(rows, rows, async (left, right) => {
        const result = await totals(
          left.map(([key, balance]) => wanted('2400', `${key}`, balance)),
          right.map(([key, balance]) => present(`id${key}`, '2400', `${key}`, balance)),
        )
        expect(agree(result).agrees).toBe(result.differences.length === 0)
        const { destination, departed, duplicates, outdated } = result
        expect(destination.rows + departed.rows + duplicates.rows + outdated.rows).toBe(result.present)
      }),
      { numRuns: 60 },
    )
  })
})
