import { CopyObjectCommand, CreateBucketCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { type CliFixture, type CliFixtureOptions, type CliOutcome, openCliFixture } from './cli-fixture.ts'
import { LEDGER_DAY_TWO } from './ledger.ts'

/** A network call of a command, and the moment at which the command is killed: before it is processed, or before its answer. */
export interface CrashPoint {
  readonly service: 'oracle' | 's3'
  /** From 1 on. */
  readonly call: number
  readonly at: 'before' | 'after'
  /** What the call does, for messages. */
  readonly what: string
}

let buckets = 0

/** A new bucket with what the fixture's own one has. */
export async function openBucketLike({ client, bucket: source }: CliFixture): Promise<string> {
  const bucket = `${source}-${++buckets}`
  await client.send(new CreateBucketCommand({ Bucket: bucket }))
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: source }))
  for (const { Key = '' } of Contents) {
    const CopySource = `${source}/${encodeURIComponent(Key)}`
    await client.send(new CopyObjectCommand({ Bucket: bucket, Key, CopySource }))
  }
  return bucket
}

type BucketState = Readonly<Record<string, string>>

/** One command on stand-ins of its own, and what it leaves when nothing goes wrong. */
export interface CrashScene extends AsyncDisposable {
  readonly cli: CliFixture
  readonly args: readonly string[]
  /** What one clean run leaves. */
  readonly clean: BucketState
  /** What two of them leave: a run that is killed when its plain file is in place is not there to be repeated. */
  readonly cleanTwice: BucketState
  /** Every call of a clean run. */
  readonly points: readonly CrashPoint[]
  /** A bucket with what was there before the command. */
  openBucket(): Promise<string>
}

export type CrashSceneName = 'an empty bucket' | 'an earlier snapshot'

const ARGS = ['extract', 'ledger']
const READ_BY_OTHERS = ['ledger.json', 'ledger.manifest.json']

/** Stand-ins of its own, and a clean run for comparison. */
export async function openCrashScene(
  name: CrashSceneName,
  options: CliFixtureOptions = {},
): Promise<CrashScene> {
  await using resources = new AsyncDisposableStack()
  const cli = resources.use(await openCliFixture(options))
  if (name === 'an earlier snapshot') {
    expectDone(await cli.runCli(ARGS))
    cli.change(...LEDGER_DAY_TWO)
  }
  const openBucket = () => openBucketLike(cli)
  const bucket = await openBucket()
  const before = { messages: cli.oracle.messageCount(), calls: cli.s3.callCount() }
  expectDone(await cli.runCli(ARGS, { env: { BUCKET: bucket } }))
  const messages = cli.oracle.messageCount() - before.messages
  const calls = cli.s3.requests().slice(before.calls)
  const points = (['before', 'after'] as const).flatMap((at): CrashPoint[] => [
    ...Array.from({ length: messages }, (_, i): CrashPoint => {
      return { service: 'oracle', call: i + 1, at, what: 'message' }
    }),
    ...calls.map(({ operation, key }, i): CrashPoint => {
      return { service: 's3', call: i + 1, at, what: `${operation} ${key}` }
    }),
  ])
  const clean = await cli.bucketState(bucket)
  expectDone(await cli.runCli(ARGS, { env: { BUCKET: bucket } }))
  const cleanTwice = await cli.bucketState(bucket)
  const closing = resources.move()
  return {
    cli,
    args: ARGS,
    clean,
    cleanTwice,
    points,
    openBucket,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

/** Starts the command on a bucket and sends it the signal at the point. Throws if it ends before it gets there. */
export async function killAt(
  { cli, args }: CrashScene,
  bucket: string,
  point: CrashPoint,
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
): Promise<CliOutcome> {
  const { service, call, at } = point
  using disarmed = new DisposableStack()
  let arrived: Promise<unknown>
  if (service === 'oracle') {
    arrived = cli.oracle.faults.arm({ kind: 'never-answer', at, fromMessage: call }).arrived()
    disarmed.defer(() => cli.oracle.faults.clear())
  } else {
    const fault = cli.s3.faults.arm({ effect: { kind: 'hold', at }, bucket, afterMatches: call - 1 })
    arrived = fault.arrived()
    disarmed.defer(() => fault.disarm())
  }
  const running = cli.startCli(args, { env: { BUCKET: bucket } })
  const ended = await Promise.race([arrived.then(() => undefined), running.outcome])
  if (ended) throw new Error(`${describePoint(point)} was never reached:\n${ended.stdout}${ended.stderr}`)
  running.process.kill(signal)
  return await running.outcome
}

export interface CrashOutcome {
  /** Of the killed or stopped command. */
  readonly first: CliOutcome
  /** Its snapshot was committed and its plain file in place: what was left to do concerns no reader. */
  readonly wasFinished: boolean
  /** A line for each way in which the bucket, after the same command again, is not as after a clean run. */
  readonly differences: readonly string[]
}

/** Kills or stops the command at the point, runs it again, and compares the bucket with that of a clean run. */
export async function crashAndRepeat(
  scene: CrashScene,
  point: CrashPoint,
  signal?: 'SIGKILL' | 'SIGTERM',
): Promise<CrashOutcome> {
  const bucket = await scene.openBucket()
  const first = await killAt(scene, bucket, point, signal)
  const left = await scene.cli.bucketState(bucket)
  const wasFinished = READ_BY_OTHERS.every((key) => left[key] === scene.clean[key])
  const { exitCode, stdout, stderr } = await scene.cli.runCli(scene.args, { env: { BUCKET: bucket } })
  const differences =
    exitCode === 0
      ? differencesOf(wasFinished ? scene.cleanTwice : scene.clean, await scene.cli.bucketState(bucket))
      : [`the same command again ends with ${exitCode}: ${stdout}${stderr}`]
  return { first, wasFinished, differences: differences.map((line) => `${describePoint(point)}: ${line}`) }
}

export function differencesOf(expected: BucketState, found: BucketState): readonly string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].flatMap((key) => {
    if (!(key in found)) return [`${key} is missing`]
    if (!(key in expected)) return [`${key} is left over`]
    return found[key] === expected[key]
      ? []
      : [`${key} differs: ${firstDifference(expected[key], found[key])}`]
  })
}

export function describePoint({ service, call, at, what }: CrashPoint): string {
  return `ended ${at} ${service} call ${call} (${what})`
}

function firstDifference(expected = '', found = ''): string {
  const left = expected.split('\n')
  const right = found.split('\n')
  const line = left.findIndex((text, i) => text !== right[i])
  return `line ${line + 1}: expected ${left[line]}, found ${right[line]}`
}

function expectDone({ exitCode, stdout, stderr }: CliOutcome): void {
  if (exitCode !== 0) throw new Error(`a clean run ended with ${exitCode}:\n${stdout}${stderr}`)
}
