import {
  ERROR_CODES,
  EXIT_CODES,
  PipelineError,
  type RecordType,
  type RowSchema,
  type SourceInspection,
  worstExitCode,
} from '@findata/core'
import type { Destination } from '@findata/publishers'
import type { Check, CommandContext, CommandResult } from '../command.ts'
import { declaredSchema } from '../declared-schema.ts'
import type { Service } from '../env.ts'
import { inspectionChecks } from '../inspection-report.ts'
import { messageOf } from '../report.ts'
import { wrapText } from '../wrap-text.ts'

interface Section {
  readonly title: string
  /** Of its checks in the result. */
  readonly service: string
  readonly needs: Service
  probe(): Promise<readonly Check[]>
  /** Of a destination that has none of its own set: those that it shares with others may lead to another one's app. */
  readonly variables?: readonly string[]
}

export interface DoctorOptions {
  /** Of record types; none means the whole catalogue. */
  readonly names: readonly string[]
  /** None means those whose variables are set. */
  readonly destinationNames: readonly string[]
  /** Executes each view once. */
  readonly countsKeys: boolean
}

/**
 * Tries everything that a run needs, and says what to mend. It leaves nothing behind, and executes no view unless keys are
 * counted.
 */
export async function runDoctor(
  context: CommandContext,
  { names, destinationNames, countsKeys }: DoctorOptions,
): Promise<CommandResult> {
  const { catalogue, destinations, environment, print } = context
  const recordTypes = (names.length > 0 ? names : catalogue.names).map((name) => catalogue.get(name))
  const named = destinationNames.map((name) => destinations.get(name))
  const readSchema = schemaReader(context)
  const inspections: SourceInspection[] = []
  const sections: Section[] = [
    {
      title: 'Oracle',
      service: 'oracle',
      needs: 'oracle',
      probe: () => probeSources(context, recordTypes, { countsKeys, inspections, readSchema }),
    },
    { title: 'S3', service: 's3', needs: 's3', probe: () => context.probeStore() },
  ]
  const idle: { readonly destination: string; readonly variables: readonly string[] }[] = []
  for (const destination of named.length > 0 ? named : destinations.all) {
    const taken = recordTypes.filter(({ name }) => Object.hasOwn(destination.recordTypes, name))
    const needs = { destination, recordTypes: taken.map(({ name }) => name) }
    if (named.length > 0 && taken.length === 0) {
      for (const { name } of recordTypes) destinations.mapping(name, destination.name)
    }
    const { isAnySet, isOwnSet, names: variables } = environment.variablesOf(needs)
    if (named.length === 0 && taken.length === 0) continue
    if (named.length === 0 && !isAnySet && variables.length > 0) {
      idle.push({ destination: destination.name, variables })
      continue
    }
    sections.push({
      title: destination.name,
      service: destination.name,
      needs,
      probe: () => probeOne(context, destination, taken, readSchema),
      ...(named.length === 0 && !isOwnSet && { variables }),
    })
  }

  const results = []
  for (const { title, service, needs, probe, variables } of sections) {
    const checks = await tryAll(context, needs, probe)
    const [first] = checks
    if (variables && first?.name === 'app' && first.code === 'DESTINATION_MISMATCH') {
      idle.push({ destination: service, variables })
      continue
    }
    print(title)
    for (const check of checks) {
      print(describeCheck(check))
      results.push({ service, ...check })
    }
  }
  for (const { destination, variables } of idle) {
    print(
      wrapText(`${destination}: not checked, no publishing there without ${variables.join(', ')}`).join('\n'),
    )
  }
  const failed = results.filter(({ ok }) => !ok)
  print(failed.length === 0 ? 'Ready.' : `${failed.length} of ${results.length} checks failed.`)
  const exitCode = worstExitCode(
    failed.map(({ code }) => (code ? ERROR_CODES[code].exitCode : EXIT_CODES.configuration)),
  )
  return { exitCode, result: { checks: results, inspections, notChecked: idle } }
}

function describeCheck({ name, ok, detail, nextStep }: Check): string {
  const [first, ...more] = detail.split('\n')
  return [
    ...wrapText(`${ok ? 'ok  ' : 'FAIL'} ${name}: ${first}`, 2, 5),
    ...[...more, ...(nextStep ? [nextStep] : [])].flatMap((line) => wrapText(line, 7, 0)),
  ].join('\n')
}

/** The database, and if that lets the user in, the source of each record type against its current snapshot. */
async function probeSources(
  context: CommandContext,
  recordTypes: readonly RecordType[],
  {
    countsKeys,
    inspections,
    readSchema,
  }: {
    readonly countsKeys: boolean
    readonly inspections: SourceInspection[]
    readonly readSchema: ReadSchema
  },
): Promise<readonly Check[]> {
  const { signal } = context
  const checks = [...(await context.probeOracle(recordTypes))]
  if (checks.some(({ name, ok }) => name === 'login' && !ok)) return checks
  const run = checks.find(({ consistency }) => consistency)?.consistency
  const extractor = context.openExtractor()
  for (const recordType of recordTypes) {
    const previous = (await readSchema(recordType))?.columns
    try {
      const inspection = await extractor.inspect(recordType, {
        signal,
        countsKeys,
        ...(previous && { previous }),
      })
      inspections.push(inspection)
      checks.push(...inspectionChecks(inspection, run))
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof PipelineError)) throw error
      checks.push({ name: recordType.name, ok: false, detail: messageOf(error), code: error.code })
      const isAway = error.code === 'ORACLE_UNREACHABLE' && error.details.link === undefined
      if (isAway || error.code === 'ORACLE_LOGIN_REFUSED') break
    }
  }
  return checks
}

/** With the columns of the current snapshots, as far as the bucket can be asked. */
async function probeOne(
  context: CommandContext,
  { name }: Destination,
  recordTypes: readonly RecordType[],
  readSchema: ReadSchema,
): Promise<readonly Check[]> {
  const uses = []
  for (const recordType of recordTypes) {
    uses.push({
      recordType,
      schema: (await readSchema(recordType)) ?? declaredSchema(recordType),
    })
  }
  return await context.probeDestination(name, uses)
}

/** Of the current snapshot, until the bucket cannot be asked: its own section tells of that. */
function schemaReader({ environment, openStore, signal }: CommandContext): ReadSchema {
  let isUsable = true
  return async ({ name }) => {
    if (!isUsable) return undefined
    try {
      environment.check('s3')
      return (await openStore().readCurrent(name))?.index.current
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof PipelineError)) throw error
      isUsable = false
      return undefined
    }
  }
}

type ReadSchema = (recordType: RecordType) => Promise<RowSchema | undefined>

/** Without usable variables nothing is contacted: each problem is a failed check. */
async function tryAll(
  { environment, signal }: CommandContext,
  needs: Service,
  probe: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    environment.check(needs)
    return await probe()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof PipelineError)) throw error
    const { problems } = error.details
    const details = Array.isArray(problems) ? (problems as string[]) : [messageOf(error)]
    return details.map((detail) => ({ name: 'environment', ok: false, detail, code: error.code }))
  }
}
