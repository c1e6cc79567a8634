import { type Certificate, formatDecimal } from '@findata/core'

const count = new Intl.NumberFormat('en-US')

type Figures = Pick<Certificate, 'recordType' | 'money' | 'hops' | 'publication'>

interface HopOf {
  readonly label: string
  readonly totals: Certificate['hops'][number]['totals']
}

/**
 * Every hop of every record type, to its destinations, in 77 columns: rows, and the sums of the money columns to the cent. Hops that
 * follow each other with equal figures share their lines.
 */
export function closingTable(snapshots: readonly Figures[], publications: readonly Figures[]): string {
  const lines = snapshots.flatMap((snapshot) => {
    const published = publications.filter(({ recordType }) => recordType === snapshot.recordType)
    const hops: HopOf[] = snapshot.hops.map(({ name, totals }) => ({ label: name, totals }))
    for (const [place, { hops: of, publication }] of published.entries()) {
      const take = (name: Certificate['hops'][number]['name'], label: string) =>
        hops.push(...of.filter((hop) => hop.name === name).map(({ totals }) => ({ label, totals })))
      if (place === 0) take('entities', 'entities')
      take('destination', publication?.destination ?? 'destination')
    }
    return [snapshot.recordType, ...joined(hops, snapshot)]
  })
  return [line('hop', 'rows', '', 'sum'), ...lines].join('\n')
}

function joined(hops: readonly HopOf[], of: Figures): string[] {
  const groups: { labels: string[]; figures: string; totals: HopOf['totals'] }[] = []
  for (const { label, totals } of hops) {
    const figures = hopLines('', totals, of).join('\n')
    const last = groups.at(-1)
    const isFitting = last && [...last.labels, label].join(' = ').length <= LABEL_WIDTH
    if (last?.figures === figures && isFitting) last.labels.push(label)
    else groups.push({ labels: [label], figures, totals })
  }
  return groups.flatMap(({ labels, totals }) => hopLines(labels.join(' = '), totals, of))
}

function hopLines(label: string, totals: HopOf['totals'], { money }: Figures): string[] {
  return (money.length > 0 ? money : [undefined]).map((amount, place) => {
    const isFirst = place === 0
    const sum = amount && totals.money[amount.column]?.sum
    return line(
      isFirst ? label : '',
      isFirst ? count.format(totals.rows) : '',
      amount?.column ?? '',
      sum === undefined ? '' : withSeparators(formatDecimal(sum, amount?.scale ?? 0)),
    )
  })
}

const LABEL_WIDTH = 22

function line(hop: string, rows: string, column: string, sum: string): string {
  return `  ${hop.padEnd(LABEL_WIDTH)} ${rows.padStart(7)}  ${column.padEnd(15)} ${sum.padStart(26)}`.trimEnd()
}

function withSeparators(amount: string): string {
  const [whole = '', fraction = ''] = amount.split('.')
  return `${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}.${fraction}`
}
