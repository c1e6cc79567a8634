import {
  type Bridge,
  type Certificate,
  formatCount,
  type PlanSummary,
  type PresentLine,
  type PublishResult,
  type Rejections,
  worstExitCode,
} from '@findata/core'
import { errorResult, exitCodeFor, formatAmount, linesOf, sumLines } from './report.ts'
import { wrapText } from './wrap-text.ts'

/** What a publication did, in a few lines of at most 80 columns. */
export function describePublication(
  recordType: string,
  destination: string,
  { certificate, certificateKey, outcome, plan, target, problems }: PublishResult,
): string {
  const { publication } = certificate
  const lines = [
    `${recordType} -> ${destination}: ${describeOutcome(outcome)}; ${formatCount(plan.unchanged)} unchanged; ${certificate.verdict}`,
    target,
    `${describeHops(certificate)}, ${formatCount(publication?.published.rows ?? 0)} of ${formatCount(publication?.entities.rows ?? 0)} entities published`,
    ...sumLines(certificate.money, publication?.published.sums ?? {}),
    ...bridgeLines(certificate),
    ...noteLines(certificate, plan.rejected),
    `${formatCount(outcome.calls)} calls${plan.callsLeft === undefined ? '' : `, ${formatCount(plan.callsLeft)} were left before`}`,
    certificateKey,
    ...certificate.guards
      .filter(({ overridden }) => overridden)
      .map(
        ({ guard, evidence, overridden }) =>
          `OVERRIDDEN ${guard}: ${evidence} (${overridden?.by}: ${overridden?.reason})`,
      ),
    ...problems.flatMap((problem) => [`NOT DONE (exit ${exitCodeFor(problem)})`, ...linesOf(problem)]),
  ]
  return lines.flatMap((line, i) => wrapText(line, i === 0 ? 0 : 2)).join('\n')
}

function describeOutcome({ created, updated, deleted, alreadyDone }: PublishResult['outcome']): string {
  const parts = [
    `${formatCount(created)} created`,
    `${formatCount(updated)} updated`,
    ...(deleted > 0 ? [`${formatCount(deleted)} deleted`] : []),
    ...(alreadyDone > 0 ? [`${formatCount(alreadyDone)} found done`] : []),
  ]
  return parts.join(', ')
}

/** Rows and entities are two things: the bridge lies between them. */
function describeHops({ hops, comparisons, publication }: Certificate): string {
  if (!comparisons.every(({ agrees }) => agrees)) {
    return hops
      .map(({ name }) => name)
      .filter((name) => name !== 'mapped')
      .join(', ')
  }
  const isWhole = publication?.published.rows === publication?.entities.rows
  return `read = file, ${isWhole ? 'entities' : 'published'} = destination`
}

const BETWEEN: readonly (readonly [keyof Bridge, one: string, many: string])[] = [
  ['rejected', 'rejected', 'rejected'],
  ['filtered', 'filtered out', 'filtered out'],
  ['exactDuplicates', 'exact duplicate', 'exact duplicates'],
  ['folded', 'folded into another row of its key', 'folded into another row of their key'],
]

/** Why the entities are fewer than the rows of the file, and their sums others. */
function bridgeLines({ bridge, money }: Certificate): string[] {
  const parts = bridge ? BETWEEN.filter(([part]) => bridge[part].rows > 0) : []
  if (!bridge || parts.length === 0) return []
  return [
    `${formatCount(bridge.read.rows)} rows in the file, ${formatCount(bridge.entities.rows)} entities; between them:`,
    ...parts.flatMap(([part, one, many]) => [
      `  ${formatCount(bridge[part].rows)} ${bridge[part].rows === 1 ? one : many}`,
      ...sumLines(money, bridge[part].sums).map((line) => `    ${line}`),
    ]),
  ]
}

/** What a person should know although nothing is wrong with the run. */
function noteLines({ publication, money }: Certificate, rejected: number): string[] {
  if (!publication) return []
  const { departed, duplicates, outdated } = publication
  const noted = (count: number, one: string, many: string) =>
    count > 0 ? [`${formatCount(count)} ${count === 1 ? one : many}`] : []
  const withSums = ({ rows, sums, unreadable }: PresentLine, one: string, many: string) => {
    const told = money.flatMap(({ column, scale }) => {
      const sum = sums[column]
      return sum === undefined ? [] : [`${column} ${formatAmount(sum, scale)}`]
    })
    const missing = noted(unreadable, 'amount is no number', 'amounts are no numbers')
    const details = [...told, ...missing].join('; ')
    return noted(rows, one, many).map((line) => (details === '' ? line : `${line}: ${details}`))
  }
  return [
    ...withSums(departed, 'record is only in the destination', 'records are only in the destination'),
    ...(departed.rows > 0
      ? [
          `s3-cli plan names ${departed.rows === 1 ? 'it' : 'them'}; \`departed\` in the configuration can flag or delete such records`,
        ]
      : []),
    ...withSums(
      duplicates,
      'record there shares its key with another',
      'records there share their key with another',
    ),
    ...withSums(outdated, 'record there is not as wanted', 'records there are not as wanted'),
    ...noted(rejected, 'entity cannot be published there', 'entities cannot be published there'),
  ]
}

/** The machine-readable result of one publication. */
export function publicationResult(recordType: string, destination: string, result: PublishResult) {
  const { manifest, plan, outcome, rejections, certificate, certificateKey, problems, target } = result
  const { refused, stale, held, ...counts } = outcome
  return {
    recordType,
    destination,
    target,
    status: problems.length === 0 ? ('done' as const) : ('incomplete' as const),
    exitCode: worstExitCode(problems.map(exitCodeFor)),
    verdict: certificate.verdict,
    snapshotRunId: manifest.runId,
    runId: certificate.runId,
    ...counts,
    refused: refused.length,
    stale: stale.length,
    held: held.length,
    unchanged: plan.unchanged,
    departed: certificate.publication?.departed.rows,
    duplicates: certificate.publication?.duplicates.rows,
    rejected: plan.rejected + rejections.count,
    callsLeft: plan.callsLeft ?? null,
    published: certificate.publication?.published,
    entities: certificate.publication?.entities,
    bridge: certificate.bridge,
    certificate: certificateKey,
    overrides: certificate.guards.filter(({ overridden }) => overridden).map(({ guard }) => guard),
    ...(problems.length > 0 && { problems: problems.map(errorResult) }),
  }
}

/** The machine-readable form of a plan. */
export function planResult(
  recordType: string,
  destination: string,
  facts: {
    readonly snapshotRunId: string
    readonly target: string
    readonly summary: PlanSummary
    readonly rejections: Rejections
    readonly file?: string
  },
) {
  const { snapshotRunId, target, summary, rejections, file } = facts
  return {
    recordType,
    destination,
    target,
    snapshotRunId,
    ...summary,
    rejected: summary.rejected + rejections.count,
    isChange: isChange(summary),
    ...(file !== undefined && { file }),
  }
}

export function isChange({ creates, updates, deletes, held }: PlanSummary): boolean {
  return creates + updates + deletes + held > 0
}
