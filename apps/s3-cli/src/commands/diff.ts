import {
  diffRows,
  EXIT_CODES,
  formatCount,
  openScratchFolder,
  type RowDiff,
  readJsonArray,
  type SnapshotManifest,
  subtractDecimals,
  TerminalError,
  type Value,
} from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import { formatAmount, sumLines, sumsOf } from '../report.ts'
import { openSnapshotOf, type StoredSnapshot } from '../stored-snapshot.ts'

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
  const newer = await openSnapshotOf(store, b ?? a, context.catalogue)
  const older = await openSnapshotOf(store, b === undefined ? referenceBefore(newer) : a, context.catalogue)
  if (older.manifest.recordType !== newer.manifest.recordType) {
    throw new TerminalError(
      'USAGE',
      `${older.manifest.recordType} and ${newer.manifest.recordType} are different record types. Compare two snapshots of one.`,
    )
  }
  const keyOf = ({ rowKey }: SnapshotManifest) => rowKey.map(({ column }) => column).join(', ')
  if (keyOf(older.manifest) !== keyOf(newer.manifest)) {
    throw new TerminalError(
      'USAGE',
      `The row key of ${newer.manifest.recordType} was ${keyOf(older.manifest)} in ${older.entry.runId} and is ${keyOf(newer.manifest)} in ${newer.entry.runId}, so their rows cannot be told apart the same way. Compare two snapshots with one row key.`,
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

function referenceBefore({ entry, manifest: { recordType }, before }: StoredSnapshot): string {
  if (before) return `${recordType}@${before.runId}`
  throw new TerminalError(
    'SNAPSHOT_MISSING',
    `No snapshot before ${recordType}@${entry.runId} is kept, so there is nothing to compare it with. See s3-cli list ${recordType}.`,
  )
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
  const before = sumsOf(older)
  const after = sumsOf(newer)
  const changes = newer.money.flatMap(({ column }) => {
    const from = before[column]
    const to = after[column]
    if (from === undefined || to === undefined) return []
    return [[column, { from, to, difference: subtractDecimals(to, from) }] as const]
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
  const moved = (column: string) => {
    const change = totals[column]
    return change ? `  ${describeMove(change.difference, scaleOf(newer, column))}` : ''
  }
  const shown = (column: string, value: Value) => showValue(newer, column, value)
  const more = (shown: readonly unknown[], count: number) =>
    count > shown.length && shown.length > 0 ? [`    … and ${formatCount(count - shown.length)} more`] : []
  return [
    `${newer.recordType}: ${older.runId} -> ${newer.runId}`,
    `  ${formatCount(added)} added, ${formatCount(removed)} removed, ${formatCount(changed)} changed, ${formatCount(unchanged)} unchanged`,
    ...sumLines(newer.money, sumsOf(newer), moved).map((line) => `  ${line}`),
    ...columnsAdded.map((column) => `  new column ${column}`),
    ...columnsRemoved.map((column) => `  column ${column} is gone`),
    ...examples.added.map(({ key }) => `  + ${key}`),
    ...more(examples.added, added),
    ...examples.removed.map(({ key }) => `  - ${key}`),
    ...more(examples.removed, removed),
    ...examples.changed.flatMap(({ key, changes }) => [
      `  ~ ${key}`,
      ...changes.map(
        ({ column, from, to }) => `      ${column}: ${shown(column, from)} -> ${shown(column, to)}`,
      ),
    ]),
    ...more(examples.changed, changed),
  ].join('\n')
}

function describeMove(difference: string, scale: number): string {
  if (difference === '0') return '(the same)'
  return `(${difference.startsWith('-') ? '' : '+'}${formatAmount(difference, scale)})`
}

function scaleOf({ money }: SnapshotManifest, column: string): number {
  return money.find((one) => one.column === column)?.scale ?? 0
}

/** Text in quotes, since it may hold spaces; amounts as in the totals; other numbers and dates as they are. */
function showValue(manifest: SnapshotManifest, column: string, value: Value): string {
  if (value === null) return 'NULL'
  const kind = manifest.columns.find(({ name }) => name === column)?.type.kind
  if (manifest.money.some((one) => one.column === column))
    return formatAmount(value, scaleOf(manifest, column))
  if (kind !== 'text' && kind !== 'clob') return value
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
}
