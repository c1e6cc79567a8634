import { describe, expect, test } from 'vitest'
import { exampleFacts } from '../test/example-certificate.ts'
import { compareHops, createCertificate, type Hop } from './certificate.ts'
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
