import {
  createRunId,
  foldEntities,
  type Inspection,
  openScratchFolder,
  PipelineError,
  type PublishStore,
  type RecordType,
  type Rejects,
  type Row,
  type RowSchema,
  type ScratchFolder,
} from '@findata/core'
import { compileFilter, type Destination, type Mapping } from '@findata/publishers'
import type { CommandContext } from './command.ts'

/** An entity to look for, as the newest source that has it. */
export interface EntityToTrace {
  /** The readable entity key. */
  readonly key: string
  /** `current`: in the current snapshot; `departed`: only in older ones; `unextracted`: only in Oracle; `unknown`: nowhere. */
  readonly place: 'current' | 'departed' | 'unextracted' | 'unknown'
  readonly schema: RowSchema
  readonly rows: readonly Row[]
}

/** What one destination has of one entity, and why. */
export interface EntityThere {
  readonly key: string
  readonly wanted: Wanted
  /** Undefined when the destination was not asked or did not answer. */
  readonly found: Inspection['entities'][number] | undefined
  /** Newest first. */
  readonly sent: readonly SentWrite[]
  readonly sentCount: number
  readonly reject: (Rejects['records'][number] & { readonly runId: string; readonly at: string }) | undefined
}

/** What becomes of the rows of an entity on their way to a destination. */
export type Wanted =
  | { readonly is: 'wanted'; readonly rows: number; readonly filteredRows: number }
  | { readonly is: 'filtered'; readonly rows: number }
  | { readonly is: 'rejected'; readonly rows: number; readonly reason: string }
  | { readonly is: Exclude<EntityToTrace['place'], 'current'> }

type SentWrite = ReturnType<PublishStore['readHistory']> extends AsyncIterable<infer Write> ? Write : never

export interface DestinationTrace {
  readonly destination: Destination
  readonly mapping: Mapping
  /** The object or dataset, once it was opened. */
  readonly target: string | undefined
  readonly fields: Inspection['fields']
  readonly entities: readonly EntityThere[]
  /** Variables that are missing; then nothing was asked. */
  readonly unset: readonly string[]
  /** Why it could not be asked. */
  readonly problem: PipelineError | undefined
}

/** What a destination has of each entity, what was sent for it, and what is wanted there. A destination that fails is told of, not thrown. */
export async function traceDestination(
  context: CommandContext,
  recordType: RecordType,
  destination: Destination,
  schema: RowSchema,
  entities: readonly EntityToTrace[],
  maxSent: number,
): Promise<DestinationTrace> {
  const { mapping } = context.destinations.mapping(recordType.name, destination.name)
  const names = { recordType: recordType.name, destination: destination.name }
  await using scratch = await openScratchFolder()
  const prepared = []
  for (const entity of entities) prepared.push(await prepare(entity, recordType, mapping, schema, scratch))
  const asked = await ask(
    context,
    recordType,
    destination,
    schema,
    scratch,
    prepared.map(({ row }) => row),
  )

  const publishStore = context.openPublishStore()
  const rejects = await publishStore.readRejects(names)
  const there: EntityThere[] = []
  for (const [place, { key }] of entities.entries()) {
    const sent: SentWrite[] = []
    let sentCount = 0
    for await (const write of publishStore.readHistory(names, key)) {
      if (++sentCount <= maxSent) sent.push(write)
    }
    const record = rejects?.records.find((one) => one.key === key)
    there.push({
      key,
      wanted: prepared[place]?.wanted ?? { is: 'unknown' },
      found: asked.inspection?.entities[place],
      sent,
      sentCount,
      reject: rejects && record && { ...record, runId: rejects.runId, at: rejects.at },
    })
  }
  return {
    destination,
    mapping,
    target: asked.target,
    fields: asked.inspection?.fields ?? [],
    entities: there,
    unset: asked.unset,
    problem: asked.problem,
  }
}

interface Asked {
  readonly target?: string
  readonly inspection?: Inspection
  readonly unset: readonly string[]
  readonly problem: PipelineError | undefined
}

async function ask(
  context: CommandContext,
  recordType: RecordType,
  destination: Destination,
  schema: RowSchema,
  scratch: ScratchFolder,
  rows: readonly Row[],
): Promise<Asked> {
  const { clock, signal, progress, environment } = context
  const service = { destination, recordTypes: [recordType.name] }
  try {
    environment.check(service)
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error
    return { unset: error.details.problems as readonly string[], problem: undefined }
  }
  let description: string | undefined
  try {
    const stop = new AbortController()
    await using target = await context
      .openPublisher(destination.name, recordType.name)
      .openTarget(recordType, {
        schema,
        clock,
        startedAt: clock.now(),
        scratch,
        signal: AbortSignal.any([signal, stop.signal]),
        onProgress: ({ message }) => message && progress.log(`${destination.name}: ${message}`),
      })
    description = target.description
    await using lock =
      target.account === undefined
        ? undefined
        : await context.openPublishStore().lockDestination(target.account, createRunId(clock.now()), {
            signal,
            onWait: progress.log,
          })
    lock?.lost.addEventListener('abort', () => stop.abort(lock.lost.reason), { once: true })
    progress.update(`${recordType.name}: looking into ${destination.name}`)
    return { target: description, inspection: await target.inspect(rows), unset: [], problem: undefined }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof PipelineError)) throw error
    return { ...(description !== undefined && { target: description }), unset: [], problem: error }
  }
}

/** The row to look for, and what publishing makes of the entity's rows. */
async function prepare(
  entity: EntityToTrace,
  recordType: RecordType,
  mapping: Mapping,
  schema: RowSchema,
  scratch: ScratchFolder,
): Promise<{ readonly wanted: Wanted; readonly row: Row }> {
  const rows = entity.rows.map((row) => inSchema(row, entity.schema, schema))
  const [first = []] = rows
  if (entity.place !== 'current') {
    const { row = first } = await fold(rows, recordType, schema, scratch)
    return { wanted: { is: entity.place }, row }
  }
  const isWanted = mapping.filter && compileFilter(mapping.filter, schema)
  const kept = isWanted ? rows.filter(isWanted) : rows
  if (kept.length === 0) {
    const { row = first } = await fold(rows, recordType, schema, scratch)
    return { wanted: { is: 'filtered', rows: rows.length }, row }
  }
  const { row, reason } = await fold(kept, recordType, schema, scratch)
  if (!row) return { wanted: { is: 'rejected', rows: kept.length, reason }, row: first }
  return { wanted: { is: 'wanted', rows: kept.length, filteredRows: rows.length - kept.length }, row }
}

async function fold(
  rows: readonly Row[],
  recordType: RecordType,
  schema: RowSchema,
  scratch: ScratchFolder,
): Promise<{ readonly row: Row | undefined; readonly reason: string }> {
  async function* batch() {
    yield rows
  }
  const folded = foldEntities(batch(), { schema, recordType, scratch })
  const entities = (await Array.fromAsync(folded.batches)).flat()
  const reasons = folded.rejections().listed.map(({ reason }) => reason)
  return { row: entities[0], reason: [...new Set(reasons)].join('; ') }
}

/** The values of a row in the order of another schema, by name. */
function inSchema(row: Row, from: RowSchema, to: RowSchema): Row {
  if (from === to) return row
  return to.columns.map(({ name }) => row[from.columns.findIndex((column) => column.name === name)] ?? null)
}
