import { openLineFile, type PlanEntry, type ScratchFolder, type TargetField } from '@findata/core'

/** The order in which entries are sent and shown: changed money first, what is only reported last. */
const RANKS = ['money', 'creates', 'updates', 'departed', 'notes'] as const
type Rank = (typeof RANKS)[number]

export interface EntryCounts {
  readonly creates: number
  readonly updates: number
  readonly deletes: number
  readonly held: number
  readonly rejected: number
  readonly changesByField: Readonly<Record<string, number>>
}

/** The entries of a plan on disk, the most important first. */
export interface PlanEntries extends AsyncDisposable {
  readonly counts: EntryCounts
  add(entry: PlanEntry, rank?: Rank): Promise<void>
  entries(): AsyncIterable<PlanEntry>
}

export async function openPlanEntries(
  fields: readonly TargetField[],
  scratch: ScratchFolder,
): Promise<PlanEntries> {
  await using opening = new AsyncDisposableStack()
  const files = new Map(
    await Promise.all(RANKS.map(async (rank) => [rank, opening.use(await openLineFile(scratch))] as const)),
  )
  const moneyFields = new Set(fields.filter(({ money }) => money).map(({ name }) => name))
  const ignored = ignoredFields(fields)
  const counts = { creates: 0, updates: 0, deletes: 0, held: 0, rejected: 0 }
  const changesByField: Record<string, number> = {}

  const count = (entry: PlanEntry) => {
    if (entry.kind === 'create') counts.creates++
    if (entry.kind === 'delete') counts.deletes++
    if (entry.kind === 'held') counts.held++
    if (entry.kind === 'rejected') counts.rejected++
    if (entry.kind !== 'update') return
    counts.updates++
    for (const { field } of entry.changes) {
      if (!ignored.has(field)) changesByField[field] = (changesByField[field] ?? 0) + 1
    }
  }

  const rankOf = (entry: PlanEntry): Rank => {
    if (entry.kind === 'create' || entry.kind === 'held') return 'creates'
    if (entry.kind === 'delete') return 'departed'
    if (entry.kind !== 'update') return 'notes'
    return entry.changes.some(({ field }) => moneyFields.has(field)) ? 'money' : 'updates'
  }

  const opened = opening.move()
  return {
    get counts() {
      return { ...counts, changesByField }
    },
    async add(entry, rank = rankOf(entry)) {
      count(entry)
      await files.get(rank)?.append(JSON.stringify(entry))
    },
    async *entries() {
      for (const file of files.values()) {
        for await (const line of file.lines()) yield JSON.parse(line) as PlanEntry
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The fields that are sent along with changes and never are one. */
export function ignoredFields(fields: readonly TargetField[]): ReadonlySet<string> {
  return new Set(fields.filter(({ isIgnoredInDiff }) => isIgnoredInDiff).map(({ name }) => name))
}
