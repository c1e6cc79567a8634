import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Certificate } from '@findata/core'
import {
  addFinanceSchema,
  applyFinanceDayTwo,
  createOracleDatabase,
  emptyDepartmentUnits,
  FINANCE_READER,
  startOracle,
  startS3,
} from '@findata/sandbox'
import { type CliOutcome, startCli } from './cli-process.ts'
import { closingTable } from './closing-table.ts'
import type { Narrator } from './narrator.ts'

interface TypeResult {
  readonly recordType: string
  readonly status: string
  readonly verdict?: string
  readonly rows?: number
  readonly isChanged?: boolean
  readonly consistency?: string
  readonly snapshot?: string
  readonly error?: { readonly code: string }
}

const BUCKET = 'findata-demo'

/** The first job from end to end, on stand-ins that are real servers, with the real command line in processes of its own. */
export async function tellStory(narrator: Narrator): Promise<void> {
  const database = createOracleDatabase()
  addFinanceSchema(database)
  await using oracle = await startOracle({ database, users: { [FINANCE_READER]: 'demo-only' } })
  await using s3 = await startS3({ buckets: [{ name: BUCKET }] })
  const env = {
    ORACLE_USER: oracle.user,
    ORACLE_PASSWORD: oracle.password,
    ORACLE_CONNECT_STRING: oracle.connectString,
    BUCKET,
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
  }
  const run = async (...args: string[]) => {
    narrator.command(`s3-cli ${args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ')}`)
    const outcome = await startCli(args, env).outcome
    if (args[0] === 'show') narrator.page(outcome.told)
    else narrator.output(outcome.told)
    return outcome
  }
  narrator.say(
    `Oracle stand-in on port ${oracle.port}, S3 stand-in at ${s3.url}: real servers for the real oracledb driver and the real AWS SDK. Nothing leaves this machine.`,
  )

  narrator.chapter('Six record types, read at one moment')
  const dayOne = await run('extract', '--all')
  const types = typesOf(dayOne)
  narrator.claim(
    'all six balance: source = read = file, to the last digit',
    dayOne.exitCode === 0 && types.every(({ verdict }) => verdict === 'balanced') && types.length === 6,
    dayOne.result,
  )
  narrator.claim(
    'they were read in one read-only transaction',
    new Set(types.map(({ consistency }) => consistency)).size === 1 &&
      types[0]?.consistency === 'read-only transaction',
  )

  narrator.chapter('The certificate of one of them')
  narrator.claim('it says balanced', (await run('show', 'task_orders')).exitCode === 0)

  narrator.chapter('A second day')
  applyFinanceDayTwo(database)
  const dayTwo = await run('extract', 'task_orders', 'objects', '--quiet')
  narrator.claim(
    'both have changed and balance',
    typesOf(dayTwo).every(({ isChanged, verdict }) => isChanged === true && verdict === 'balanced'),
    dayTwo.result,
  )
  const diff = await run('diff', 'task_orders', '--limit', '2')
  narrator.claim(
    'the diff names rows added, removed and changed',
    ['added', 'removed', 'changed'].every((kind) => Number(diff.result[kind]) > 0),
    diff.result,
  )

  narrator.chapter('A view that somebody emptied')
  emptyDepartmentUnits(database)
  const refused = await run('extract', 'units')
  narrator.claim(
    'refused with exit code 5, and yesterday’s units are still current',
    refused.exitCode === 5,
    refused.result,
  )
  const kept = await startCli(['show', 'units', '--json'], env).outcome
  narrator.claim(
    'nothing was replaced',
    rowsOf(kept) === types.find(({ recordType }) => recordType === 'units')?.rows,
  )

  narrator.chapter('Killed in the middle')
  const fault = s3.faults.arm({
    operations: ['PutObject'],
    key: 'task_orders\\.manifest\\.json$',
    effect: { kind: 'hold', at: 'before' },
  })
  narrator.command('s3-cli extract task_orders        # and kill -9 just before it commits')
  const killed = startCli(['extract', 'task_orders'], env)
  await fault.arrived()
  killed.process.kill('SIGKILL')
  await killed.outcome
  fault.release()
  const afterKill = await startCli(['list', 'task_orders', '--json'], env).outcome
  narrator.claim(
    'the snapshot of before is still current',
    afterKill.result.current === runIdOf(dayTwo),
    afterKill.result,
  )
  const again = await run('extract', 'task_orders')
  narrator.claim(
    'the same command again finishes the job',
    again.exitCode === 0 && typesOf(again)[0]?.verdict === 'balanced',
    again.result,
  )

  narrator.chapter('One flipped bit in the bucket')
  const key = typesOf(again)[0]?.snapshot ?? ''
  await flipOneBit(env, key)
  narrator.say(`one bit of ${key} is now different`)
  const verified = await run('verify', 'task_orders')
  narrator.claim('verify finds it, exit code 8', verified.exitCode === 8, verified.result)
  await flipOneBit(env, key)
  narrator.claim('put right, everything verifies', (await run('verify', '--all')).exitCode === 0)

  narrator.chapter('Every hop')
  const certificates: Certificate[] = []
  for (const { recordType } of types) {
    const shown = await startCli(['show', recordType, '--json'], env).outcome
    certificates.push(shown.result.certificate as Certificate)
  }
  narrator.output(closingTable(certificates))
  narrator.claim(
    'every hop agrees with the one before it',
    certificates.every(({ comparisons }) => comparisons.every(({ agrees }) => agrees)),
  )
}

function typesOf({ result }: CliOutcome): readonly TypeResult[] {
  return (result.recordTypes ?? []) as readonly TypeResult[]
}

function runIdOf({ result }: CliOutcome): unknown {
  return result.runId
}

function rowsOf({ result }: CliOutcome): number | undefined {
  return (result.manifest as { totals?: { rows?: number } } | undefined)?.totals?.rows
}

async function flipOneBit(env: Readonly<Record<string, string>>, key: string): Promise<void> {
  const client = new S3Client({
    endpoint: env.AWS_ENDPOINT_URL_S3 ?? '',
    region: env.AWS_REGION ?? '',
    forcePathStyle: true,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  })
  try {
    const object = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
    const bytes = await object.Body?.transformToByteArray()
    if (!bytes) throw new Error(`${key} is empty`)
    const middle = Math.floor(bytes.length / 2)
    bytes[middle] = (bytes[middle] ?? 0) ^ 1
    await client.send(
      new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytes, Metadata: object.Metadata ?? {} }),
    )
  } finally {
    client.destroy()
  }
}
