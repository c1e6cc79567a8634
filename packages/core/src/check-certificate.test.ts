import { describe, expect, test } from 'vitest'
import { exampleCertificate } from '../test/example-certificate.ts'
import { partlyPublishedCertificate, publishedCertificate } from '../test/example-publication.ts'
import type { Certificate } from './certificate.ts'
import { checkCertificate } from './check-certificate.ts'

const { hops, comparisons } = exampleCertificate

/** A certificate with other values at some paths; undefined removes. */
function forged(changes: Readonly<Record<string, unknown>>, honest = exampleCertificate): Certificate {
  const certificate = JSON.parse(JSON.stringify(honest))
  for (const [path, value] of Object.entries(changes)) {
    const names = path.split('.')
    const last = names.pop() as string
    const parent = names.reduce((part, name) => part[name], certificate)
    if (value === undefined) delete parent[last]
    else parent[last] = value
  }
  return certificate
}

test('an honest certificate has no differences', () => {
  expect(checkCertificate(exampleCertificate)).toEqual([])
})

describe('a forged certificate is found out by', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a row too many in one hop', { 'hops.2.totals.rows': 6 }, 'read = file'],
    ['a cent in a sum', { 'hops.1.totals.money.AMOUNT.sum': '206.71' }, 'source = read'],
    ['a changed set hash', { 'hops.2.totals.setHash': 'f'.repeat(32) }, 'read = file'],
    [
      'a cent in the bridge',
      { 'bridge.folded.sums.AMOUNT': '100.11' },
      'AMOUNT sums to 206.7 as read, 206.71',
    ],
    ['a row in the bridge', { 'bridge.filtered.rows': 1 }, '5 rows read, 6 explained'],
    ['a bridge without a sum', { 'bridge.rejected.sums.AMOUNT': undefined }, 'no sum of AMOUNT for rejected'],
    [
      'a bridge that starts elsewhere',
      { 'bridge.read.rows': 6, 'bridge.filtered.rows': 1 },
      '6 read rows, the hop has 5',
    ],
    [
      'a bridge that ends elsewhere',
      { 'bridge.entities.sums.AMOUNT': '107', 'bridge.folded.sums.AMOUNT': '99.95' },
      'AMOUNT of entities sums to 107, the hop has 106.85',
    ],
    ['a comparison that hides a difference', { 'comparisons.0.notCompared': [] }, 'source = read'],
    ['a comparison that invents one', { 'comparisons.1.differences': ['rows: 5, 6'] }, 'read = file'],
    ['a comparison left out', { comparisons: comparisons.slice(0, 1) }, 'read = file: not compared'],
    ['a comparison of a hop that is not there', { 'comparisons.0.left': 'staged' }, 'cannot be compared'],
    ['a hop that is there twice', { 'hops.4': hops[3] }, 'entities is there twice'],
    [
      'a source left out in silence',
      { hops: hops.slice(1), comparisons: comparisons.slice(1) },
      'nothing says why',
    ],
    ['a better verdict than its figures', { 'guards.0.passed': false }, "say 'refused'"],
    ['a worse verdict than its figures', { verdict: 'differs' }, "say 'balanced'"],
    ['an override that nobody gave', { overrides: [] }, 'not among the overrides'],
    ['an override by somebody else', { 'overrides.0.by': 'ben' }, 'not among the overrides'],
    ['an override of another guard', { 'guards.1.overridden.guard': 'rows' }, 'by an override of rows'],
    ['an override that was not needed', { 'guards.1.passed': true }, 'though it passed'],
    [
      'a sum that its amounts cannot have',
      { 'hops.3.totals.money.AMOUNT.sum': '9999' },
      'cannot sum to 9999',
    ],
    ['a sum below its amounts', { 'hops.3.totals.money.AMOUNT.sum': '-0.76' }, 'cannot sum to -0.76'],
    ['a minimum above the maximum', { 'hops.3.totals.money.AMOUNT.min': '200' }, 'from 200 to 100.1'],
    ['more amounts than rows', { 'hops.3.totals.money.AMOUNT.nonNull': 4 }, '4 amounts of AMOUNT in 3 rows'],
    ['a sum of nothing', { 'hops.3.totals.money.AMOUNT.nonNull': 0 }, 'has no amounts, but'],
    ['amounts without a minimum', { 'hops.3.totals.money.AMOUNT.min': null }, 'no minimum'],
    ['more keys than rows', { 'hops.3.totals.distinctEntityKeys': 4 }, '4 distinct entity keys in 3 rows'],
    ['a money column without totals', { 'hops.3.totals.money.AMOUNT': undefined }, 'no totals of AMOUNT'],
    ['a key that is no column', { 'rowKey.0.column': 'DEPARTMENT' }, 'there is no DEPARTMENT'],
    ['a name used twice', { 'columns.1.name': 'DEPT' }, 'two have the same name'],
    ['an ordinal used twice', { 'columns.1.ordinal': 1 }, 'two have the same ordinal'],
    ['an end before the start', { finishedAt: '2026-11-22T13:00:00.000Z' }, 'before it started'],
  ])('%s', (_, changes, finding) => {
    expect(checkCertificate(forged(changes)).join('\n')).toContain(finding)
  })
})

describe('of a publication', () => {
  const noted = 'destination: it does not hold AMOUNT'
  /** The example without a money column at the destination. */
  const withoutMoney = {
    'hops.3.totals.money.AMOUNT': undefined,
    'hops.4.totals.money.AMOUNT': undefined,
    'publication.entities.sums': {},
    'publication.published.sums': {},
    ...Object.fromEntries(
      ['rejected', 'refused', 'stale', 'held', 'waiting'].map((part) => [
        `publication.notPublished.${part}.sums`,
        {},
      ]),
    ),
    'publication.departed.sums': {},
    'publication.duplicates.sums': {},
    'publication.outdated.sums': {},
    'comparisons.1.notCompared': ['AMOUNT', 'the rest'],
  }

  test.each([
    ['in full', publishedCertificate],
    ['in part', partlyPublishedCertificate],
    [
      'without a column that the destination does not hold',
      forged({ ...withoutMoney, 'leftOut.1': noted }, publishedCertificate),
    ],
  ])('an honest certificate has no differences: %s', (_, certificate) => {
    expect(checkCertificate(certificate)).toEqual([])
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a cent at the destination', { 'hops.4.totals.money.AMOUNT.sum': '99.84' }, 'mapped = destination'],
    ['a set hash of the destination', { 'hops.4.totals.setHash': 'f'.repeat(32) }, 'mapped = destination'],
    ['a cent of the mapped hop', { 'hops.3.totals.money.AMOUNT.sum': '99.86' }, 'entities = mapped'],
    [
      'a record that nobody misses',
      { 'publication.notPublished.refused.rows': 0 },
      '3 entities, 2 accounted for',
    ],
    [
      'a cent that nobody misses',
      { 'publication.notPublished.refused.sums.AMOUNT': '6.99' },
      'sums to 106.85, 106.84 is accounted for',
    ],
    [
      'a line without its sum',
      { 'publication.notPublished.held.sums.AMOUNT': undefined },
      'no sum of AMOUNT for held',
    ],
    [
      'a record that is only in the destination',
      { 'publication.departed.rows': 3 },
      '8 records in the destination, 7 accounted for',
    ],
    [
      'duplicates without their sum',
      { 'publication.duplicates.sums.AMOUNT': undefined },
      'no sum of AMOUNT for duplicates',
    ],
    [
      'entities that are not those of the hop',
      { 'publication.entities.rows': 4, 'publication.notPublished.waiting.rows': 1 },
      '4 at entities, the hop has 3',
    ],
    [
      'published records that are not those of the hop',
      { 'publication.published.rows': 3, 'publication.notPublished.refused.rows': 0 },
      '3 at mapped, the hop has 2',
    ],
    ['no publication at all', { publication: undefined }, 'entities = mapped: the hops cannot be compared'],
    ['entities that are not compared', { 'comparisons.1': undefined }, 'entities = mapped: not compared'],
    ['a mapped hop left out', { hops: undefined }, 'there is no hop mapped'],
    ['a destination left out', { 'hops.4': undefined }, 'there is no hop destination'],
    ['a source that is in no certificate', { leftOut: ['source: off'] }, 'in which certificate it stands'],
    ['a column left out in silence', withoutMoney, 'AMOUNT is absent, and nothing says why'],
    [
      'a column left out under a longer name',
      { ...withoutMoney, 'leftOut.1': 'destination: it does not hold AMOUNT_2' },
      'AMOUNT is absent, and nothing says why',
    ],
    [
      'a column that is missing at the destination alone',
      { 'hops.4.totals.money.AMOUNT': undefined },
      'destination: no totals of AMOUNT',
    ],
    ['a better verdict than its figures', { 'publication.published.rows': 1 }, "say 'differs'"],
  ])('a forged one is found out by %s', (_, changes, finding) => {
    const { hops, comparisons } = partlyPublishedCertificate
    const whole = {
      ...changes,
      ...('hops' in changes && { hops: hops.slice(0, 3), comparisons: comparisons.slice(0, 1) }),
      ...('hops.4' in changes && { hops: hops.slice(0, 4), comparisons: comparisons.slice(0, 2) }),
      ...('comparisons.1' in changes && { comparisons: comparisons.filter((_, index) => index !== 1) }),
    } as Record<string, unknown>
    delete whole['comparisons.1']
    delete whole['hops.4']
    expect(checkCertificate(forged(whole, partlyPublishedCertificate)).join('\n')).toContain(finding)
  })
})
