import type { GuardResult, Override } from './certificate.ts'
import type { Rejections } from './entities.ts'
import { TerminalError } from './errors.ts'
import type { PlanSummary } from './publisher.ts'
import type { RecordType } from './record-type.ts'

/** The flag of a command that overrides each guard of publishing; it takes a reason too. */
export const PUBLISH_OVERRIDE_FLAGS = {
  rows: '--allow-empty',
  conflicts: '--allow-conflicts',
  'null-keys': '--allow-null-keys',
  departed: '--allow-departed',
} as const satisfies Partial<Record<GuardResult['guard'], string>>

export interface PublishGuardFacts {
  readonly recordType: RecordType
  readonly entities: number
  readonly rejections: Rejections
  readonly departing: PlanSummary['departing']
  readonly overrides: readonly Override[]
}

/** Judges what is to be published before anything is sent; every guard with its evidence. */
export function checkPublishGuards({
  recordType: { guards },
  entities,
  rejections: { count, byKind, listed },
  departing,
  overrides,
}: PublishGuardFacts): GuardResult[] {
  const examplesOf = (kind?: keyof typeof byKind) =>
    listed
      .filter((rejection) => kind === undefined || rejection.kind === kind)
      .slice(0, 10)
      .map(({ key, reason }) => `${key}: ${reason}`)
  // The record of a rejected entity is in the destination and not among the entities, as one that left the source.
  const rejectedAmongDeparting = departing && departing.records > 0 ? count : 0
  const findings = {
    rows: {
      passed: entities >= guards.minRows,
      evidence: `${counted(entities, 'entity', 'entities')} to publish (at least ${grouped(guards.minRows)})`,
      examples: [],
    },
    conflicts: {
      passed: byKind.conflict <= guards.maxConflicts,
      evidence: `${counted(byKind.conflict, 'entity', 'entities')} whose rows do not agree (limit ${guards.maxConflicts})`,
      examples: examplesOf('conflict'),
    },
    'null-keys': {
      passed: byKind['null key'] <= guards.maxNullKeys,
      evidence: `${counted(byKind['null key'], 'row', 'rows')} with NULL in a key (limit ${guards.maxNullKeys})`,
      examples: examplesOf('null key'),
    },
    departed: departing
      ? {
          passed: departing.records <= departing.limit && rejectedAmongDeparting === 0,
          evidence: `${counted(departing.records, 'record', 'records')} that left the source would be flagged or deleted (limit ${grouped(departing.limit)})${rejectedAmongDeparting > 0 ? `, and those of ${grouped(count)} rejected from the snapshot may be among them` : ''}`,
          examples: rejectedAmongDeparting > 0 ? examplesOf() : [],
        }
      : { passed: true, evidence: 'records that left the source are only reported', examples: [] },
  } as const satisfies Partial<Record<GuardResult['guard'], Omit<GuardResult, 'guard'>>>
  return Object.entries(findings).map(([name, finding]) => {
    const guard = name as keyof typeof findings
    const override = finding.passed ? undefined : overrides.find((candidate) => candidate.guard === guard)
    return { guard, ...finding, ...(override && { overridden: override }) }
  })
}

/** GUARD_REFUSED with every guard that did not pass and is not overridden, or undefined if there is none. */
export function publishRefusalOf(
  { name }: RecordType,
  destination: string,
  results: readonly GuardResult[],
): TerminalError | undefined {
  const failed = results.filter(({ passed, overridden }) => !passed && !overridden)
  if (failed.length === 0) return undefined
  const lines = failed.map(({ guard, evidence, examples }) => {
    const shown = examples.slice(0, 3).map((example) => `\n    ${example}`)
    return `  ${guard}: ${evidence}${shown.join('')}`
  })
  const flags = failed.map(
    ({ guard }) => PUBLISH_OVERRIDE_FLAGS[guard as keyof typeof PUBLISH_OVERRIDE_FLAGS],
  )
  return new TerminalError(
    'GUARD_REFUSED',
    `${name} is not published to ${destination}, because of ${counted(failed.length, 'guard', 'guards')}:\n${lines.join('\n')}\nLook into the source first. If this is right, run again with ${flags.join(' ')} --reason "…".`,
    { details: { recordType: name, destination, guards: failed } },
  )
}

function counted(count: number, one: string, many: string): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
