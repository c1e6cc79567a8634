import type { Bridge, Certificate, GuardResult, HopComparison } from './certificate.ts'
import { describeConsistency } from './extractor.ts'
import { formatAmount, formatCount } from './figures.ts'
import { isNoted } from './guards.ts'
import { countNotPublished } from './publication.ts'
import { publicationItems, publicationTable } from './publication-view.ts'

export type Tone = 'good' | 'bad' | 'warning'

/** A certificate as a person reads it, whatever it is drawn on. */
export interface CertificateView {
  readonly verdict: string
  readonly tone: Tone
  readonly meaning: string
  readonly facts: readonly (readonly [label: string, value: string])[]
  readonly tables: readonly Table[]
  readonly lists: readonly List[]
}

/** The first column names the row, all others are figures. */
export interface Table {
  readonly caption: string
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export interface List {
  readonly caption: string
  readonly items: readonly Item[]
}

export interface Item {
  readonly text: string
  readonly state?: readonly [word: string, tone: Tone]
  readonly details: readonly string[]
}

const VERDICTS: Readonly<Record<Certificate['verdict'], readonly [Tone, string]>> = {
  balanced: ['good', 'All hops agree to the last digit, and no guard stopped the run.'],
  refused: ['bad', 'A guard stopped the run. What was there before is there still.'],
  differs: ['bad', 'The figures do not agree. Nothing was committed.'],
}
const PUBLISHED_DIFFERS =
  'The figures do not agree: the destination does not hold what it should. See Comparisons.'

const BRIDGE: readonly (readonly [keyof Bridge, string])[] = [
  ['read', 'rows read'],
  ['rejected', 'rejected'],
  ['filtered', 'filtered'],
  ['exactDuplicates', 'exact duplicates'],
  ['folded', 'folded'],
  ['entities', 'entities'],
]

export function viewCertificate(certificate: Certificate): CertificateView {
  return {
    ...headline(certificate),
    facts: factsOf(certificate),
    tables: [
      ...publicationTable(certificate),
      totalsTable(certificate),
      ...moneyTables(certificate),
      ...bridgeTable(certificate),
    ],
    lists: [
      { caption: 'One moment', items: (certificate.consistency.because ?? []).map(plainItem) },
      { caption: 'Publication', items: publicationItems(certificate) },
      { caption: 'Comparisons', items: certificate.comparisons.map(comparisonItem) },
      { caption: 'Guards', items: certificate.guards.map(guardItem) },
      { caption: 'Left out', items: certificate.leftOut.map(plainItem) },
      {
        caption: 'Stored objects',
        items: certificate.objects.map(({ key, bytes, sha256 }) => ({
          text: key,
          details: [`${formatCount(bytes)} bytes, sha256`, sha256],
        })),
      },
    ].filter(({ items }) => items.length > 0),
  }
}

function headline(certificate: Certificate): Pick<CertificateView, 'verdict' | 'tone' | 'meaning'> {
  const { verdict, guards, publication } = certificate
  const [tone, meaning] = VERDICTS[verdict]
  const word = verdict.toUpperCase()
  if (verdict === 'differs' && publication) return { verdict: word, tone, meaning: PUBLISHED_DIFFERS }
  if (verdict !== 'balanced') return { verdict: word, tone, meaning }

  const overridden = guards.flatMap(({ guard, overridden }) => (overridden ? [{ ...overridden, guard }] : []))
  const missing = publication ? countNotPublished(publication) : 0
  if (overridden.length === 0 && missing === 0) return { verdict: word, tone, meaning }
  const words = [word]
  const meanings = ['All hops agree to the last digit.']
  if (missing > 0) {
    words.push(`${formatCount(missing)} NOT PUBLISHED`)
    meanings.push(`Not every record is published: see Publication.`)
  }
  if (overridden.length > 0) {
    words.push(`${overridden.length} ${overridden.length === 1 ? 'GUARD' : 'GUARDS'} OVERRIDDEN`)
    const reasons = Map.groupBy(overridden, ({ by, reason }) => `${by}: ${reason}`)
    const told = [...reasons].map(([why, ones]) => `${ones.map(({ guard }) => guard).join(', ')} by ${why}`)
    meanings.push(`Overridden: ${told.join('; ')}`)
  }
  return { verdict: words.join(', '), tone: 'warning', meaning: meanings.join(' ') }
}

function factsOf(certificate: Certificate): [string, string][] {
  const { consistency, window, executions, versions, publication } = certificate
  return [
    ['record type', certificate.recordType],
    ['run', certificate.runId],
    ...(publication
      ? ([
          ['destination', `${publication.destination}: ${publication.target}`],
          ['snapshot', publication.snapshotRunId],
        ] as [string, string][])
      : []),
    ['started', certificate.startedAt],
    ['finished', certificate.finishedAt],
    ['one moment', `${describeConsistency(consistency)}, fixed at ${consistency.fixedAt}`],
    ...(window ? [['window', `${window.from ?? 'the beginning'} to ${window.to}`] as [string, string]] : []),
    publication
      ? ['calls', `${formatCount(publication.calls)} to the destination`]
      : ['executions', `${executions} of the query`],
    [
      'versions',
      Object.entries(versions)
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    ],
  ]
}

function totalsTable({ hops }: Certificate): Table {
  return {
    caption: 'Control totals',
    header: ['Hop', 'Rows', 'Distinct keys', 'Set hash'],
    rows: hops.map(({ name, totals }) => [
      name,
      formatCount(totals.rows),
      totals.distinctEntityKeys === undefined ? 'not known' : formatCount(totals.distinctEntityKeys),
      totals.setHash ?? 'not known',
    ]),
  }
}

function moneyTables({ hops, money }: Certificate): Table[] {
  return money.map(({ column, scale }) => ({
    caption: column,
    header: ['Hop', 'Amounts', 'Sum', 'Minimum', 'Maximum'],
    rows: hops.flatMap(({ name, totals }) => {
      const figures = totals.money[column]
      if (!figures) return []
      const { nonNull, sum, min, max } = figures
      return [[name, formatCount(nonNull), ...[sum, min, max].map((amount) => formatAmount(amount, scale))]]
    }),
  }))
}

function bridgeTable({ bridge, money }: Certificate): Table[] {
  if (!bridge) return []
  const rows = BRIDGE.map(([part, label]) => [
    label,
    formatCount(bridge[part].rows),
    ...money.map(({ column, scale }) => formatAmount(bridge[part].sums[column] ?? null, scale)),
  ])
  return [{ caption: 'Bridge', header: ['', 'Rows', ...money.map(({ column }) => column)], rows }]
}

function plainItem(text: string): Item {
  return { text, details: [] }
}

function comparisonItem({ left, right, agrees, differences, notCompared }: HopComparison): Item {
  return {
    text: `${left} = ${right}`,
    state: agrees ? ['agrees', 'good'] : ['DIFFERS', 'bad'],
    details: [...differences, ...notCompared.map((what) => `not compared: ${what}`)],
  }
}

function guardItem(result: GuardResult): Item {
  const { guard, evidence, examples, overridden } = result
  return {
    text: `${guard}: ${evidence}`,
    state: guardState(result),
    details: [...(overridden ? [`by ${overridden.by}: ${overridden.reason}`] : []), ...examples],
  }
}

function guardState(result: GuardResult): readonly [word: string, tone: Tone] {
  if (isNoted(result)) return ['noted', 'warning']
  if (result.passed) return ['passed', 'good']
  return result.overridden ? ['OVERRIDDEN', 'warning'] : ['FAILED', 'bad']
}
