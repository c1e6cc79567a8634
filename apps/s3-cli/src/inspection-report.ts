import {
  type Consistency,
  describeConsistency,
  type Finding,
  formatCount,
  type KeyCounts,
  type RowEstimate,
  type SourceInspection,
} from '@findata/core'
import type { Check } from './command.ts'

/**
 * A failed check for each problem of a source; without any, one that says what was found, its warnings in further lines. `run` is
 * the moment of a run of all record types.
 */
export function inspectionChecks(inspection: SourceInspection, run?: Consistency): readonly Check[] {
  const { recordType: name } = inspection
  const findings = grouped(inspection.findings)
  const problems = findings.filter(({ level }) => level === 'problem')
  if (problems.length === 0) {
    return [
      {
        name,
        ok: true,
        detail: [summary(inspection, run), ...facts(inspection), ...findings.map(sentence)].join('\n'),
      },
    ]
  }
  return problems.map(({ about, detail, nextStep, code }) => ({
    name,
    ok: false,
    detail: about === name ? detail : `${about}: ${detail}`,
    ...(nextStep !== undefined && { nextStep }),
    ...(code !== undefined && { code }),
  }))
}

function summary(
  { columns, undeclared, estimate, consistency }: SourceInspection,
  run = consistency,
): string {
  return [
    undeclared.length === 0
      ? counted(columns.length, 'column')
      : `${columns.length} of ${counted(columns.length + undeclared.length, 'column')}`,
    ...(consistency && run ? [moments(consistency, run)] : []),
    ...(estimate ? [estimated(estimate)] : []),
  ].join(', ')
}

/** A record type may have a better moment alone than in one run with the others. */
function moments(alone: Consistency, run: Consistency): string {
  const ofRun = describeConsistency({ label: run.label })
  return alone.label === run.label
    ? ofRun
    : `${ofRun} (in a run of its own: ${describeConsistency({ label: alone.label })})`
}

function estimated({ rows, gatheredAt }: RowEstimate): string {
  const age = gatheredAt === undefined ? '' : ` (statistics of ${gatheredAt.slice(0, 'YYYY-MM-DD'.length)})`
  return `at most ${counted(rows, 'row')}${age}`
}

function facts({ fetch, objects, keys, uniqueBy }: SourceInspection): string[] {
  return [
    ...objects.map(({ name, kind, privileges }) =>
      kind === 'REMOTE'
        ? `reads ${name}, beyond a database link`
        : `reads ${kind.toLowerCase()} ${name} by ${privileges.join(', ') || 'a privilege that is not shown'}`,
    ),
    ...(fetch.largeObjects.length > 0
      ? [
          `fetches ${counted(fetch.rows, 'row')} at a time, since ${fetch.largeObjects.join(', ')} may be long`,
        ]
      : []),
    ...(uniqueBy === undefined ? [] : [`keys are unique by the constraint ${uniqueBy}`]),
    ...(keys ? [describeKeys(keys)] : []),
  ]
}

function describeKeys({ rows, rowKeys, entityKeys }: KeyCounts): string {
  return `counted ${counted(rows, 'row')}, ${counted(rowKeys, 'row key')}, ${counted(entityKeys, 'entity key')}`
}

function sentence({ level, about, detail, nextStep }: Finding): string {
  return `${level}: ${about}: ${detail}${nextStep === undefined ? '' : `. ${nextStep}`}`
}

/** What holds for several columns in the same words is said once. */
function grouped(findings: readonly Finding[]): readonly Finding[] {
  const groups = Map.groupBy(findings, ({ level, detail, nextStep }) =>
    JSON.stringify([level, detail, nextStep]),
  )
  return [...groups.values()].flatMap((same) => {
    const [first] = same
    return first ? [{ ...first, about: same.map(({ about }) => about).join(', ') }] : []
  })
}

function counted(count: number, one: string): string {
  return `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`
}
