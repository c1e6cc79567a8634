import type { GuardResult, Override } from './certificate.ts'
import type { Rejections } from './entities.ts'
import type { TerminalError } from './errors.ts'
import { counted, grouped, refuse } from './guards.ts'
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
      evidence: `${counted(byKind['null key'], 'row')} with NULL in a key (limit ${guards.maxNullKeys})`,
      examples: examplesOf('null key'),
    },
    departed: departing
      ? {
          passed: departing.records <= departing.limit && rejectedAmongDeparting === 0,
          evidence: `${counted(departing.records, 'record')} that left the source would be flagged or deleted (limit ${grouped(departing.limit)})${rejectedAmongDeparting > 0 ? `, and those of ${grouped(count)} rejected from the snapshot may be among them` : ''}`,
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
  return refuse(results, {
    what: `${name} is not published to ${destination}`,
    advice: 'Look into the source first. If this is right, run again',
    flags: PUBLISH_OVERRIDE_FLAGS,
    details: { recordType: name, destination },
  })
}
