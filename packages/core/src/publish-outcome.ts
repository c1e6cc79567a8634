import type { Certificate } from './certificate.ts'
import type { Rejections } from './entities.ts'
import { type PipelineError, TerminalError, TransientError } from './errors.ts'
import type { Rejects } from './publish-store.ts'
import type { PublishedTotals, PublishOutcome, PublishPlan } from './publisher.ts'

/** The entities that a plan rejects, as many as a list holds. */
export async function rejectedEntities(plan: PublishPlan): Promise<Rejects['records']> {
  const rejected: Rejects['records'][number][] = []
  for await (const entry of plan.entries()) {
    if (entry.kind !== 'rejected') continue
    if (rejected.length === MOST_LISTED) break
    rejected.push({ key: entry.key, reason: entry.reason, status: 'rejected' })
  }
  return rejected
}

/** Of each kind, in the list of rejects; all are counted. */
const MOST_LISTED = 1000

/** Every record that a run could not publish, with its reason. */
export function toRejects(
  run: Omit<Rejects, 'records'>,
  rejected: Rejects['records'],
  outcome: PublishOutcome,
  rejections: Rejections,
): Rejects {
  const withStatus = (status: Rejects['records'][number]['status']) => {
    return ({ key, reason }: { readonly key: string; readonly reason: string }) => ({ key, reason, status })
  }
  return {
    ...run,
    records: [
      ...rejections.listed.map(withStatus('rejected')),
      ...rejected,
      ...outcome.refused.map(withStatus('refused')),
      ...outcome.stale.map(withStatus('stale')),
      ...outcome.held.map(withStatus('held')),
    ],
  }
}

/** Why a run is not a full success: an error for each reason, with the exit code of its kind. */
export function problemsOf({
  recordType: name,
  destination,
  outcome: { refused, stale, held, stopped, waiting },
  totals,
  certificate,
  rejections,
  rejected,
}: {
  readonly recordType: string
  readonly destination: string
  readonly outcome: PublishOutcome
  readonly totals: PublishedTotals
  readonly certificate: Certificate
  readonly rejections: Rejections
  readonly rejected: Rejects['records']
}): PipelineError[] {
  const problems: PipelineError[] = []
  const what = `${name} in ${destination}`
  const failed = certificate.comparisons.find(({ agrees }) => !agrees)
  if (certificate.verdict === 'differs') {
    const lines = [...(failed?.differences ?? []), ...totals.differences]
    problems.push(
      new TerminalError(
        'BALANCE_DIFFERS',
        `${what}: what was read back is not what was published:\n${lines.map((line) => `  ${line}`).join('\n')}\nLook at these records; publishing again sends what still differs.`,
        { details: { recordType: name, destination, differences: lines } },
      ),
    )
  }
  if (stale.length > 0) {
    problems.push(
      new TerminalError(
        'PLAN_STALE',
        `${what}: ${stale.length} records changed since the plan was saved and were left alone:\n${listed(stale)}\nPlan again.`,
        { details: { stale: stale.length } },
      ),
    )
  }
  if (stopped?.reason === 'allowance') {
    const details = { waiting, resumeAt: stopped.resumeAt }
    problems.push(
      new TransientError('DESTINATION_ALLOWANCE_SPENT', `${what}: ${stopped.message}`, { details }),
    )
  }
  if (held.length > 0) {
    problems.push(
      new TransientError(
        'DESTINATION_UNREACHABLE',
        `${what}: ${held.length} creates had no answer and may still arrive, so they were not sent again:\n${listed(held)}\nPublish again later.`,
        { details: { held: held.length } },
      ),
    )
  }
  const isCut = stopped !== undefined && stopped.reason !== 'allowance'
  const left = totals.notPublished.rejected.rows + rejections.count
  // Without a stop, only what a saved plan does not name is left.
  const unplanned = stopped ? 0 : totals.notPublished.waiting.rows
  if (refused.length > 0 || left > 0 || isCut || unplanned > 0) {
    const parts = [
      ...(refused.length > 0 ? [`${refused.length} records were refused:\n${listed(refused)}`] : []),
      ...(left > 0
        ? [`${left} cannot be published there:\n${listed([...rejections.listed, ...rejected], left)}`]
        : []),
      ...(unplanned > 0
        ? [
            `${unplanned} ${unplanned === 1 ? 'record differs' : 'records differ'} that the saved plan does not name. Plan again.`,
          ]
        : []),
      ...(isCut ? [`${stopped.message} ${waiting} writes are left.`] : []),
    ]
    problems.push(
      new TerminalError('RECORDS_REJECTED', `${what}: ${parts.join('\n')}`, {
        details: { refused: refused.length, rejected: left, waiting: waiting || unplanned },
      }),
    )
  }
  return problems
}

function listed(
  failures: readonly { readonly key: string; readonly reason: string }[],
  count = failures.length,
): string {
  const shown = failures.slice(0, 10).map(({ key, reason }) => `  ${key}: ${reason}`)
  const more = count - shown.length
  return [...shown, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n')
}
