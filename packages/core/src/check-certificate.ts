import { bridgeDifferences } from './bridge.ts'
import {
  type Certificate,
  compareHops,
  compareMapped,
  type Hop,
  type HopComparison,
  verdictOf,
} from './certificate.ts'
import type { MoneyTotals } from './control-totals.ts'
import { addDecimals, compareDecimals } from './decimal.ts'
import { moneyNotHeld, publicationDifferences } from './publication.ts'

/** Recomputes every arithmetic statement of a certificate from its own figures: one line for each that does not hold. */
export function checkCertificate(certificate: Certificate): string[] {
  const differences = [
    ...schemaDifferences(certificate),
    ...certificate.hops.flatMap((hop) => totalsDifferences(hop, certificate)),
    ...comparisonDifferences(certificate),
    ...(certificate.bridge ? bridgeDifferences(certificate.bridge, certificate.hops) : []),
    ...(certificate.publication ? publicationDifferences(certificate.publication, certificate.hops) : []),
    ...overrideDifferences(certificate),
    ...unexplainedGaps(certificate),
  ]
  if (certificate.finishedAt < certificate.startedAt) differences.push('the run finished before it started')
  const verdict = verdictOf(certificate)
  if (verdict !== certificate.verdict) {
    differences.push(`verdict: '${certificate.verdict}' is stated, its own figures say '${verdict}'`)
  }
  return differences
}

/** What is not there must be named among what was left out. */
function unexplainedGaps(certificate: Certificate): string[] {
  const { hops, leftOut, publication } = certificate
  const differences: string[] = []
  const source = leftOut.filter((line) => line.includes('source'))
  if (!hops.some(({ name }) => name === 'source')) {
    if (source.length === 0) differences.push('hops: the source is absent, and nothing says why')
    else if (publication && !source.some((line) => line.includes(publication.snapshotRunId))) {
      differences.push('hops: the source is absent, and nothing says in which certificate it stands')
    }
  }
  for (const column of moneyNotHeld(certificate)) {
    if (leftOut.some((line) => line.split(/[^\p{L}\p{N}_$#]+/u).includes(column))) continue
    differences.push(`publication: ${column} is absent, and nothing says why`)
  }
  return differences
}

function schemaDifferences({ columns, rowKey, entityKey, money }: Certificate): string[] {
  const names = new Set(columns.map(({ name }) => name))
  const ordinals = new Set(columns.map(({ ordinal }) => ordinal))
  const named = [...rowKey, ...entityKey, ...money].map(({ column }) => column)
  return [
    ...(names.size === columns.length ? [] : ['columns: two have the same name']),
    ...(ordinals.size === columns.length ? [] : ['columns: two have the same ordinal']),
    ...[...new Set(named)].filter((name) => !names.has(name)).map((name) => `columns: there is no ${name}`),
  ]
}

function totalsDifferences({ name, totals }: Hop, certificate: Certificate): string[] {
  const notHeld = name === 'mapped' || name === 'destination' ? moneyNotHeld(certificate) : []
  const differences = certificate.money
    .filter(({ column }) => !totals.money[column] && !notHeld.includes(column))
    .map(({ column }) => `${name}: no totals of ${column}`)
  if ((totals.distinctEntityKeys ?? 0) > totals.rows) {
    differences.push(`${name}: ${totals.distinctEntityKeys} distinct entity keys in ${totals.rows} rows`)
  }
  for (const [column, figures] of Object.entries(totals.money)) {
    if (figures.nonNull > totals.rows) {
      differences.push(`${name}: ${figures.nonNull} amounts of ${column} in ${totals.rows} rows`)
    }
    const impossible = impossibility(figures)
    if (impossible) differences.push(`${name}: ${column} ${impossible}`)
  }
  return differences
}

/** What no set of amounts can have: a sum outside what its count, minimum and maximum allow. */
function impossibility({ nonNull, sum, min, max }: MoneyTotals): string | undefined {
  if (nonNull === 0) {
    return min === null && max === null && sum === '0' ? undefined : `has no amounts, but a sum of ${sum}`
  }
  if (min === null || max === null) return `has ${nonNull} amounts, but no minimum or maximum`
  const isBelow = compareDecimals(sum, times(min, nonNull)) < 0
  const isAbove = compareDecimals(sum, times(max, nonNull)) > 0
  const isWrong = compareDecimals(min, max) > 0 || isBelow || isAbove
  return isWrong ? `cannot sum to ${sum}: ${nonNull} amounts from ${min} to ${max}` : undefined
}

function times(amount: string, factor: number): string {
  let product = '0'
  for (const bit of factor.toString(2)) {
    product = addDecimals(product, product)
    if (bit === '1') product = addDecimals(product, amount)
  }
  return product
}

function comparisonDifferences(certificate: Certificate): string[] {
  const { hops, comparisons } = certificate
  const differences: string[] = []
  const duplicate = hops.find(({ name }, index) => hops.findIndex((hop) => hop.name === name) !== index)
  if (duplicate) differences.push(`hops: ${duplicate.name} is there twice`)

  for (const stated of comparisons) {
    const pair = `${stated.left} = ${stated.right}`
    const left = hops.find(({ name }) => name === stated.left)
    const right = hops.find(({ name }) => name === stated.right)
    const found = left && right && compareAgain(left, right, certificate)
    if (!found) {
      differences.push(`${pair}: the hops cannot be compared`)
    } else if (!isSameComparison(stated, found)) {
      differences.push(`${pair}: the comparison stated is not what its figures give`)
    }
  }

  for (const kind of ['rows', 'entities'] as const) {
    const chain = hops.filter((hop) => hop.of === kind)
    for (const [index, right] of chain.entries()) {
      const left = chain[index - 1]
      const isCompared = comparisons.some((c) => c.left === left?.name && c.right === right.name)
      if (left && !isCompared) differences.push(`${left.name} = ${right.name}: not compared`)
    }
  }
  return differences
}

function compareAgain(left: Hop, right: Hop, { publication }: Certificate): HopComparison | undefined {
  if (left.of !== right.of) return undefined
  if (right.name !== 'mapped') return compareHops(left, right)
  return left.name === 'entities' && publication ? compareMapped(left, right, publication) : undefined
}

/** The wording may be of another version of findata; the findings may not. */
function isSameComparison(stated: HopComparison, found: HopComparison): boolean {
  return (
    stated.agrees === found.agrees &&
    stated.differences.length === found.differences.length &&
    stated.notCompared.length === found.notCompared.length
  )
}

function overrideDifferences({ guards, overrides }: Certificate): string[] {
  return guards.flatMap(({ guard, passed, overridden }) => {
    if (!overridden) return []
    const isRecorded = overrides.some(
      (o) => o.guard === guard && o.by === overridden.by && o.reason === overridden.reason,
    )
    return [
      ...(passed ? [`guard ${guard}: overridden, though it passed`] : []),
      ...(overridden.guard === guard
        ? []
        : [`guard ${guard}: overridden by an override of ${overridden.guard}`]),
      ...(isRecorded ? [] : [`guard ${guard}: its override is not among the overrides of the run`]),
    ]
  })
}
