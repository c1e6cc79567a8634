import type { Certificate } from '@findata/core'

const count = new Intl.NumberFormat('en-US')

/** Every hop of every record type: rows, and under them the sums of money, in 80 columns. */
export function closingTable(certificates: readonly Certificate[]): string {
  return [
    row('rows and sums', 'source', 'read', 'file'),
    ...certificates.flatMap(({ recordType, hops, money }) => {
      const totalsOf = (name: string) => hops.find((hop) => hop.name === name)?.totals
      const hopNames = ['source', 'read', 'file'] as const
      return [
        row(recordType, ...hopNames.map((hop) => count.format(totalsOf(hop)?.rows ?? Number.NaN))),
        ...money.map(({ column }) =>
          row(`  ${column}`, ...hopNames.map((hop) => totalsOf(hop)?.money[column]?.sum ?? '-')),
        ),
      ]
    }),
  ].join('\n')
}

function row(label: string, ...figures: readonly string[]): string {
  return label.padEnd(20) + figures.map((figure) => figure.padStart(20)).join('')
}
