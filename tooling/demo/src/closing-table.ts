import { type BridgeLine, type Certificate, formatDecimal } from '@findata/core'

const count = new Intl.NumberFormat('en-US')

type Figures = Pick<Certificate, 'recordType' | 'money' | 'hops' | 'publication' | 'bridge'>

interface Step {
  readonly label: string
  readonly figures: BridgeLine
  /** What lies between two hops stands alone, whatever its figures. */
  readonly isHop: boolean
}

const BETWEEN = [
  ['rejected', 'rejected'],
  ['filtered', 'filtered'],
  ['exactDuplicates', 'exact duplicates'],
  ['folded', 'folded'],
] as const

/**
 * Every hop of every record type, to its destinations, in 77 columns: rows, and the sums of the money columns to the cent. Hops that
 * follow each other with equal figures share their lines; what lies between the rows and the entities has lines of its own.
 */
export function closingTable(snapshots: readonly Figures[], publications: readonly Figures[]): string {
  const lines = snapshots.flatMap((snapshot) => {
    const published = publications.filter(({ recordType }) => recordType === snapshot.recordType)
    const steps = snapshot.hops.map((hop) => toStep(hop.name, hop))
    for (const [place, { hops: of, publication, bridge }] of published.entries()) {
      const take = (name: Certificate['hops'][number]['name'], label: string) =>
        steps.push(...of.filter((hop) => hop.name === name).map((hop) => toStep(label, hop)))
      if (place === 0) {
        for (const [part, label] of bridge ? BETWEEN : []) {
          if (bridge?.[part].rows) steps.push({ label, figures: bridge[part], isHop: false })
        }
        take('entities', 'entities')
      }
      take('destination', publication?.destination ?? 'destination')
    }
    return [snapshot.recordType, ...joined(steps, snapshot)]
  })
  return [line('hop', 'rows', '', 'sum'), ...lines].join('\n')
}

function toStep(label: string, { totals }: Certificate['hops'][number]): Step {
  const sums = Object.entries(totals.money).map(([column, { sum }]) => [column, sum])
  return { label, figures: { rows: totals.rows, sums: Object.fromEntries(sums) }, isHop: true }
}

function joined(steps: readonly Step[], of: Figures): string[] {
  const groups: { labels: string[]; shown: string; step: Step }[] = []
  for (const step of steps) {
    const shown = stepLines('', step, of).join('\n')
    const last = groups.at(-1)
    const isFitting = last && [...last.labels, step.label].join(' = ').length <= LABEL_WIDTH
    if (isFitting && last.shown === shown && last.step.isHop && step.isHop) last.labels.push(step.label)
    else groups.push({ labels: [step.label], shown, step })
  }
  return groups.flatMap(({ labels, step }) => stepLines(labels.join(' = '), step, of))
}

function stepLines(label: string, { figures }: Step, { money }: Figures): string[] {
  return (money.length > 0 ? money : [undefined]).map((amount, place) => {
    const isFirst = place === 0
    const sum = amount && figures.sums[amount.column]
    return line(
      isFirst ? label : '',
      isFirst ? count.format(figures.rows) : '',
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
