import {
  type Certificate,
  ERROR_CODES,
  exitCodeOf,
  PipelineError,
  type SnapshotManifest,
  type SnapshotResult,
} from '@findata/core'

const INTEGER = new Intl.NumberFormat('en-US')

/** A count with thousands separators. */
export function formatCount(count: number): string {
  return INTEGER.format(count)
}

/** Exact decimal text with thousands separators; every digit stays. */
export function formatAmount(amount: string): string {
  const [, sign = '', digits = '', fraction = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(amount) ?? ['', '', amount, '']
  return `${sign}${digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')}${fraction}`
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
    `${describeHops(certificate)}, ${consistency.label}, ${seconds.toFixed(1)} s`,
    ...Object.entries(totals.money).map(
      ([column, { sum }]) => `${column.padEnd(24)} ${formatAmount(sum).padStart(30)}`,
    ),
    describeChange(manifest, previous),
    data.key,
    ...(swept.length > 0 ? [`removed ${swept.length} leftovers of earlier runs`] : []),
    ...certificate.guards
      .filter(({ overridden }) => overridden)
      .map(
        ({ guard, evidence, overridden }) =>
          `OVERRIDDEN ${guard}: ${evidence} (${overridden?.by}: ${overridden?.reason})`,
      ),
  ]
  return lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n')
}

function describeHops({ hops, comparisons }: Certificate): string {
  const names = hops.map(({ name }) => name)
  return comparisons.every(({ agrees }) => agrees) ? names.join(' = ') : names.join(', ')
}

function describeChange({ totals }: SnapshotManifest, previous: SnapshotManifest | undefined): string {
  if (!previous) return 'the first snapshot'
  const difference = totals.rows - previous.totals.rows
  const rows =
    difference === 0
      ? 'as many rows'
      : `${formatCount(Math.abs(difference))} rows ${difference > 0 ? 'more' : 'fewer'}`
  return totals.setHash === previous.totals.setHash
    ? `the same rows as ${previous.runId}`
    : `${rows} ${difference === 0 ? 'as' : 'than'} ${previous.runId}, not the same`
}

/** Why a record type failed, and what its exit code is. */
export function describeFailure(recordType: string, error: unknown): string {
  return `${recordType}: FAILED (exit ${exitCodeOf(error)})\n  ${messageOf(error)}`
}

export function messageOf(error: unknown): string {
  if (error instanceof PipelineError) return error.message
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
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
  return {
    recordType,
    status: 'done' as const,
    verdict: certificate.verdict,
    rows: totals.rows,
    distinctEntityKeys: totals.distinctEntityKeys,
    sums: Object.fromEntries(Object.entries(totals.money).map(([column, { sum }]) => [column, sum])),
    setHash: totals.setHash,
    isChanged: previous?.totals.setHash !== totals.setHash,
    consistency: consistency.label,
    ...(consistency.scn !== undefined && { scn: consistency.scn }),
    executions: certificate.executions,
    file: plainKey,
    snapshot: data.key,
    certificate: certificateKey,
    previousRunId: previous?.runId ?? null,
    previousRows: previous?.totals.rows ?? null,
    overrides: certificate.guards.filter(({ overridden }) => overridden).map(({ guard }) => guard),
    swept: swept.length,
    durationsMs,
  }
}

/** The machine-readable result of a record type that failed. */
export function failureResult(recordType: string, error: unknown) {
  return { recordType, status: 'failed' as const, ...errorResult(error) }
}

export function errorResult(error: unknown) {
  const code = error instanceof PipelineError ? error.code : 'UNEXPECTED'
  return {
    exitCode: exitCodeOf(error),
    error: { code, meaning: ERROR_CODES[code].meaning, message: messageOf(error) },
  }
}
