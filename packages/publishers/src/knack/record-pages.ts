import { TransientError } from '@findata/core'

export interface RecordPage<T> {
  readonly records: readonly T[]
  /** As announced: an estimate. */
  readonly totalRecords: number | undefined
  readonly totalPages: number | undefined
}

/** Pages count from 1. `isLastSize`: no smaller page will be asked for, so that it is worth trying hard. */
export type ReadPage<T> = (page: number, rows: number, isLastSize: boolean) => Promise<RecordPage<T>>

const MOST_ROWS = 1_000
const FEWEST_ROWS = 125
/** By how much an announced total may be wrong without anything having changed. */
const ESTIMATE_ERROR = 10
const MOST_PASSES = 5

/**
 * Each record once, although records come, go and move between the pages. One that goes shifts those behind it into pages that were
 * read already, so the whole is read again when a record came twice, when the announced totals changed meanwhile, or when they are
 * further from what was read than an estimate can be, until a pass is quiet.
 */
export async function* readEachOnce<T extends { readonly id: string }>(
  readPage: ReadPage<T>,
): AsyncGenerator<readonly T[]> {
  const seen = new Set<string>()
  let rows = MOST_ROWS

  for (let pass = 1; pass <= MOST_PASSES; pass++) {
    const totals = new Set<number>()
    const met = new Set<string>()
    let lastTotal: number | undefined
    let newcomers = 0
    let hasMoved = false

    for (let page = 1, isLast = false; !isLast; page++) {
      const read = await readOrHalve(page)
      page = read.page
      const { records, totalRecords, totalPages } = read
      const fresh = records.filter(({ id }) => {
        hasMoved ||= met.has(id)
        met.add(id)
        if (seen.has(id)) return false
        seen.add(id)
        return true
      })
      newcomers += fresh.length
      if (fresh.length > 0) yield fresh
      if (totalRecords !== undefined) totals.add(totalRecords)
      lastTotal = totalRecords ?? lastTotal
      // A short page with pages behind it is no end: the server may give fewer rows than were asked for.
      isLast = records.length === 0 || (records.length < rows && page >= (totalPages ?? 0))
    }

    const isExplained = lastTotal === undefined || Math.abs(lastTotal - met.size) <= ESTIMATE_ERROR
    // A pass in which something changed proves nothing, even if it finds nothing new: the same record may have slipped away again.
    const isQuiet = totals.size <= 1 && !hasMoved
    if (isQuiet && (isExplained || (pass > 1 && newcomers === 0))) return
  }

  /** A page that is too large for the server begins where a smaller one begins, with a higher number. */
  async function readOrHalve(first: number): Promise<RecordPage<T> & { readonly page: number }> {
    for (let page = first; ; ) {
      const isLastSize = rows <= FEWEST_ROWS
      try {
        return { ...(await readPage(page, rows, isLastSize)), page }
      } catch (error) {
        if (isLastSize || !(error instanceof TransientError) || !mayBeTooLarge(error)) throw error
        rows /= 2
        page = 2 * page - 1
      }
    }
  }
}

function mayBeTooLarge({ details }: TransientError): boolean {
  return details.status !== 429 && details.wasSent !== false
}
