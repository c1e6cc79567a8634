import { S3Client } from '@aws-sdk/client-s3'
import {
  type ApplyOptions,
  type ColumnType,
  defineRecordType,
  foldEntities,
  freezeOrdinals,
  openScratchFolder,
  type PlanEntry,
  type PublishedTotals,
  type PublishJournal,
  type PublishOutcome,
  type PublishPlan,
  type PublishProgress,
  type RecordType,
  type Row,
} from '@findata/core'
import {
  createSocrataPublisher,
  type MappingInput,
  type SocrataDestination,
  type SocrataDestinationInput,
  type SocrataSettings,
  toDestinations,
} from '@findata/publishers'
import { createS3PublishStore } from '@findata/s3-store'
import {
  createVirtualClock,
  type SocrataDatasetDefinition,
  type SocrataRequestRecord,
  type SocrataServer,
  startS3,
  startSocrata,
  type VirtualClock,
} from '@findata/sandbox'

export type SourceRow = Readonly<Record<string, string | null>>

export interface PublishOptions extends Partial<Pick<ApplyOptions, 'saved' | 'limit'>> {
  readonly signal?: AbortSignal
  readonly settings?: Partial<SocrataSettings>
  /** In place of the journal, usually one that fails. */
  readonly journal?: (journal: PublishJournal) => PublishJournal
  /** Between planning and sending. */
  readonly beforeApply?: () => void
}

export interface Published {
  readonly plan: PublishPlan['summary']
  readonly entries: readonly PlanEntry[]
  readonly outcome: PublishOutcome
  readonly totals: PublishedTotals
  /** Creates, updates and deletes that reached the service, retries included. */
  readonly requests: readonly SocrataRequestRecord[]
}

/** One record type and one dataset, over the real journal and both stand-ins, on a clock that nobody waits for. */
export interface SocrataPublishScene extends AsyncDisposable {
  readonly server: SocrataServer
  readonly clock: VirtualClock
  readonly dataset: string
  readonly progress: readonly PublishProgress[]
  /** What the dataset holds, by its row identifier. */
  held(): Readonly<Record<string, Readonly<Record<string, unknown>>>>
  openJournal(): Promise<PublishJournal>
  /** What the journal says of a record, newest run first: kind, outcome and answer. */
  history(key: string): Promise<readonly string[]>
  plan(rows: readonly SourceRow[], options?: PublishOptions): Promise<Pick<Published, 'plan' | 'entries'>>
  /** Folds rows into entities, plans, sends and reads back, as the pipeline does. */
  publish(rows: readonly SourceRow[], options?: PublishOptions): Promise<Published>
}

/** Orders by their id, with a name, an amount and a day. */
export const ORDERS = defineRecordType({
  name: 'orders',
  query: 'SELECT ID, DEPT, NAME, AMOUNT, OPENED FROM ORDERS',
  columns: ['ID', 'DEPT', 'NAME', 'AMOUNT', 'OPENED'],
  rowKey: ['ID', 'DEPT'],
  money: ['AMOUNT'],
  publicColumns: ['ID', 'DEPT', 'NAME', 'AMOUNT', 'OPENED'],
})

const FIELDS: SocrataDestinationInput['recordTypes'][string]['fields'] = [
  { field: 'id', from: 'ID', isKey: true },
  { field: 'name', from: 'NAME' },
  { field: 'amount', from: 'AMOUNT' },
  { field: 'opened', from: 'OPENED' },
]

export function ordersDestination(
  mapping: Partial<MappingInput> = {},
  connection: NonNullable<SocrataDestinationInput['connection']> = {},
): SocrataDestination {
  const portal = {
    kind: 'socrata',
    connection,
    recordTypes: { orders: { target: ORDERS_DATASET.id, fields: FIELDS, ...mapping } },
  }
  return toDestinations({ portal }, [ORDERS], 'test').get('portal') as SocrataDestination
}

export const ORDERS_DATASET: SocrataDatasetDefinition = {
  id: 'orde-rs01',
  name: 'Orders',
  rowIdentifier: 'id',
  columns: [
    { fieldName: 'id', dataTypeName: 'text' },
    { fieldName: 'name', dataTypeName: 'text' },
    { fieldName: 'amount', dataTypeName: 'number' },
    { fieldName: 'opened', dataTypeName: 'calendar_date' },
    { fieldName: 'remark', dataTypeName: 'text' },
  ],
}

/** `0001`, `0002`, … of one department. */
export function orders(count: number, change: (index: number) => SourceRow = () => ({})): SourceRow[] {
  return Array.from({ length: count }, (_, index) => {
    const id = String(index + 1).padStart(4, '0')
    return {
      ID: id,
      DEPT: '2400',
      NAME: `Order ${id}`,
      AMOUNT: `${index}.5`,
      OPENED: '2026-01-05T00:00:00',
      ...change(index),
    }
  })
}

export interface SceneOptions {
  /** `ORDERS` and what belongs to it, unless others are given. */
  readonly recordType?: RecordType
  readonly destination?: SocrataDestination
  readonly definition?: SocrataDatasetDefinition
  /** Of columns that are neither text nor money. */
  readonly types?: Readonly<Record<string, ColumnType>>
  readonly timeoutMs?: number
}

export async function openSocrataPublishScene({
  recordType = ORDERS,
  destination = ordersDestination(),
  definition = ORDERS_DATASET,
  types = { OPENED: { kind: 'date' } },
  timeoutMs,
}: SceneOptions = {}): Promise<SocrataPublishScene> {
  await using resources = new AsyncDisposableStack()
  const clock = createVirtualClock()
  const server = resources.use(await startSocrata({ clock, datasets: [definition] }))
  const s3 = resources.use(await startS3({ buckets: [{ name: 'findata' }] }))
  const client = new S3Client({
    endpoint: s3.url,
    region: s3.region,
    forcePathStyle: true,
    credentials: s3.credentials,
    maxAttempts: 1,
  })
  resources.defer(() => client.destroy())
  const store = createS3PublishStore(client, { bucket: 'findata' })
  const { connection } = destination
  const settings: SocrataSettings = {
    rowsPerRequest: connection.rowsPerRequest,
    bytesPerRequest: connection.bytesPerRequest,
    lagMs: connection.lagMs,
    baseUrl: server.url,
    appToken: () => server.credentials.appToken,
    user: server.credentials.user,
    password: () => server.credentials.password,
    datasets: { [recordType.name]: definition.id },
  }
  const { schema } = freezeOrdinals(
    recordType.columns.map((name) => ({
      name,
      isNullable: true,
      type:
        types[name] ??
        (recordType.money.some(({ column }) => column === name) ? { kind: 'number' } : { kind: 'text' }),
    })),
  )
  const progress: PublishProgress[] = []
  let runs = 0

  const openJournal = () => {
    const runId = `20261122T1300${String(++runs).padStart(2, '0')}Z-00000001`
    const target = { recordType: recordType.name, destination: destination.name }
    return store.openJournal(target, runId, { signal: new AbortController().signal })
  }

  const run = async <T>(
    rows: readonly SourceRow[],
    { settings: other = {}, signal = new AbortController().signal }: PublishOptions,
    work: (prepared: {
      readonly target: Awaited<ReturnType<ReturnType<typeof createSocrataPublisher>['openTarget']>>
      readonly plan: PublishPlan
      readonly journal: PublishJournal
    }) => Promise<T>,
  ): Promise<T> => {
    await using scratch = await openScratchFolder()
    const publisher = createSocrataPublisher(
      destination,
      { ...settings, ...other },
      timeoutMs === undefined ? {} : { timeoutMs },
    )
    await using target = await publisher.openTarget(recordType, {
      schema,
      clock,
      startedAt: clock.now(),
      scratch,
      signal,
      onProgress: (step) => void progress.push(step),
    })
    await using journal = await openJournal()
    const folded = foldEntities(toBatches(rows, recordType), {
      schema,
      recordType,
      scratch,
      ...(target.filter && { filter: target.filter }),
    })
    const plan = await target.plan(folded.batches, journal.unanswered)
    return await work({ target, plan, journal })
  }

  const closing = resources.move()
  return {
    server,
    clock,
    dataset: definition.id,
    progress,
    held: () =>
      Object.fromEntries(
        server.rows(definition.id).map((row) => [String(row[definition.rowIdentifier ?? '']), row]),
      ),
    openJournal,
    async history(key) {
      const target = { recordType: recordType.name, destination: destination.name }
      return await Array.fromAsync(
        store.readHistory(target, key),
        ({ intent, receipt }) => `${intent.kind}: ${receipt?.outcome}, ${receipt?.answer}`,
      )
    },
    plan: (rows, given = {}) =>
      run(rows, given, async ({ plan }) => ({
        plan: plan.summary,
        entries: await Array.fromAsync(plan.entries()),
      })),
    publish: (rows, given = {}) =>
      run(rows, given, async ({ target, plan, journal: real }) => {
        const { journal: pretend = (journal: PublishJournal) => journal, saved, limit, beforeApply } = given
        const journal = pretend(real)
        const entries = await Array.fromAsync(plan.entries())
        beforeApply?.()
        const first = server.callCount()
        const outcome = await target.apply(plan, {
          journal,
          waitsForUnclear: true,
          ...(saved && { saved }),
          ...(limit !== undefined && { limit }),
        })
        await journal.settle()
        const writes = server
          .requests()
          .slice(first)
          .filter(({ method }) => method !== 'GET')
        return {
          plan: plan.summary,
          entries,
          outcome,
          totals: await target.readBack(outcome),
          requests: writes,
        }
      }),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

/** A plan as it comes out of a file. */
export function toSavedPlan({ plan, entries }: Pick<Published, 'plan' | 'entries'>): PublishPlan {
  return { summary: plan, fields: [], entries: () => ReadableStream.from(entries) }
}

async function* toBatches(rows: readonly SourceRow[], { columns }: RecordType): AsyncGenerator<Row[]> {
  yield rows.map((row) => columns.map((column) => row[column] ?? null))
}
