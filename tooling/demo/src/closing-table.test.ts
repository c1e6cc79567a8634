import type { Certificate } from '@findata/core'
import { expect, test } from 'vitest'
import { closingTable } from './closing-table.ts'

const totals = {
  rows: 5809,
  money: { TASK_ORDER_BAL: { nonNull: 1, sum: '-10000001190331291.5', min: null, max: null } },
}
const snapshot = {
  recordType: 'task_orders',
  money: [{ column: 'TASK_ORDER_BAL', scale: 2 }],
  hops: [
    { name: 'source', of: 'rows', totals },
    { name: 'read', of: 'rows', totals },
  ],
} satisfies Pick<Certificate, 'recordType' | 'money' | 'hops'>
const publication = {
  ...snapshot,
  hops: [
    { name: 'entities', of: 'entities', totals: { ...totals, rows: 5808 } },
    { name: 'destination', of: 'entities', totals },
  ],
  publication: { destination: 'finance-purchasing' } as NonNullable<Certificate['publication']>,
} satisfies Pick<Certificate, 'recordType' | 'money' | 'hops' | 'publication'>

test('shows every hop, equal ones together, with its rows and each sum to the cent, within 77 columns', () => {
  const lines = closingTable([snapshot], [publication]).split('\n')

  expect(lines[1]).toBe('task_orders')
  expect(lines[2]).toMatch(/^ {2}source = read +5,809 +TASK_ORDER_BAL +-10,000,001,190,331,291\.50$/)
  expect(lines[3]).toMatch(/^ {2}entities +5,808 +TASK_ORDER_BAL +-10,000,001,190,331,291\.50$/)
  expect(lines[4]).toMatch(/^ {2}finance-purchasing +5,809 +TASK_ORDER_BAL +-10,000,001,190,331,291\.50$/)
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(77)
})

test('shows between file and entities what the bridge between them has', () => {
  const sums = (sum: string) => ({ TASK_ORDER_BAL: sum })
  const none = { rows: 0, sums: sums('0') }
  const bridge = {
    read: { rows: 5809, sums: sums('-10000001190331291.5') },
    rejected: none,
    filtered: { rows: 25, sums: sums('0') },
    exactDuplicates: none,
    folded: { rows: 2374, sums: sums('-10000001190331291.5') },
    entities: { rows: 3410, sums: sums('0') },
  }
  const lines = closingTable([snapshot], [{ ...publication, bridge }]).split('\n')

  expect(lines[2]).toMatch(/^ {2}source = read +5,809 /)
  expect(lines[3]).toMatch(/^ {2}filtered +25 +TASK_ORDER_BAL +0\.00$/)
  expect(lines[4]).toMatch(/^ {2}folded +2,374 +TASK_ORDER_BAL +-10,000,001,190,331,291\.50$/)
  expect(lines[5]).toMatch(/^ {2}entities +5,808 /)
  expect(lines).toHaveLength(7)
})
