import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3'
import {
  defineRecordType,
  openScratchFolder,
  type SnapshotResult,
  type SnapshotRun,
  type SnapshotStore,
  type SourceSnapshot,
  takeSnapshot,
} from '@findata/core'
import { createOracleExtractor, openOraclePool } from '@findata/oracle-extract'
import { createS3SnapshotStore } from '@findata/s3-store'
import { createOracleDatabase, startOracle, startS3 } from '@findata/sandbox'

const OWNER = 'LEDGER_OWNER'
const BUCKET = 'findata'

const ledger = defineRecordType({
  name: 'ledger',
  query: 'SELECT ID, AMOUNT FROM LEDGER',
  columns: ['ID', 'AMOUNT'],
  rowKey: ['ID'],
  money: ['AMOUNT'],
})

export interface TakeOptions extends Partial<Pick<SnapshotRun, 'signal' | 'now' | 'id'>> {
  /** In place of the scene's store, usually that one with a step that fails or stops. */
  readonly store?: SnapshotStore
  /** What the source says instead of the truth. */
  readonly source?: (source: SourceSnapshot) => SourceSnapshot
}

/** The pipeline in this process, over the real adapters and both stand-ins: the table `LEDGER` has two rows, of 1 and 2. */
export interface SnapshotScene extends AsyncDisposable {
  readonly store: SnapshotStore
  /** Runs SQL as the owner of the ledger. */
  change(...statements: string[]): void
  take(options?: TakeOptions): Promise<SnapshotResult>
  /** `ledger.json`, or undefined if it is not there. */
  plainFile(): Promise<string | undefined>
}

export async function openSnapshotScene(): Promise<SnapshotScene> {
  await using resources = new AsyncDisposableStack()
  const database = createOracleDatabase()
  database.run(
    OWNER,
    'CREATE TABLE LEDGER (ID VARCHAR2(10) NOT NULL, AMOUNT NUMBER(18,2))',
    "INSERT INTO LEDGER VALUES ('a', 1)",
    "INSERT INTO LEDGER VALUES ('b', 2)",
  )
  const oracle = resources.use(await startOracle({ database, users: { [OWNER]: 'sandbox-only' } }))
  const s3 = resources.use(await startS3({ buckets: [{ name: BUCKET }] }))
  const { user, password, connectString } = oracle
  const pool = resources.use(openOraclePool({ user, password: () => password, connectString }))
  const extractor = createOracleExtractor(pool)
  const client = new S3Client({
    endpoint: s3.url,
    region: s3.region,
    forcePathStyle: true,
    credentials: s3.credentials,
    maxAttempts: 1,
  })
  resources.defer(() => client.destroy())
  const store = createS3SnapshotStore(client, { bucket: BUCKET })

  const closing = resources.move()
  return {
    store,
    change: (...statements) => database.run(OWNER, ...statements),
    async take({
      signal = new AbortController().signal,
      now = () => new Date(),
      id = '20261122T130000Z-00000001',
      store: other = store,
      source: pretend = (source: SourceSnapshot) => source,
    } = {}) {
      await using scratch = await openScratchFolder()
      await using source = await extractor.openSnapshot({
        signal: new AbortController().signal,
        recordTypes: [],
      })
      return await takeSnapshot({ source: pretend(source), store: other }, ledger, {
        id,
        signal,
        scratch,
        overrides: [],
        versions: {},
        now,
        onProgress() {},
      })
    },
    async plainFile() {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'ledger.json' }))
        return await Body?.transformToString()
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined
        throw error
      }
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
