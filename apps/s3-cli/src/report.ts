import {
  type Certificate,
  type Consistency,
  columnChanges,
  describeConsistency,
  ERROR_CODES,
  type ExitCode,
  exitCodeOf,
  formatCount,
  isNoted,
  type MoneyColumn,
  PipelineError,
  type SnapshotManifest,
  type SnapshotResult,
} from '@findata/core'
import { Stopped } from './stop-signal.ts'
import { wrapText } from './wrap-text.ts'

/** Exact decimal text with thousands separators and at least `scale` digits after the point; every digit stays. */
export function formatAmount(amount: string, scale = 0): string {
  const [, sign = '', digits = '', fraction = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(amount) ?? ['', '', amount, '']
  const shownFraction = scale > 0 ? (fraction || '.').padEnd(scale + 1, '0') : fraction
  return `${sign}${digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}${shownFraction}`
}

/** A line for each money column, in the order of its declaration: `CHARGED_AMOUNT    1,460,347,608.33`. */
export function sumLines(
  money: readonly MoneyColumn[],
  sums: Readonly<Record<string, string>>,
  note: (column: string) => string = () => '',
): string[] {
  return money.flatMap(({ column, scale }) => {
    const sum = sums[column]
    return sum === undefined
      ? []
      : [`${column.padEnd(24)} ${formatAmount(sum, scale).padStart(30)}${note(column)}`]
  })
}

/** What became current, in a few lines of at most 80 columns. */
export function describeSnapshot({
  manifest,
  certificate,
  previous,
  swept,
  durationsMs,
}: SnapshotResult): string {
  const { recordType, totals, data, consistency } = manifest
  const seconds = Object.values(durationsMs).reduce((sum, ms) => sum + ms, 0) / 1000
  const lines = [
    `${recordType}: ${formatCount(totals.rows)} rows, ${formatCount(totals.distinctEntityKeys ?? totals.rows)} keys, ${certificate.verdict}`,
    `${describeHops(certificate)}, ${describeConsistency(consistency)}, ${describeExecutions(certificate)}, ${seconds.toFixed(1)} s`,
    ...sumLines(manifest.money, sumsOf(manifest)),
    describeChange(manifest, previous),
    ...notedGuards(certificate).map(({ guard, evidence }) => `NOTED ${guard}: ${evidence}`),
    data.key,
    ...(swept.length > 0
      ? [`removed ${swept.length} ${swept.length === 1 ? 'leftover' : 'leftovers'} of earlier runs`]
      : []),
    ...certificate.guards
      .filter(({ overridden }) => overridden)
      .map(
        ({ guard, evidence, overridden }) =>
          `OVERRIDDEN ${guard}: ${evidence} (${overridden?.by}: ${overridden?.reason})`,
      ),
  ]
  return lines.flatMap((line, i) => wrapText(line, i === 0 ? 0 : 2)).join('\n')
}

/** What guards found within their limits: it stops nothing, and somebody should know. */
function notedGuards({ guards }: Certificate) {
  return guards.filter(isNoted).map(({ guard, evidence }) => ({ guard, evidence }))
}

function describeHops({ hops, comparisons }: Certificate): string {
  const names = hops.map(({ name }) => name)
  return comparisons.every(({ agrees }) => agrees) ? names.join(' = ') : names.join(', ')
}

function describeExecutions({ executions }: Certificate): string {
  return `${formatCount(executions)} ${executions === 1 ? 'execution' : 'executions'}`
}

/** What was proven of the moment that rows belong to, for machines. */
export function momentResult(consistency: Consistency) {
  const { scn, fixedAt, because } = consistency
  return {
    consistency: describeConsistency(consistency),
    fixedAt,
    ...(scn !== undefined && { scn }),
    ...(because && { because }),
  }
}

/** In one line, what a snapshot has otherwise than the one before it. */
export function describeChange(manifest: Comparable, previous: Comparable | undefined): string {
  if (!previous) return 'the first snapshot'
  const drift = columnChanges(previous.columns, manifest.columns)
  if (drift.length > 0) return `other columns than ${previous.runId}: ${drift.join('; ')}`
  const { totals } = manifest
  if (totals.setHash === previous.totals.setHash) return `the same rows as ${previous.runId}`
  const difference = totals.rows - previous.totals.rows
  if (difference === 0) return `changed since ${previous.runId}, same number of rows`
  const count = Math.abs(difference)
  const rows = `${formatCount(count)} ${count === 1 ? 'row' : 'rows'}`
  return `changed since ${previous.runId}: ${rows} ${difference > 0 ? 'more' : 'fewer'}`
}

type Comparable = Pick<SnapshotManifest, 'runId' | 'columns' | 'totals'>

/** The sum of each money column. */
export function sumsOf({ totals }: Pick<SnapshotManifest, 'totals'>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(totals.money).map(([column, { sum }]) => [column, sum]))
}

/** Why a record type failed, and what its exit code is. */
export function describeFailure(recordType: string, error: unknown): string {
  return [`${recordType}: FAILED (exit ${exitCodeFor(error)})`, ...wrapLines(error, 2)].join('\n')
}

/** A message with its next step in a line of its own. */
export function linesOf(error: unknown): string[] {
  const message = messageOf(error)
  const nextStep = error instanceof PipelineError ? error.details.nextStep : undefined
  return typeof nextStep === 'string' && message.endsWith(` ${nextStep}`)
    ? [message.slice(0, -nextStep.length - 1), nextStep]
    : message.split('\n')
}

/** As `linesOf`, in at most 80 columns. */
export function wrapLines(error: unknown, indent = 0): string[] {
  return linesOf(error).flatMap((line) => wrapText(line, indent))
}

export function messageOf(error: unknown): string {
  if (error instanceof PipelineError) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

/** The exit code of an error, also of a stop by a signal. */
export function exitCodeFor(error: unknown): ExitCode {
  return error instanceof Stopped ? error.exitCode : exitCodeOf(error)
}

/** The machine-readable result of one record type. */
export function snapshotResult({
  manifest,
  certificate,
  certificateKey,
  plainKey,
  previous,
  swept,
  durationsMs,
}: SnapshotResult) {
  const { recordType, totals, data, consistency } = manifest
  const drift = previous ? columnChanges(previous.columns, manifest.columns) : []
  return {
    recordType,
    status: 'done' as const,
    verdict: certificate.verdict,
    rows: totals.rows,
    distinctEntityKeys: totals.distinctEntityKeys,
    sums: sumsOf(manifest),
    setHash: totals.setHash,
    isChanged: !previous || previous.totals.setHash !== totals.setHash || drift.length > 0,
    columnChanges: drift,
    ...momentResult(consistency),
    executions: certificate.executions,
    file: plainKey,
    snapshot: data.key,
    certificate: certificateKey,
    previousRunId: previous?.runId ?? null,
    previousRows: previous?.totals.rows ?? null,
    overrides: certificate.guards.filter(({ overridden }) => overridden).map(({ guard }) => guard),
    noted: notedGuards(certificate),
    swept: swept.length,
    durationsMs,
  }
}

/** The machine-readable result of a record type that failed. */
export function failureResult(recordType: string, error: unknown) {
  const committedRunId = error instanceof PipelineError ? error.details.committedRunId : undefined
  return {
    recordType,
    status: 'failed' as const,
    ...(typeof committedRunId === 'string' && { committedRunId }),
    ...errorResult(error),
  }
}

export function errorResult(error: unknown) {
  const code = error instanceof PipelineError ? error.code : 'UNEXPECTED'
  return {
    exitCode: exitCodeFor(error),
    error: { code, meaning: ERROR_CODES[code].meaning, message: messageOf(error) },
  }
}
