import type { Certificate, Hop, Publication } from './certificate.ts'
import { addDecimals, compareDecimals } from './decimal.ts'

/** Where a publication does not hold: its own arithmetic, and its ends against the hops. Empty when all agrees. */
export function publicationDifferences(publication: Publication, hops: readonly Hop[]): string[] {
  const { entities, published, notPublished } = publication
  const parts = { published, ...notPublished }
  const differences: string[] = []
  const rows = Object.values(parts).reduce((sum, line) => sum + line.rows, 0)
  if (rows !== entities.rows)
    differences.push(`publication: ${entities.rows} entities, ${rows} accounted for`)

  const lines = Object.entries({ entities, ...parts })
  for (const column of new Set(lines.flatMap(([, { sums }]) => Object.keys(sums)))) {
    const without = lines.filter(([, { sums }]) => sums[column] === undefined).map(([name]) => name)
    if (without.length > 0) {
      differences.push(`publication: no sum of ${column} for ${without.join(', ')}`)
      continue
    }
    const whole = entities.sums[column] as string
    const sum = Object.values(parts).reduce((sum, { sums }) => addDecimals(sum, sums[column] as string), '0')
    if (compareDecimals(whole, sum) !== 0) {
      differences.push(`publication: ${column} of the entities sums to ${whole}, ${sum} is accounted for`)
    }
  }
  return [...differences, ...endDifferences(publication, hops), ...presentDifferences(publication, hops)]
}

/** The records of a destination that do not count as published, by why. */
export const BESIDES = ['departed', 'duplicates', 'outdated'] as const

/** Every record of the destination must be accounted for, with its money. */
function presentDifferences(publication: Publication, hops: readonly Hop[]): string[] {
  const { entities, present } = publication
  const destination = hops.find(({ name }) => name === 'destination')
  if (!destination) return []
  const rows = BESIDES.reduce((sum, part) => sum + publication[part].rows, destination.totals.rows)
  return [
    ...(rows === present
      ? []
      : [`publication: ${present} records in the destination, ${rows} accounted for`]),
    ...Object.keys(entities.sums).flatMap((column) =>
      BESIDES.filter((part) => publication[part].sums[column] === undefined).map(
        (part) => `publication: no sum of ${column} for ${part}`,
      ),
    ),
  ]
}

/** The entities of the hop, and the published ones as mapped, must be those of the publication; the destination must be there. */
function endDifferences({ entities, published }: Publication, hops: readonly Hop[]): string[] {
  const ends = [
    ['entities', entities],
    ['mapped', published],
  ] as const
  const isReadBack = hops.some(({ name }) => name === 'destination')
  const atEnds = ends.flatMap(([name, line]) => {
    const totals = hops.find((hop) => hop.name === name)?.totals
    if (!totals) return [`publication: there is no hop ${name}`]
    const sums = Object.entries(line.sums).filter(([column, sum]) => {
      const found = totals.money[column]?.sum
      return found === undefined || compareDecimals(found, sum) !== 0
    })
    return [
      ...(totals.rows === line.rows
        ? []
        : [`publication: ${line.rows} at ${name}, the hop has ${totals.rows}`]),
      ...sums.map(
        ([column, sum]) =>
          `publication: ${column} at ${name} sums to ${sum}, the hop has ${totals.money[column]?.sum ?? 'none'}`,
      ),
    ]
  })
  return isReadBack ? atEnds : [...atEnds, 'publication: there is no hop destination']
}

/** The money columns of the record type that the destination of a publication does not hold. */
export function moneyNotHeld({ publication, money }: Certificate): readonly string[] {
  return publication
    ? money.map(({ column }) => column).filter((column) => publication.entities.sums[column] === undefined)
    : []
}

/** How many entities are not published. */
export function countNotPublished({ notPublished }: Publication): number {
  return Object.values(notPublished).reduce((sum, { rows }) => sum + rows, 0)
}
