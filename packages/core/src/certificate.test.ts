import { describe, expect, test } from 'vitest'
import { exampleFacts } from '../test/example-certificate.ts'
import {
  partlyPublishedCertificate,
  publishedCertificate,
  publishedFacts,
} from '../test/example-publication.ts'
import { compareHops, compareMapped, createCertificate, type Hop } from './certificate.ts'
import type { ControlTotals } from './control-totals.ts'

const totals: ControlTotals = {
  rows: 2,
  money: { AMOUNT: { nonNull: 1, sum: '9999999999999999.99', min: '-1', max: null } },
  distinctEntityKeys: 2,
  setHash: '00'.repeat(16),
}
const hop = (name: Hop['name'], changes: Partial<ControlTotals> = {}): Hop => ({
  name,
  of: 'rows',
  totals: { ...totals, ...changes },
})

describe('comparing hops', () => {
  test('equal figures agree', () => {
    expect(compareHops(hop('read'), hop('file'))).toEqual({
      left: 'read',
      right: 'file',
      agrees: true,
      differences: [],
      notCompared: [],
    })
  })

  test('A6: a difference in the sixteenth digit is one, and both figures are shown', () => {
    const other = hop('file', {
      money: { AMOUNT: { ...totals.money.AMOUNT, sum: '9999999999999999.98' } as never },
    })
    expect(compareHops(hop('read'), other)).toMatchObject({
      agrees: false,
      differences: ['AMOUNT sum: read 9999999999999999.99, file 9999999999999999.98'],
    })
  })

  test('every figure is compared, NULL too', () => {
    const other = hop('file', {
      rows: 3,
      distinctEntityKeys: 1,
      setHash: '11'.repeat(16),
      money: { AMOUNT: { nonNull: 2, sum: '0', min: '-1.5', max: '4' } },
    })
    expect(compareHops(hop('read'), other).differences).toEqual([
      'rows: read 2, file 3',
      'AMOUNT non-null: read 1, file 2',
      'AMOUNT sum: read 9999999999999999.99, file 0',
      'AMOUNT minimum: read -1, file -1.5',
      'AMOUNT maximum: read NULL, file 4',
      'distinct entity keys: read 2, file 1',
      `set hash: read ${'00'.repeat(16)}, file ${'11'.repeat(16)}`,
    ])
  })

  test('what one side cannot know is named, not guessed', () => {
    const { setHash: _, ...known } = totals
    expect(compareHops({ name: 'source', of: 'rows', totals: known }, hop('read'))).toMatchObject({
      agrees: true,
      notCompared: ['set hash (not known at source)'],
    })
  })

  test('a money column that one side lacks is a difference', () => {
    expect(compareHops(hop('read'), hop('file', { money: {} }))).toMatchObject({
      agrees: false,
      differences: ['AMOUNT: no totals at file'],
    })
  })

  test('rows are not compared with entities', () => {
    expect(() => compareHops(hop('read'), { ...hop('entities'), of: 'entities' })).toThrow(RangeError)
  })
})

describe('comparing entities with what is mapped', () => {
  const none = { rows: 0, sums: { AMOUNT: '0' } }
  const notPublished = { rejected: none, refused: none, stale: none, held: none, waiting: none }
  const amounts = (rows: number, sum: string): Partial<ControlTotals> => ({
    rows,
    money: { AMOUNT: { nonNull: rows, sum, min: '0', max: sum } },
  })
  const entities = hop('entities', amounts(4, '9999999999999999.99'))

  test('what is not published is taken off, rows and sums', () => {
    const mapped = hop('mapped', amounts(1, '9999999999999999.98'))
    const less = {
      ...notPublished,
      refused: { rows: 2, sums: { AMOUNT: '0' } },
      held: { rows: 1, sums: { AMOUNT: '0.01' } },
    }
    expect(compareMapped(entities, mapped, { notPublished: less })).toMatchObject({
      left: 'entities',
      right: 'mapped',
      agrees: true,
      differences: [],
    })
  })

  test('A6: a cent in the last digit is a difference, and so is a record', () => {
    const mapped = hop('mapped', amounts(3, '9999999999999999.98'))
    expect(compareMapped(entities, mapped, { notPublished })).toMatchObject({
      agrees: false,
      differences: [
        'rows: entities 4 less 0 not published is 4, mapped 3',
        'AMOUNT sum: entities 9999999999999999.99 less 0 not published is 9999999999999999.99, mapped 9999999999999999.98',
      ],
    })
  })

  test("counts, extremes, keys and hash may be of the destination's own form", () => {
    const mapped = hop('mapped', {
      rows: 4,
      money: { AMOUNT: { nonNull: 4, sum: '9999999999999999.99', min: '0', max: null } },
      distinctEntityKeys: 1,
      setHash: '11'.repeat(16),
    })
    expect(compareMapped(entities, mapped, { notPublished })).toMatchObject({
      agrees: true,
      notCompared: [expect.stringContaining("in the destination's own form")],
    })
  })

  test('a column that the destination does not hold is named as not compared', () => {
    const { agrees, notCompared } = compareMapped(entities, hop('mapped', { rows: 4, money: {} }), {
      notPublished,
    })
    expect(agrees).toBe(true)
    expect(notCompared).toContain('AMOUNT (the destination does not hold it)')
  })

  test('a column that only the destination has is a difference, and so is a sum that nobody gave', () => {
    const without = hop('entities', { rows: 4, money: {} })
    const mapped = hop('mapped', amounts(4, '9999999999999999.99'))
    expect(compareMapped(without, mapped, { notPublished }).differences).toEqual([
      'AMOUNT: no totals at entities',
    ])
    const unknown = { ...notPublished, stale: { rows: 0, sums: {} } }
    expect(compareMapped(entities, mapped, { notPublished: unknown }).differences).toEqual([
      'AMOUNT: no sum of what is not published, stale',
    ])
  })
})

describe('the worked example, published', () => {
  test('is 3 entities of 106.85 at the destination, and balanced', () => {
    const { verdict, publication, hops, comparisons } = publishedCertificate
    expect(verdict).toBe('balanced')
    expect(publication?.published).toEqual({ rows: 3, sums: { AMOUNT: '106.85' } })
    expect(hops.at(-1)).toMatchObject({
      name: 'destination',
      totals: { rows: 3, money: { AMOUNT: { sum: '106.85' } } },
    })
    expect(comparisons.map(({ left, right, agrees }) => [left, right, agrees])).toEqual([
      ['read', 'file', true],
      ['entities', 'mapped', true],
      ['mapped', 'destination', true],
    ])
  })

  test('is balanced too when a refused record accounts for its 7.00', () => {
    const { verdict, publication } = partlyPublishedCertificate
    expect(verdict).toBe('balanced')
    expect(publication?.published).toEqual({ rows: 2, sums: { AMOUNT: '99.85' } })
  })

  test('differs when the destination lacks a cent', () => {
    const [mapped, destination] = publishedFacts.hops.slice(3) as [Hop, Hop]
    const short = {
      ...destination,
      totals: {
        ...destination.totals,
        money: { AMOUNT: { nonNull: 3, sum: '106.84', min: '-0.25', max: '100.1' } },
      },
    }
    const certificate = createCertificate({
      ...publishedFacts,
      hops: [...publishedFacts.hops.slice(0, 4), short],
      comparisons: [...publishedFacts.comparisons.slice(0, 2), compareHops(mapped, short)],
    })
    expect(certificate.verdict).toBe('differs')
    expect(certificate.comparisons.at(-1)?.differences).toEqual([
      'AMOUNT sum: mapped 106.85, destination 106.84',
    ])
  })

  test('differs when a record is not accounted for', () => {
    const { publication } = publishedFacts
    const published = { rows: 2, sums: { AMOUNT: '106.85' } }
    expect(createCertificate({ ...publishedFacts, publication: { ...publication, published } }).verdict).toBe(
      'differs',
    )
  })
})

describe('the verdict', () => {
  const refused = { guard: 'shrink', passed: false, evidence: '-40 %, limit 20 %', examples: [] } as const

  test('is balanced when all hops agree and every guard passed or was overridden', () => {
    expect(createCertificate(exampleFacts)).toMatchObject({
      version: 1,
      kind: 'findata-certificate',
      verdict: 'balanced',
    })
  })

  test('is refused when a guard stopped the run', () => {
    expect(createCertificate({ ...exampleFacts, guards: [refused] }).verdict).toBe('refused')
  })

  test('is differs when hops do not agree, whatever the guards say', () => {
    const comparisons = [compareHops(hop('read'), hop('file', { rows: 1 }))]
    expect(createCertificate({ ...exampleFacts, comparisons, guards: [refused] }).verdict).toBe('differs')
  })

  test('is differs when the bridge does not hold', () => {
    const { bridge } = exampleFacts
    const broken = { ...bridge, folded: { rows: 1, sums: { AMOUNT: '100.11' } } } as typeof bridge & {}
    expect(createCertificate({ ...exampleFacts, bridge: broken }).verdict).toBe('differs')
  })
})
