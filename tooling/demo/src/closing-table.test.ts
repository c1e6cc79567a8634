import type { Certificate } from '@findata/core'
import { expect, test } from 'vitest'
import { closingTable } from './closing-table.ts'

const totals = {
  rows: 5809,
  money: { TASK_ORDER_BAL: { nonNull: 1, sum: '-10000001190331291.5', min: null, max: null } },
}
const certificate = {
  recordType: 'task_orders',
  money: [{ column: 'TASK_ORDER_BAL', scale: 2 }],
  hops: [
    { name: 'source', of: 'rows', totals },
    { name: 'file', of: 'rows', totals },
  ],
} as Pick<Certificate, 'recordType' | 'money' | 'hops'> as Certificate

test('shows every hop with its rows and each sum to the cent, within 80 columns', () => {
  const [, source = '', file = ''] = closingTable([certificate]).split('\n')

  expect(source).toMatch(/^task_orders +source +5,809 +TASK_ORDER_BAL +-10,000,001,190,331,291\.50$/)
  expect(file).toMatch(/^ +file +5,809 +TASK_ORDER_BAL +-10,000,001,190,331,291\.50$/)
  expect(Math.max(source.length, file.length)).toBeLessThanOrEqual(80)
})
