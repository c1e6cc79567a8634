import type { BridgeLine, Certificate, Publication } from './certificate.ts'
import type { Item, Table } from './certificate-view.ts'
import { addDecimals } from './decimal.ts'
import { formatAmount, formatCount } from './figures.ts'
import { BESIDES, countNotPublished } from './publication.ts'
import type { NotPublished } from './publisher.ts'

const NOT_PUBLISHED: readonly (readonly [NotPublished, string])[] = [
  [
    'rejected',
    'Rejected: the destination cannot hold them or cannot tell them apart; s3-cli plan names each with its reason.',
  ],
  ['refused', 'Refused: the destination did not accept them. They are tried again by the next run.'],
  ['stale', 'Stale: somebody changed them there since the plan was made. Plan again.'],
  [
    'held',
    'Held: they were sent and no answer came. The next run looks whether they arrived, so that none is there twice.',
  ],
  ['waiting', 'Waiting: not sent yet. The next run sends them.'],
]

const BESIDE_LABELS: Readonly<Record<(typeof BESIDES)[number], string>> = {
  departed: 'only there',
  duplicates: 'duplicates there',
  outdated: 'outdated there',
}

/** What became of the entities, then what else the destination holds, with the money that it has a place for. */
export function publicationTable({ publication, money, hops }: Certificate): Table[] {
  if (!publication) return []
  const { destination, entities, published, notPublished } = publication
  const held = money.filter(({ column }) => entities.sums[column] !== undefined)
  const lines = [
    ['entities', entities] as const,
    ['published', published] as const,
    ...NOT_PUBLISHED.map(([part]) => [part, notPublished[part]] as const).filter(([, { rows }]) => rows > 0),
    ...BESIDES.filter((part) => part !== 'outdated' || publication.outdated.rows > 0).map(
      (part) => [BESIDE_LABELS[part], publication[part]] as const,
    ),
    ...allThere(publication, hops),
  ]
  return [
    {
      caption: `Published to ${destination}`,
      header: ['', 'Records', ...held.map(({ column }) => column)],
      rows: lines.map(([label, { rows, sums }]) => [
        label,
        formatCount(rows),
        ...held.map(({ column, scale }) => formatAmount(sums[column] ?? null, scale)),
      ]),
    },
  ]
}

/** What adding up all of the destination gives. */
function allThere(publication: Publication, hops: Certificate['hops']): (readonly [string, BridgeLine])[] {
  const totals = hops.find(({ name }) => name === 'destination')?.totals
  if (!totals) return []
  const sums = Object.entries(totals.money).map(([column, { sum }]) => [
    column,
    BESIDES.reduce((whole, part) => addDecimals(whole, publication[part].sums[column] ?? '0'), sum),
  ])
  return [['all there', { rows: publication.present, sums: Object.fromEntries(sums) }]]
}

/** What was done there, what the parts that are not published wait for, and what the sums lack. */
export function publicationItems({ publication }: Certificate): Item[] {
  if (!publication) return []
  const { sent, unchanged, notPublished } = publication
  const done = [
    [sent.creates, 'created'],
    [sent.updates, 'updated'],
    [sent.deletes, 'deleted'],
    [unchanged, 'unchanged'],
  ] as const
  const unreadable = BESIDES.reduce((sum, part) => sum + publication[part].unreadable, 0)
  const isOne = unreadable === 1
  return [
    done.map(([count, what]) => `${formatCount(count)} ${what}`).join(', '),
    ...(countNotPublished(publication) === 0
      ? ['Nothing is rejected, refused, stale, held or waiting.']
      : NOT_PUBLISHED.filter(([part]) => notPublished[part].rows > 0).map(([, text]) => text)),
    ...(unreadable > 0
      ? [
          `${formatCount(unreadable)} ${isOne ? 'amount' : 'amounts'} of records there that are not published ${isOne ? 'is no number and is' : 'are no numbers and are'} missing in the sums.`,
        ]
      : []),
  ].map((text) => ({ text, details: [] }))
}
