import { S3Client } from '@aws-sdk/client-s3'
import {
  type ApplyOptions,
  type Clock,
  type ColumnType,
  catalogue,
  createRunId,
  foldEntities,
  freezeOrdinals,
  type Intent,
  openScratchFolder,
  type PlanEntry,
  type PlanSummary,
  type PublishedTotals,
  type PublishJournal,
  type PublishOutcome,
  type PublishProgress,
  type Receipt,
  type Row,
  type RowBatch,
  type TargetField,
} from '@findata/core'
import {
  createKnackPublisher,
  type KnackDestination,
  type KnackSettings,
  type Mapping,
  toDestinations,
} from '@findata/publishers'
import { createS3PublishStore } from '@findata/s3-store'
import {
  createVirtualClock,
  financeKnackApps,
  type KnackOptions,
  type KnackRecord,
  type KnackServer,
  startKnack,
  startS3,
  type VirtualClock,
} from '@findata/sandbox'

export const APP = 'data-tracker'
/** Task orders of `data-tracker`. */
export const OBJECT = 'object_86'
const BUCKET = 'findata'
const TARGET = { recordType: 'task_orders', destination: APP }

const taskOrders = catalogue.get('task_orders')
const MONEY: ColumnType = { kind: 'number', precision: 18, scale: 2 }
const { schema } = freezeOrdinals(
  taskOrders.columns.map((name) => ({
    name,
    type: taskOrders.money.some(({ column }) => column === name) ? MONEY : { kind: 'text' },
    isNullable: true,
  })),
)

/** One row of the source; what is left out is as `order` fills it. */
export interface OrderRow {
  readonly dept?: string
  readonly id: string
  readonly name?: string | null
  readonly status?: string
  readonly balance?: string | null
  readonly buyer?: string | null
}

export interface PublishOptions extends Partial<Pick<ApplyOptions, 'limit' | 'waitsForUnclear' | 'saved'>> {
  readonly settings?: Partial<KnackSettings>
  readonly mapping?: Partial<Mapping>
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: PublishProgress) => void
  /** Stands between the run and the clock. */
  readonly clock?: (clock: Clock) => Clock
  /** Stands between the run and the journal. */
  readonly journal?: (journal: PublishJournal) => PublishJournal
  /** Runs between plan and apply. */
  readonly beforeApply?: () => unknown
}

export interface Published {
  readonly runId: string
  readonly summary: PlanSummary
  readonly fields: readonly TargetField[]
  readonly entries: readonly PlanEntry[]
  readonly outcome: PublishOutcome
  readonly totals: PublishedTotals
}

/** The Knack publisher as a run uses it, with its journal in S3, over both stand-ins and on one clock that nobody waits for. */
export interface KnackScene extends AsyncDisposable {
  readonly knack: KnackServer
  readonly clock: VirtualClock
  /** Plans, applies, settles the journal and reads back, as a run does. */
  publish(rows: readonly OrderRow[], options?: PublishOptions): Promise<Published>
  records(): readonly KnackRecord[]
  /** By id of the task order. */
  history(key: string): Promise<readonly { readonly intent: Intent; readonly receipt: Receipt | undefined }[]>
  /** Calls of a kind, since the start. */
  calls(operation: 'create' | 'update' | 'delete' | 'list'): number
}

export async function openKnackScene(
  options: Partial<Omit<KnackOptions, 'clock'>> = {},
): Promise<KnackScene> {
  await using resources = new AsyncDisposableStack()
  const clock = createVirtualClock()
  const apps = financeKnackApps()
  const knack = resources.use(await startKnack({ apps, clock, ...options }))
  const s3 = resources.use(await startS3({ buckets: [{ name: BUCKET }] }))
  const client = new S3Client({
    endpoint: s3.url,
    region: s3.region,
    forcePathStyle: true,
    credentials: s3.credentials,
    maxAttempts: 1,
  })
  resources.defer(() => client.destroy())
  const store = createS3PublishStore(client, { bucket: BUCKET })
  const destination = toDestinations({}, [taskOrders], 'findata.config').get(APP) as KnackDestination
  const [app] = apps
  const defaults: KnackSettings = {
    ...destination.connection,
    appId: app.id,
    apiKey: () => app.apiKey,
    apiUrl: knack.url,
  }

  const closing = resources.move()
  return {
    knack,
    clock,
    records: () => knack.records(APP, OBJECT),
    calls: (operation) => knack.requests().filter((request) => request.operation === operation).length,
    async history(key) {
      return await Array.fromAsync(store.readHistory(TARGET, key))
    },
    async publish(rows, { signal = new AbortController().signal, ...how } = {}) {
      const runId = createRunId(clock.now())
      const mapping = { ...(destination.recordTypes.task_orders as Mapping), ...how.mapping }
      const publisher = createKnackPublisher(
        { ...destination, recordTypes: { task_orders: mapping } },
        { ...defaults, ...how.settings },
        { timeoutMs: 2_000 },
      )
      await using scratch = await openScratchFolder()
      await using opened = await store.openJournal(TARGET, runId, { signal })
      const journal = how.journal?.(opened) ?? opened
      await using target = await publisher.openTarget(taskOrders, {
        schema,
        clock: how.clock?.(clock) ?? clock,
        startedAt: clock.now(),
        scratch,
        signal,
        onProgress: how.onProgress ?? (() => {}),
      })
      const entities = foldEntities(batches(rows), {
        schema,
        recordType: taskOrders,
        scratch,
        ...(target.filter && { filter: target.filter }),
      })
      const plan = await target.plan(entities.batches, journal.unanswered)
      const entries = await Array.fromAsync(plan.entries())
      await how.beforeApply?.()
      const { limit, saved, waitsForUnclear = true } = how
      const outcome = await target.apply(plan, {
        journal,
        waitsForUnclear,
        ...(limit !== undefined && { limit }),
        ...(saved && { saved }),
      })
      await journal.settle()
      const totals = await target.readBack(outcome)
      return { runId, summary: plan.summary, fields: plan.fields, entries, outcome, totals }
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

async function* batches(rows: readonly OrderRow[]): AsyncGenerator<RowBatch> {
  yield rows.map(toRow)
}

function toRow({
  dept = '2400',
  id,
  name = `Order ${id}`,
  status = 'Active',
  balance = '10',
  buyer = null,
}: OrderRow): Row {
  return [dept, id, name, status, 'Memo', '10.5', '0.5', balance, null, buyer]
}

/** How people name an order of department 2400. */
export function keyOf(id: string): string {
  return `TASK_ORDER_DEPT=2400, TASK_ORDER_ID=${id}`
}

/** `0001`, `0002`, … */
export function orders(count: number): OrderRow[] {
  return Array.from({ length: count }, (_, index) => ({ id: String(index + 1).padStart(4, '0') }))
}
