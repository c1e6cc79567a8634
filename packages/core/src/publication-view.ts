import type { Certificate } from './certificate.ts'
import type { Item, Table } from './certificate-view.ts'
import { formatAmount, formatCount } from './figures.ts'
import type { NotPublished } from './publisher.ts'

const NOT_PUBLISHED: readonly (readonly [NotPublished, string])[] = [
  ['rejected', 'Rejected: the destination cannot hold them. Correct them in the source.'],
  ['refused', 'Refused: the destination did not accept them. They are tried again by the next run.'],
  ['stale', 'Stale: somebody changed them there since the plan was made. Plan again.'],
  [
    'held',
    'Held: they were sent and no answer came. The next run looks whether they arrived, so that none is there twice.',
  ],
  ['waiting', 'Waiting: not sent yet. The next run sends them.'],
]

/** What became of the entities, with the money that the destination holds. */
export function publicationTable({ publication, money }: Certificate): Table[] {
  if (!publication) return []
  const { destination, entities, published, notPublished } = publication
  const held = money.filter(({ column }) => entities.sums[column] !== undefined)
  const lines = [
    ['entities', entities] as const,
    ['published', published] as const,
    ...NOT_PUBLISHED.map(([part]) => [part, notPublished[part]] as const),
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

/** What was done there, and what the parts that are not published wait for. */
export function publicationItems({ publication }: Certificate): Item[] {
  if (!publication) return []
  const { sent, unchanged, departed, duplicates, notPublished } = publication
  const done = [
    [sent.creates, 'created'],
    [sent.updates, 'updated'],
    [sent.deletes, 'deleted'],
    [unchanged, 'unchanged'],
  ] as const
  return [
    done.map(([count, what]) => `${formatCount(count)} ${what}`).join(', '),
    `${formatCount(departed)} only in the destination`,
    `${formatCount(duplicates)} in the destination with the key of another record`,
    ...NOT_PUBLISHED.filter(([part]) => notPublished[part].rows > 0).map(([, text]) => text),
  ].map((text) => ({ text, details: [] }))
}
