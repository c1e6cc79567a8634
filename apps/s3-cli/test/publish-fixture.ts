import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, systemClock } from '@findata/core'
import type { KnackDestinationInput, SocrataDestinationInput } from '@findata/publishers'
import {
  type KnackAppDefinition,
  type KnackFieldDefinition,
  type KnackServer,
  type SocrataDatasetDefinition,
  type SocrataServer,
  startKnack,
  startSocrata,
} from '@findata/sandbox'
import {
  type CliFixture,
  type CliOptions,
  type CliOutcome,
  openCliFixture,
  type RunningCli,
} from './cli-fixture.ts'
import { openBucketLike } from './crash-points.ts'
import { LEDGER_CONFIG, LEDGER_DAY_TWO, LEDGER_OWNER } from './ledger.ts'
import { runInProcess } from './publish-in-process.ts'

/** The Knack app that the ledger is published to, and the dataset. */
export const BOOKS = 'books'
export const ENTRIES = 'object_1'
/** An object of the app with one text field, `field_21`, and no records. */
export const MARKS = 'object_2'
export const DATASET = 'ledg-er01'

/** What a run that finds the first day's records sends for the second day. */
export const DAY_TWO = { creates: 3, updates: 3, deletes: 1 }

const APP: Omit<KnackAppDefinition, 'objects'> = {
  id: '5d796d95f3164f0010e9c001',
  apiKey: 'books-key-4f6c',
  slug: BOOKS,
  name: 'Books',
  accountSlug: 'ledgers',
  timeZone: 'Central Time (US & Canada)',
}

const ENTRY_FIELDS: readonly KnackFieldDefinition[] = [
  { key: 'field_1', name: 'Entry', type: 'short_text' },
  { key: 'field_2', name: 'Unit', type: 'short_text', required: true },
  { key: 'field_3', name: 'Memo', type: 'paragraph_text' },
  { key: 'field_4', name: 'Amount', type: 'currency' },
  { key: 'field_5', name: 'Modified', type: 'date_time' },
  { key: 'field_6', name: 'Notes of the staff', type: 'paragraph_text' },
]

const ENTRY_DATASET: SocrataDatasetDefinition = {
  id: DATASET,
  name: 'Ledger entries',
  rowIdentifier: 'entry_id',
  columns: [
    { fieldName: 'entry_id', dataTypeName: 'text' },
    { fieldName: 'unit', dataTypeName: 'text' },
    { fieldName: 'memo', dataTypeName: 'text' },
    { fieldName: 'amount', dataTypeName: 'number' },
  ],
}

const KEY_AS_TEXT = { convert: { numberText: { scale: 0 } }, isKey: true } as const

const KNACK_MAPPING: KnackDestinationInput['recordTypes'][string] = {
  target: ENTRIES,
  fields: [
    { field: 'field_1', from: 'ENTRY_ID', ...KEY_AS_TEXT },
    { field: 'field_2', from: 'UNIT' },
    { field: 'field_3', from: 'MEMO', convert: 'pad-angle-brackets' },
    { field: 'field_4', from: 'AMOUNT' },
    { field: 'field_5', from: { generated: 'timestamp' }, isIgnoredInDiff: true },
  ],
  departed: { action: 'delete', maxRecords: 5 },
}

const SOCRATA_MAPPING: SocrataDestinationInput['recordTypes'][string] = {
  target: DATASET,
  fields: [
    { field: 'entry_id', from: 'ENTRY_ID', ...KEY_AS_TEXT },
    { field: 'unit', from: 'UNIT' },
    { field: 'memo', from: 'MEMO' },
    { field: 'amount', from: 'AMOUNT' },
  ],
  departed: { action: 'delete', maxRecords: 5 },
}

export interface SceneOptions {
  readonly knack?: {
    readonly connection?: Partial<KnackDestinationInput['connection']>
    readonly mapping?: Partial<KnackDestinationInput['recordTypes'][string]>
    readonly dailyCalls?: number
    /** The only units that the app takes; all by default. */
    readonly units?: readonly string[]
  }
  readonly socrata?: {
    readonly connection?: Partial<SocrataDestinationInput['connection']>
    readonly mapping?: Partial<SocrataDestinationInput['recordTypes'][string]>
    readonly dataset?: (definition: SocrataDatasetDefinition) => SocrataDatasetDefinition
  }
  /** Destinations beside these two, as the configuration declares them. */
  readonly others?: Readonly<Record<string, unknown>>
  /** Over the record type `ledger`. */
  readonly recordType?: Readonly<Record<string, unknown>>
  /** Of the stand-ins; the machine's, as far as `elapse` did not move it, by default. */
  readonly clock?: Clock
  /** Whether the destinations hold the first day; true by default. */
  readonly isFilled?: boolean
}

/** A bucket with the second day's snapshot, and destinations that hold the first day's records; nothing of it is shared. */
export interface PublishScene extends AsyncDisposable {
  readonly bucket: string
  readonly knack: KnackServer
  readonly socrata: SocrataServer
  /** Where a configuration of this scene's own is. */
  readonly configFile: string
  /** All that the commands need. */
  readonly env: Readonly<Record<string, string>>
  /** Starts s3-cli on this scene in a process of its own. */
  start(args: readonly string[], options?: CliOptions): RunningCli
  run(args: readonly string[], options?: CliOptions): Promise<CliOutcome>
  /** Replaces the configuration; the stand-ins stay as they are. */
  configure(options: SceneOptions): Promise<void>
  /** Lets so much time go by for the destinations at once. */
  elapse(ms: number): void
  /** What the destinations hold, in the order of the keys, without ids and moments: a line for each record. */
  held(): readonly string[]
}

/** The ledger in Oracle and S3, and scenes to publish it in. */
export interface PublishFixture extends AsyncDisposable {
  readonly cli: CliFixture
  openScene(options?: SceneOptions): Promise<PublishScene>
}

let configs = 0

export async function openPublishFixture(): Promise<PublishFixture> {
  await using resources = new AsyncDisposableStack()
  const cli = resources.use(await openCliFixture({ rows: 8 }))
  await cli.writeConfig(configWith({}))
  const dayOne = ledgerRows(cli)
  cli.change(
    ...LEDGER_DAY_TWO,
    `INSERT INTO LEDGER (ENTRY_ID, UNIT, MEMO, AMOUNT) VALUES (900003, '6208', 'third', 3.30)`,
  )
  const configFile = join(cli.folder, 'findata.config.json')
  const { exitCode, printed } = await runInProcess({ cli }, { ...cli, configFile }, ['extract', 'ledger'])
  if (exitCode !== 0) throw new Error(`the snapshot was not taken: ${printed}`)

  async function openScene(options: SceneOptions = {}): Promise<PublishScene> {
    await using opening = new AsyncDisposableStack()
    let ahead = 0
    const clock = options.clock ?? {
      now: () => new Date(Date.now() + ahead),
      sleep: systemClock.sleep,
    }
    const rows = options.isFilled === false ? [] : dayOne
    const records = rows.map(([id, unit, memo, amount]) => ({
      field_1: id,
      field_2: unit,
      field_3: memo?.replace('<50', '< 50') ?? '',
      field_4: amount ?? '',
      field_6: `note on ${id}`,
    }))
    const { units } = options.knack ?? {}
    const fields = ENTRY_FIELDS.map(
      (field): KnackFieldDefinition =>
        units && field.key === 'field_2' ? { ...field, type: 'multiple_choice', options: units } : field,
    )
    const knack = opening.use(
      await startKnack({
        apps: [
          {
            ...APP,
            objects: [
              { key: ENTRIES, name: 'Entries', fields, records },
              {
                key: MARKS,
                name: 'Marks',
                fields: [{ key: 'field_21', name: 'Mark', type: 'short_text' }],
              },
            ],
          },
        ],
        clock,
        callsPerSecond: 100_000,
        ...(options.knack?.dailyCalls !== undefined && { dailyCalls: options.knack.dailyCalls }),
      }),
    )
    const socrata = opening.use(
      await startSocrata({
        datasets: [
          {
            ...ENTRY_DATASET,
            rows: rows.map(([entry_id, unit, memo, amount]) => ({ entry_id, unit, memo, amount })),
          },
        ].map(options.socrata?.dataset ?? ((definition) => definition)),
        clock,
      }),
    )
    const bucket = await openBucketLike(cli)
    const configFile = join(cli.folder, `publish-${++configs}.config.json`)
    const configure = (given: SceneOptions) => writeFile(configFile, JSON.stringify(configWith(given)))
    await configure(options)
    const { user, password, appToken } = socrata.credentials
    const env = {
      ...cli.env,
      BUCKET: bucket,
      KNACK_APP_ID: APP.id,
      KNACK_API_KEY: APP.apiKey,
      KNACK_API_URL: knack.url,
      SO_WEB: socrata.url,
      SO_TOKEN: appToken,
      SO_USER: user,
      SO_PASS: password,
    }
    const start: PublishScene['start'] = (args, given = {}) =>
      cli.startCli(['--config', configFile, ...args], { ...given, env: { ...env, ...given.env } })
    const closing = opening.move()
    return {
      bucket,
      knack,
      socrata,
      configFile,
      env,
      start,
      run: (args, given) => start(args, given).outcome,
      configure,
      elapse(ms) {
        ahead += ms
      },
      held: () => [...knackLines(knack), ...socrataLines(socrata)].toSorted(),
      [Symbol.asyncDispose]: () => closing.disposeAsync(),
    }
  }

  const closing = resources.move()
  return { cli, openScene, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

function configWith({ knack = {}, socrata = {}, recordType = {}, others = {} }: SceneOptions) {
  const { ledger } = LEDGER_CONFIG.recordTypes
  return {
    recordTypes: { ledger: { ...ledger, publicColumns: ledger.columns, ...recordType } },
    destinations: {
      [BOOKS]: {
        kind: 'knack',
        connection: {
          appId: 'env:KNACK_APP_ID',
          apiKey: 'env:KNACK_API_KEY',
          apiUrl: 'env:KNACK_API_URL',
          app: { slug: BOOKS },
          callsPerSecond: 1_000,
          reserveCalls: 5,
          settleMs: 1_000,
          ...knack.connection,
        },
        recordTypes: { ledger: { ...KNACK_MAPPING, ...knack.mapping } },
      },
      portal: {
        kind: 'socrata',
        connection: { rowsPerRequest: 2, lagMs: 500, ...socrata.connection },
        recordTypes: { ledger: { ...SOCRATA_MAPPING, ...socrata.mapping } },
      },
      ...others,
    },
  }
}

type LedgerRow = readonly [id: string, unit: string, memo: string | null, amount: string | null]

function ledgerRows({ database }: CliFixture): readonly LedgerRow[] {
  const session = database.openSession(LEDGER_OWNER)
  try {
    const { rows } = session.parse('SELECT ENTRY_ID, UNIT, MEMO, AMOUNT FROM LEDGER').execute([])
    return [...rows].map((row) => row as unknown as LedgerRow)
  } finally {
    session.close()
  }
}

function knackLines(knack: KnackServer): string[] {
  return knack.records(BOOKS, ENTRIES).map((record) => {
    const values = ['field_1', 'field_2', 'field_3', 'field_4', 'field_6'].map((key) => record[key])
    return `${BOOKS} ${JSON.stringify(values)}`
  })
}

function socrataLines(socrata: SocrataServer): string[] {
  return socrata.rows(DATASET).map((row) => {
    const { entry_id, unit, memo = null, amount = null } = row
    return `portal ${JSON.stringify([entry_id, unit, memo, amount])}`
  })
}
