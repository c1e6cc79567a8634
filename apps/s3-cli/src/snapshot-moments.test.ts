import type { Consistency } from '@findata/core'
import { expect, test } from 'vitest'
import { describeMoment, momentsLine } from './snapshot-moments.ts'

const at = '2026-11-22T13:36:43.120Z'
const scn = (number: string, label: Consistency['label'] = 'scn'): Consistency => ({
  label,
  scn: number,
  fixedAt: at,
})

test('a moment is told with its label, its number and when it was fixed, within 80 columns', () => {
  const told = describeMoment(scn('281474976710655', 'scn, links not visible'))
  expect(told).toBe('scn 281474976710655, links not visible, fixed at 2026-11-22 13:36:43 UTC')
  expect(told.length).toBeLessThanOrEqual(73)
})

test.each<[string, readonly Consistency[], string | undefined]>([
  ['one SCN', [scn('7'), scn('7')], 'All 2 current snapshots are of one moment.'],
  [
    'one SCN that is less proven for one of them',
    [scn('7'), scn('7', 'scn, links not visible')],
    'All 2 current snapshots are of one moment.',
  ],
  ['two SCNs', [scn('7'), scn('8'), scn('7')], 'The 3 current snapshots are of different moments.'],
  [
    'one transaction',
    [
      { label: 'read-only transaction', fixedAt: at },
      { label: 'read-only transaction', fixedAt: at },
    ],
    'All 2 current snapshots are of one moment.',
  ],
  [
    'a transaction and an SCN',
    [{ label: 'read-only transaction', scn: '7', fixedAt: at }, scn('7')],
    'The 2 current snapshots are of different moments.',
  ],
  [
    'statements of their own, which are never of one moment',
    [
      { label: 'per statement', fixedAt: at },
      { label: 'per statement', fixedAt: at },
    ],
    'The 2 current snapshots are of different moments.',
  ],
  ['one snapshot', [scn('7')], undefined],
  ['no snapshot', [], undefined],
])('snapshots of %s: the closing line', (_, moments, line) => {
  expect(momentsLine(moments)).toBe(line)
})
