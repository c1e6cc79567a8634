import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Certificate } from '@findata/core'
import { applyFinanceDayTwo, emptyDepartmentUnits } from '@findata/sandbox'
import { type CliOutcome, type CliPlace, startCli } from './cli-process.ts'
import { closingTable } from './closing-table.ts'
import { readWhileMoneyMoves } from './moment-chapter.ts'
import type { Narrator } from './narrator.ts'
import { certificatesOf, findHandEdit, publishDayOne, publishDayTwo } from './publish-chapters.ts'
import { BUCKET, openScene } from './scene.ts'

interface TypeResult {
  readonly recordType: string
  readonly status: string
  readonly verdict?: string
  readonly rows?: number
  readonly isChanged?: boolean
  readonly consistency?: string
  readonly scn?: string
  readonly snapshot?: string
  readonly error?: { readonly code: string }
}

/** The first job from end to end: Oracle to S3 to Knack and Socrata, on stand-ins that are real servers, with the real command line in processes of its own. */
export async function tellStory(narrator: Narrator): Promise<void> {
  await using scene = await openScene(narrator)
  const { standIns, place, run } = scene
  const { oracle, s3, knack, socrata } = standIns
  const { database } = oracle
  const { env } = place
  narrator.say(
    `Stand-ins of Oracle on port ${oracle.port}, of S3 at ${s3.url}, of Knack at ${knack.url} and of Socrata at ${socrata.url}: real servers for the real driver, SDK and clients. Nothing leaves this machine.`,
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
    'all six were read at one SCN, and nothing lies behind a database link',
    new Set(types.map(({ consistency }) => consistency)).size === 1 &&
      types.every(({ consistency, scn }) => consistency === `scn ${scn}`),
    dayOne.result,
  )

  narrator.chapter('The certificate of one of them')
  narrator.claim('it says balanced', (await run('show', 'task_orders')).exitCode === 0)

  const published = [...(await publishDayOne(scene))]

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

  published.push(...(await publishDayTwo(scene)))
  published.push(await findHandEdit(scene))

  narrator.chapter('A view that somebody emptied')
  emptyDepartmentUnits(database)
  const refused = await run('extract', 'units')
  narrator.claim(
    'refused with exit code 5, and yesterday’s units are still current',
    refused.exitCode === 5,
    refused.result,
  )
  const kept = await startCli(['show', 'units', '--json'], place).outcome
  narrator.claim(
    'nothing was replaced',
    rowsOf(kept) === types.find(({ recordType }) => recordType === 'units')?.rows,
  )

  const moved = await readWhileMoneyMoves(scene)

  narrator.chapter('Killed in the middle')
  const fault = s3.faults.arm({
    operations: ['PutObject'],
    key: 'task_orders\\.manifest\\.json$',
    effect: { kind: 'hold', at: 'before' },
  })
  narrator.command('s3-cli extract task_orders        # and kill -9 just before it commits')
  const killed = startCli(['extract', 'task_orders'], place)
  await fault.arrived()
  killed.process.kill('SIGKILL')
  await killed.outcome
  fault.release()
  const afterKill = await startCli(['list', 'task_orders', '--json'], place).outcome
  narrator.claim(
    'the snapshot of before is still current',
    afterKill.result.current === runIdOf(moved),
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
    const shown = await startCli(['show', recordType, '--json'], place).outcome
    certificates.push(shown.result.certificate as Certificate)
  }
  const publications = await certificatesOf(published, (key) => readText(env, key))
  narrator.output(closingTable(certificates, publications))
  narrator.claim(
    'every hop agrees with the one before it',
    [...certificates, ...publications].every(({ comparisons }) => comparisons.every(({ agrees }) => agrees)),
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

async function flipOneBit(env: CliPlace['env'], key: string): Promise<void> {
  using client = openClient(env)
  const object = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
  const bytes = await object.Body?.transformToByteArray()
  if (!bytes) throw new Error(`${key} is empty`)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  await client.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytes, Metadata: object.Metadata ?? {} }),
  )
}

async function readText(env: CliPlace['env'], key: string): Promise<string> {
  using client = openClient(env)
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }))
  return (await Body?.transformToString()) ?? ''
}

function openClient(env: CliPlace['env']): S3Client & Disposable {
  const client = new S3Client({
    endpoint: env.AWS_ENDPOINT_URL_S3 ?? '',
    region: env.AWS_REGION ?? '',
    forcePathStyle: true,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  })
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() })
}
