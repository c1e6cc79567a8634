import {
  diffRows,
  EXIT_CODES,
  openScratchFolder,
  type RowDiff,
  readJsonArray,
  type SnapshotManifest,
  subtractDecimals,
  TerminalError,
  type Value,
} from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import { formatAmount, formatCount } from '../report.ts'
import { parseSnapshotReference } from '../snapshot-reference.ts'
import { openSnapshotOf } from '../stored-snapshot.ts'

export interface DiffOptions {
  /** How many rows of each kind to show; all are counted. */
  readonly limit: number
  readonly exitCode: boolean
}

/** Rows added, removed and changed from snapshot `a` to `b`; `a` alone is compared with the one before it. */
export async function runDiff(
  context: CommandContext,
  a: string,
  b: string | undefined,
  options: DiffOptions,
): Promise<CommandResult> {
  const store = context.openStore()
  const older = await openSnapshotOf(store, b === undefined ? previousOf(a) : a)
  const newer = await openSnapshotOf(store, b ?? a)
  if (older.manifest.recordType !== newer.manifest.recordType) {
    throw new TerminalError(
      'USAGE',
      `${older.manifest.recordType} and ${newer.manifest.recordType} are different record types. Compare two snapshots of one.`,
    )
  }
  await using scratch = await openScratchFolder()
  const rowsOf =
    ({ data, columns }: SnapshotManifest) =>
    () =>
      readJsonArray(store.readBack(data, { signal: context.signal }).chunks, columns, { name: data.key })
  const difference = await diffRows({
    left: rowsOf(older.manifest),
    right: rowsOf(newer.manifest),
    leftSchema: older.manifest,
    rightSchema: newer.manifest,
    rowKey: newer.manifest.rowKey,
    scratch,
    maxExamples: options.limit,
  })
  const totals = moneyChanges(older.manifest, newer.manifest)
  context.print(describeDifference(older.manifest, newer.manifest, difference, totals))
  const isSame = difference.added + difference.removed + difference.changed === 0
  return {
    exitCode: options.exitCode && !isSame ? EXIT_CODES.differences : EXIT_CODES.done,
    result: {
      recordType: newer.manifest.recordType,
      from: older.manifest.runId,
      to: newer.manifest.runId,
      ...difference,
      totals,
    },
  }
}

/** The snapshot before the one that a reference means: `units` is compared with `units~1`. */
function previousOf(text: string): string {
  const reference = parseSnapshotReference(text)
  if (!reference || reference.runId !== undefined) {
    throw new TerminalError(
      'USAGE',
      `Name two snapshots, or one without a run id: s3-cli diff task_orders compares task_orders~1 with the newest.`,
    )
  }
  return `${reference.recordType}~${(reference.back ?? 0) + 1}`
}

interface MoneyChange {
  readonly from: string
  readonly to: string
  readonly difference: string
}

function moneyChanges(
  older: SnapshotManifest,
  newer: SnapshotManifest,
): Readonly<Record<string, MoneyChange>> {
  const changes = Object.entries(newer.totals.money).flatMap(([column, { sum: to }]) => {
    const from = older.totals.money[column]?.sum
    return from === undefined ? [] : [[column, { from, to, difference: subtractDecimals(to, from) }] as const]
  })
  return Object.fromEntries(changes)
}

function describeDifference(
  older: SnapshotManifest,
  newer: SnapshotManifest,
  difference: RowDiff,
  totals: Readonly<Record<string, MoneyChange>>,
): string {
  const { added, removed, changed, unchanged, columnsAdded, columnsRemoved, examples } = difference
  const more = (shown: readonly unknown[], count: number) =>
    count > shown.length && shown.length > 0 ? [`    … and ${formatCount(count - shown.length)} more`] : []
  return [
    `${newer.recordType}: ${older.runId} -> ${newer.runId}`,
    `  ${formatCount(added)} added, ${formatCount(removed)} removed, ${formatCount(changed)} changed, ${formatCount(unchanged)} unchanged`,
    ...Object.entries(totals).map(
      ([column, { to, difference }]) =>
        `  ${column.padEnd(22)} ${formatAmount(to).padStart(30)}  (${difference.startsWith('-') ? '' : '+'}${formatAmount(difference)})`,
    ),
    ...columnsAdded.map((column) => `  new column ${column}`),
    ...columnsRemoved.map((column) => `  column ${column} is gone`),
    ...examples.added.map(({ key }) => `  + ${key}`),
    ...more(examples.added, added),
    ...examples.removed.map(({ key }) => `  - ${key}`),
    ...more(examples.removed, removed),
    ...examples.changed.flatMap(({ key, changes }) => [
      `  ~ ${key}`,
      ...changes.map(({ column, from, to }) => `      ${column}: ${shown(from)} -> ${shown(to)}`),
    ]),
    ...more(examples.changed, changed),
  ].join('\n')
}

function shown(value: Value): string {
  if (value === null) return 'NULL'
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}
