import {
  EXIT_CODES,
  type ExitCode,
  PipelineError,
  type RecordType,
  type RowSchema,
  readableKey,
  worstExitCode,
} from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import { declaredSchema } from '../declared-schema.ts'
import { exitCodeFor } from '../report.ts'
import { type DestinationTrace, type EntityToTrace, traceDestination } from '../trace-destination.ts'
import { canonicalIn, parseTraceKey, type TraceKey, wholeKey } from '../trace-key.ts'
import { type OracleNow, readOracleNow } from '../trace-oracle.ts'
import { describeTrace, traceResult } from '../trace-report.ts'
import {
  compareKeyRows,
  compileReadableKey,
  type KeyRows,
  type RowsChange,
  type SnapshotsFound,
  searchSnapshots,
} from '../trace-snapshots.ts'

export interface TraceRequest {
  readonly recordType: string
  readonly key: readonly string[]
  /** All that take the record type if empty. */
  readonly destinations: readonly string[]
  readonly oracle: boolean
  /** How many of the newest snapshots to look into; all unless given. */
  readonly snapshots?: number
  /** Whether to show everything that was sent, and not only the newest. */
  readonly all: boolean
}

/** All that is known of the entities of a key. */
export interface Trace {
  readonly recordType: RecordType
  readonly key: TraceKey
  readonly entities: readonly TracedEntity[]
  /** Whether other entities match that are not shown. */
  readonly isCut: boolean
  readonly oracle: OracleTrace
  readonly snapshots: SnapshotsFound
  readonly destinations: readonly DestinationTrace[]
}

export type OracleTrace =
  | { readonly is: 'left out' }
  | { readonly is: 'not set up'; readonly unset: readonly string[] }
  | { readonly is: 'unavailable'; readonly problem: PipelineError }
  | { readonly is: 'read'; readonly now: OracleNow }

export interface TracedEntity {
  readonly key: string
  readonly place: EntityToTrace['place']
  /** How Oracle has it otherwise than the current snapshot; undefined where it has it the same, or neither has it. */
  readonly sinceSnapshot: RowsChange | undefined
  readonly rowsInOracle: number
  readonly rowsInSnapshot: number
  /** Oldest first: only snapshots in which something became of it. */
  readonly history: readonly {
    readonly runId: string
    readonly takenAt: string
    readonly change: RowsChange
  }[]
}

const MOST_ENTITIES = 10
const MOST_SENT = 20

/** Where a record is, from Oracle to each destination, and why. */
export async function runTrace(context: CommandContext, request: TraceRequest): Promise<CommandResult> {
  const { catalogue, destinations, environment, print, signal, progress } = context
  const recordType = catalogue.get(request.recordType)
  const key = parseTraceKey(recordType, request.key)
  const asked =
    request.destinations.length > 0
      ? request.destinations.map((name) => destinations.mapping(recordType.name, name).destination)
      : destinations.forRecordType(recordType.name)
  environment.check('s3')

  progress.update(`${recordType.name}: asking Oracle`)
  const oracle = await askOracle(context, recordType, key, request.oracle)
  const snapshots = await searchSnapshots(
    context.openStore(),
    { recordType, key, maxEntities: MOST_ENTITIES, signal, onProgress: progress.update },
    request.snapshots,
  )
  const schema = snapshots.manifest ?? (oracle.is === 'read' ? oracle.now.schema : declaredSchema(recordType))
  const { toTrace, traced, isCut } = entitiesOf(recordType, key, oracle, snapshots, schema)
  const found: DestinationTrace[] = []
  for (const destination of toTrace.length > 0 ? asked : []) {
    const maxSent = request.all ? Number.POSITIVE_INFINITY : MOST_SENT
    found.push(await traceDestination(context, recordType, destination, schema, toTrace, maxSent))
  }
  progress.update('')

  const trace: Trace = {
    recordType,
    key,
    entities: traced,
    isCut: isCut || snapshots.isCut,
    oracle,
    snapshots,
    destinations: found,
  }
  print(describeTrace(trace))
  return { exitCode: exitCodeOf(trace, request.destinations.length > 0), result: traceResult(trace) }
}

async function askOracle(
  context: CommandContext,
  recordType: RecordType,
  key: TraceKey,
  isWanted: boolean,
): Promise<OracleTrace> {
  if (!isWanted) return { is: 'left out' }
  try {
    context.environment.check('oracle')
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return { is: 'not set up', unset: error.details.problems as readonly string[] }
  }
  try {
    return {
      is: 'read',
      now: await readOracleNow(context.openExtractor(), recordType, key, context.signal),
    }
  } catch (error) {
    context.signal.throwIfAborted()
    if (!(error instanceof PipelineError)) throw error
    return { is: 'unavailable', problem: error }
  }
}

/** Every entity that any source has, or the one that the key names whole, which only a destination may have. */
function entitiesOf(
  recordType: RecordType,
  key: TraceKey,
  oracle: OracleTrace,
  { snapshots }: SnapshotsFound,
  schema: RowSchema,
) {
  const now = oracle.is === 'read' ? keyRowsOf(recordType, oracle.now) : undefined
  const current = snapshots.find(({ isCurrent }) => isCurrent)
  const sources: readonly KeyRows[] = [...snapshots.toReversed(), ...(now ? [now] : [])]
  const all = [...new Set(sources.flatMap(({ entities }) => [...entities.keys()]))].sort()
  const keys = all.slice(0, MOST_ENTITIES)
  const nothing: KeyRows = { schema, entities: new Map() }
  const rowsIn = (source: KeyRows | undefined, one: string) => source?.entities.get(one) ?? []

  const traced = keys.map((one): TracedEntity => {
    const history = snapshots.flatMap((snapshot, place) => {
      const change = compareKeyRows(one, recordType, snapshots[place - 1], snapshot)
      return change ? [{ runId: snapshot.runId, takenAt: snapshot.takenAt, change }] : []
    })
    return {
      key: one,
      place: rowsIn(current, one).length > 0 ? 'current' : history.length > 0 ? 'departed' : 'unextracted',
      sinceSnapshot: now && compareKeyRows(one, recordType, current ?? nothing, now),
      rowsInOracle: rowsIn(now, one).length,
      rowsInSnapshot: rowsIn(current, one).length,
      history,
    }
  })
  const toTrace = traced.map(({ key: one, place }): EntityToTrace => {
    const source = (place === 'current' ? [current] : sources).find((rows) => rowsIn(rows, one).length > 0)
    return { key: one, place, schema: source?.schema ?? schema, rows: rowsIn(source, one) }
  })
  const isCut = all.length > keys.length || (oracle.is === 'read' && oracle.now.isCut)
  const values = wholeKey(key, recordType)
  if (keys.length > 0 || !values) return { toTrace, traced, isCut }

  const canonical = values.map((value, place) => {
    const name = recordType.entityKey[place]?.column
    return canonicalIn(schema.columns.find((column) => column.name === name)?.type.kind, value) ?? value
  })
  const only = readableKey(recordType.entityKey, canonical)
  const row = schema.columns.map(
    ({ name }) => canonical[recordType.entityKey.findIndex(({ column }) => column === name)] ?? null,
  )
  return {
    toTrace: [{ key: only, place: 'unknown' as const, schema, rows: [row] }],
    traced: [
      {
        key: only,
        place: 'unknown' as const,
        sinceSnapshot: undefined,
        rowsInOracle: 0,
        rowsInSnapshot: 0,
        history: [],
      },
    ],
    isCut,
  }
}

function keyRowsOf({ entityKey }: RecordType, { schema, rows }: OracleNow): KeyRows {
  return { schema, entities: Map.groupBy(rows, compileReadableKey(entityKey, schema)) }
}

/** That a stage does not have a record is an answer; that no stage has it, or one could not be asked, is not. */
function exitCodeOf(trace: Trace, isDestinationNamed: boolean): ExitCode {
  const { oracle, snapshots, destinations } = trace
  const problems = [...destinations, ...snapshots.spoiled].flatMap(({ problem }) => problem ?? [])
  if (oracle.is === 'unavailable') problems.push(oracle.problem)
  const isUnset = isDestinationNamed && destinations.some(({ unset }) => unset.length > 0)
  return worstExitCode([
    ...problems.map(exitCodeFor),
    ...(isUnset || !isKnown(trace) ? [EXIT_CODES.configuration] : []),
  ])
}

/** Whether any stage has ever heard of the key. */
export function isKnown({ entities, destinations }: Pick<Trace, 'entities' | 'destinations'>): boolean {
  return (
    entities.some(({ place }) => place !== 'unknown') ||
    destinations.some((one) =>
      one.entities.some(({ found, sentCount, reject }) => found?.records.length || sentCount > 0 || reject),
    )
  )
}
