import { type ControlRoutes, createControlServer } from './control-server.ts'
import { listenHttp } from './listen-http.ts'
import type { OracleDatabase } from './oracle/database.ts'
import { createOracleDatabase } from './oracle/sql/oracle-database.ts'
import type { S3Credentials } from './s3/request-signature.ts'
import { addBenchTable, type BenchTable } from './sample/bench-table.ts'
import { addFinanceSchema, applyFinanceDayTwo, emptyDepartmentUnits } from './sample/finance-schema.ts'
import { financeKnackApps } from './sample/knack-apps.ts'
import { financeSocrataDatasets } from './sample/socrata-datasets.ts'
import { type KnackOptions, type KnackServer, startKnack } from './start-knack.ts'
import { type OracleServer, type OracleServerOptions, startOracle } from './start-oracle.ts'
import { type S3Options, type S3Server, startS3 } from './start-s3.ts'
import { type SocrataOptions, type SocrataServer, startSocrata } from './start-socrata.ts'

export interface StandInsOptions {
  readonly oracle?: Omit<OracleServerOptions, 'database'>
  readonly s3?: Omit<S3Options, 'now'>
  /** The two apps of the finance sample by default, without records. */
  readonly knack?: Partial<Omit<KnackOptions, 'clock'>>
  /** The four datasets of the finance sample by default, without rows. */
  readonly socrata?: Partial<Omit<SocrataOptions, 'clock'>>
  /** What Oracle holds: the finance sample of day one by default. */
  readonly sample?: 'finance' | 'none' | BenchTable
  /** Where scenes are played from another process; a free port by default. */
  readonly controlPort?: number
}

/** All that a client in any process needs to know. */
export interface StandInEndpoints {
  readonly oracle: Pick<OracleServer, 'connectString' | 'user' | 'password' | 'controlUrl'>
  readonly s3: Pick<S3Server, 'url' | 'region' | 'controlUrl'> & {
    readonly bucket: string
    readonly credentials: S3Credentials
  }
  readonly knack: Pick<KnackServer, 'url' | 'controlUrl'> & {
    readonly apps: readonly { readonly slug: string; readonly id: string; readonly apiKey: string }[]
  }
  readonly socrata: Pick<SocrataServer, 'url' | 'controlUrl' | 'credentials'> & {
    /** By their names. */
    readonly datasets: Readonly<Record<string, string>>
  }
  /** `GET /` lists the scenes, `POST /<scene>` plays one. */
  readonly controlUrl: string
}

/** All stand-ins together, with sample data and one control. Dispose them to end every connection and free the ports. */
export interface StandIns extends AsyncDisposable {
  readonly oracle: OracleServer
  readonly s3: S3Server
  readonly knack: KnackServer
  readonly socrata: SocrataServer
  readonly endpoints: StandInEndpoints
  /** Throws for a scene that cannot be played, or not again. */
  play(scene: SceneName): void
}

/** What can happen to the stand-ins while they run, by name. */
export const SCENES = {
  'day-two': 'the next working day: records change, come and go',
  'empty-units': 'the view of units is empty, as after a failed load',
  'refuse-logons': 'Oracle refuses the next connection (ORA-12514)',
  'lose-oracle': 'the next query breaks off after 100 rows',
  'throttle-s3': 'S3 answers SlowDown to the next three calls',
  'lose-s3-reply': 'S3 does the next write, but its answer is lost',
  'edit-knack': 'somebody edits a task order in Knack by hand',
  'lose-knack-reply': 'Knack creates the next record, but its answer is lost',
  'spend-knack': 'other programs use up the calls of the day in Knack',
  'clear-faults': 'no fault waits any more, on any side',
} as const

export type SceneName = keyof typeof SCENES

/** Starts all stand-ins in this process. */
export async function startStandIns(options: StandInsOptions = {}): Promise<StandIns> {
  await using starting = new AsyncDisposableStack()
  const { sample = 'finance' } = options
  const database = createOracleDatabase()
  fill(database, sample)
  const replaysResults = typeof sample === 'object'
  const oracle = starting.use(await startOracle({ replaysResults, ...options.oracle, database }))
  const buckets = options.s3?.buckets ?? [{ name: 'findata' }]
  const s3 = starting.use(await startS3({ ...options.s3, buckets }))
  const apps = options.knack?.apps ?? financeKnackApps()
  const knack = starting.use(await startKnack({ ...options.knack, apps }))
  const datasets = options.socrata?.datasets ?? financeSocrataDatasets()
  const socrata = starting.use(await startSocrata({ ...options.socrata, datasets }))
  const play = createScenes({ oracle, s3, knack, socrata })
  const control = starting.use(
    await listenHttp(createControlServer(controlRoutes(play)), options.controlPort ?? 0),
  )
  const running = starting.move()
  const { connectString, user, password } = oracle
  const { url, region, credentials } = s3
  return {
    oracle,
    s3,
    knack,
    socrata,
    endpoints: {
      oracle: { connectString, user, password, controlUrl: oracle.controlUrl },
      s3: { url, region, credentials, bucket: buckets[0]?.name ?? '', controlUrl: s3.controlUrl },
      knack: {
        url: knack.url,
        controlUrl: knack.controlUrl,
        apps: apps.map(({ slug, id, apiKey }) => ({ slug, id, apiKey })),
      },
      socrata: {
        url: socrata.url,
        controlUrl: socrata.controlUrl,
        credentials: socrata.credentials,
        datasets: Object.fromEntries(datasets.map(({ name, id }) => [name, id])),
      },
      controlUrl: control.url,
    },
    play,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function fill(database: OracleDatabase, sample: NonNullable<StandInsOptions['sample']>): void {
  if (sample === 'finance') addFinanceSchema(database)
  else if (sample !== 'none') addBenchTable(database, sample)
}

function createScenes({ oracle, s3, knack, socrata }: Pick<StandIns, 'oracle' | 's3' | 'knack' | 'socrata'>) {
  const { database, faults: oracleFaults } = oracle
  const { faults: s3Faults } = s3
  let isDayTwo = false
  const scenes: Readonly<Record<SceneName, () => void>> = {
    'day-two'() {
      if (isDayTwo) throw new Error('day two is already here; start again for day one')
      applyFinanceDayTwo(database)
      isDayTwo = true
    },
    'empty-units': () => emptyDepartmentUnits(database),
    'refuse-logons': () => void oracleFaults.arm({ kind: 'refuse', code: 12514 }),
    'lose-oracle': () => void oracleFaults.arm({ kind: 'cut-after-rows', rows: 100 }),
    'throttle-s3': () => void s3Faults.arm({ effect: { kind: 'slow-down' }, times: 3 }),
    'lose-s3-reply': () => void s3Faults.arm({ effect: { kind: 'lost-reply' }, method: 'PUT' }),
    'edit-knack': () => editTaskOrder(knack),
    'lose-knack-reply': () =>
      void knack.faults.arm({ effect: { kind: 'lost-reply' }, operations: ['create'] }),
    'spend-knack': () => knack.spendCalls('atd'),
    'clear-faults'() {
      oracleFaults.clear()
      s3Faults.clear()
      knack.faults.clear()
      socrata.faults.clear()
    },
  }
  return (scene: SceneName) => scenes[scene]()
}

/** As a clerk might: the balance of the first task order in the app of finance is overwritten. */
function editTaskOrder(knack: KnackServer): void {
  const [record] = knack.records('finance-purchasing', 'object_43')
  if (!record) throw new Error('there is no task order in finance-purchasing yet; publish some first')
  knack.edit('finance-purchasing', 'object_43', record.id, { field_997: '1.00' })
}

function controlRoutes(play: (scene: SceneName) => void): ControlRoutes {
  return {
    'GET /': () => SCENES,
    'POST /:scene'(_, scene) {
      if (!isScene(scene))
        throw new Error(`there is no scene ${scene}; POST one of ${Object.keys(SCENES).join(', ')}`)
      play(scene)
      return { played: scene }
    },
  }
}

function isScene(name: string): name is SceneName {
  return Object.hasOwn(SCENES, name)
}
