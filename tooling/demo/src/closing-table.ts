import { type Certificate, formatDecimal } from '@findata/core'

const count = new Intl.NumberFormat('en-US')

/** Every hop of every record type: its rows, and the sums of its money columns to the cent, in 77 columns. */
export function closingTable(certificates: readonly Certificate[]): string {
  const lines = certificates.flatMap(({ recordType, hops, money }) =>
    hops.flatMap(({ name, totals }, hop) =>
      (money.length > 0 ? money : [undefined]).map((amount, place) => {
        const isFirst = place === 0
        const sum = amount && totals.money[amount.column]?.sum
        return line(
          hop === 0 && isFirst ? recordType : '',
          isFirst ? name : '',
          isFirst ? count.format(totals.rows) : '',
          amount?.column ?? '',
          sum === undefined ? '' : withSeparators(formatDecimal(sum, amount?.scale ?? 0)),
        )
      }),
    ),
  )
  return [line('record type', 'hop', 'rows', '', 'sum'), ...lines].join('\n')
}

function line(recordType: string, hop: string, rows: string, column: string, sum: string): string {
  return `${recordType.padEnd(18)} ${hop.padEnd(6)} ${rows.padStart(7)}  ${column.padEnd(14)} ${sum.padStart(27)}`.trimEnd()
}

function withSeparators(amount: string): string {
  const [whole = '', fraction = ''] = amount.split('.')
  return `${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}.${fraction}`
}
