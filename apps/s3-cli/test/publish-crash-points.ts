import { gunzipSync } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import {
  type Certificate,
  type Clock,
  checkCertificate,
  type Intent,
  type Receipt,
  type Rejects,
  systemClock,
} from '@findata/core'
import type { CliOutcome } from './cli-fixture.ts'
import type { PublishFixture, PublishScene, SceneOptions } from './publish-fixture.ts'
import { runInProcess } from './publish-in-process.ts'
import { readObjects } from './stored-copy.ts'

/** A network call of a publication, and the moment at which the command is ended: before the call is done, or before its answer. */
export interface PublishPoint {
  readonly service: 's3' | 'knack' | 'socrata'
  /** Of this service, from 1 on. */
  readonly call: number
  readonly at: 'before' | 'after'
  /** What a clean run does there, for messages. */
  readonly what: string
}

/** One command, and what it leaves when nothing goes wrong. */
export interface PublishCase {
  readonly fixture: PublishFixture
  readonly options: SceneOptions
  readonly args: readonly string[]
  /** Runs the command to its end. */
  finish(scene: PublishScene): Promise<{ readonly exitCode: number | null; readonly printed: string }>
  /** Of a clean run. */
  readonly exitCode: number
  readonly clean: Afterwards
  readonly points: readonly PublishPoint[]
}

/** What is compared: all that is there after the last run, but for ids, moments and who wrote it. */
export interface Afterwards {
  readonly held: readonly string[]
  /** The records that were written, each by what was done with it. */
  readonly written: readonly string[]
  /** The objects that are neither locks, receipts nor certificates of publishing; of rejects the records. */
  readonly stored: readonly string[]
}

type Destination = 'books' | 'portal'

/** A clean run for comparison. Runs that are not ended by a signal are of this process, or processes of their own as the others. */
export async function openPublishCase(
  fixture: PublishFixture,
  destination: Destination,
  runsIn: 'this process' | 'processes',
  options: SceneOptions = {},
): Promise<PublishCase> {
  const args = ['publish', 'ledger', destination, '--quiet']
  const finish: PublishCase['finish'] = async (scene) => {
    if (runsIn === 'this process') return await runInProcess(fixture, scene, args)
    const { exitCode, stdout, stderr } = await scene.run(args)
    return { exitCode, printed: `${stdout}${stderr}` }
  }
  await using scene = await fixture.openScene(options)
  const s3Before = fixture.cli.s3.callCount()
  const { exitCode, printed } = await finish(scene)
  if (exitCode !== 0 && exitCode !== 6) throw new Error(`a clean run ended with ${exitCode}:\n${printed}`)
  const calls = [
    ...fixture.cli.s3
      .requests()
      .slice(s3Before)
      .filter(({ bucket }) => bucket === scene.bucket)
      .map(({ operation, key }, i) => ({ service: 's3' as const, call: i + 1, what: `${operation} ${key}` })),
    ...scene.knack
      .requests()
      .map(({ operation }, i) => ({ service: 'knack' as const, call: i + 1, what: operation })),
    ...scene.socrata
      .requests()
      .map(({ operation }, i) => ({ service: 'socrata' as const, call: i + 1, what: operation })),
  ]
  const { problems, ...clean } = await lookAt(fixture, scene)
  if (problems.length > 0) throw new Error(`a clean run leaves:\n${problems.join('\n')}`)
  return {
    fixture,
    options,
    args,
    finish,
    exitCode,
    clean,
    points: (['before', 'after'] as const).flatMap((at) => calls.map((call) => ({ ...call, at }))),
  }
}

export interface EndedRun {
  readonly outcome: CliOutcome
  /** False if it ended by itself: calls under way at once come in another order each time. */
  readonly wasReached: boolean
}

/** Starts the command and sends it the signal at the point. */
export async function endAt(
  { fixture, args }: Pick<PublishCase, 'fixture' | 'args'>,
  scene: PublishScene,
  { service, call, at }: Omit<PublishPoint, 'what'>,
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
): Promise<EndedRun> {
  const hold = { effect: { kind: 'hold', at }, afterMatches: call - 1 } as const
  const armed =
    service === 's3'
      ? fixture.cli.s3.faults.arm({ ...hold, bucket: scene.bucket })
      : scene[service].faults.arm(hold)
  const running = scene.start(args)
  const arrived = armed.arrived().then(() => true)
  const wasReached = await Promise.race([arrived, running.outcome.then(() => false)])
  if (wasReached) running.process.kill(signal)
  // A stopped run waits for what it has begun.
  if (signal === 'SIGTERM') armed.disarm()
  const outcome = await running.outcome
  armed.disarm()
  return { outcome, wasReached }
}

export interface RepeatedRun extends EndedRun {
  /** A line for each way in which the state, after the same command again, is not as after a clean run. */
  readonly differences: readonly string[]
}

/** Kills or stops the command at the point, runs it again, and compares what is there with what a clean run leaves. */
export async function endAndRepeat(
  given: PublishCase,
  point: PublishPoint,
  signal?: 'SIGKILL' | 'SIGTERM',
): Promise<RepeatedRun> {
  await using scene = await given.fixture.openScene(given.options)
  const ended = await endAt(given, scene, point, signal)
  const { exitCode, printed } = await given.finish(scene)
  const isAsClean = exitCode === given.exitCode
  if (isAsClean) await afterSettleTime(given, scene)
  const differences = isAsClean
    ? await differencesFrom(given, scene)
    : [`the same command again ends with ${exitCode}: ${printed}`]
  return { ...ended, differences: differences.map((line) => `${describePublishPoint(point)}: ${line}`) }
}

/** A create whose record is there may still be done twice until its settle time is over: it is the run after that which closes its journal. */
async function afterSettleTime({ fixture, args }: PublishCase, scene: PublishScene): Promise<void> {
  const { client } = fixture.cli
  const receipts = await readObjects({ client, bucket: scene.bucket }, 'receipts/')
  if (![...receipts.keys()].some((key) => key.includes('/parts/'))) return
  const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + 3_600_000) }
  await runInProcess(fixture, scene, args, { clock })
}

export function describePublishPoint({ service, call, at, what }: PublishPoint): string {
  return `ended ${at} ${service} call ${call} (${what})`
}

export async function differencesFrom(
  { fixture, clean }: Pick<PublishCase, 'fixture' | 'clean'>,
  scene: PublishScene,
): Promise<readonly string[]> {
  const { problems, ...found } = await lookAt(fixture, scene)
  const parts = ['held', 'written', 'stored'] as const
  return [
    ...problems,
    ...parts.flatMap((part) => [
      ...without(clean[part], found[part]).map((line) => `${part}: missing ${line}`),
      ...without(found[part], clean[part]).map((line) => `${part}: left over ${line}`),
    ]),
  ]
}

/** Each line of the first list that the second one does not have, as often as it lacks it. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const rest = [...others]
  return lines.filter((line) => {
    const place = rest.indexOf(line)
    if (place !== -1) rest.splice(place, 1)
    return place === -1
  })
}

/** What is there, and what must not be so whatever a run did: locks that are held, parts, certificates and receipts that say less than happened. */
async function lookAt(
  fixture: PublishFixture,
  scene: PublishScene,
): Promise<Afterwards & { readonly problems: readonly string[] }> {
  const { client } = fixture.cli
  const { bucket: Bucket } = scene
  const objects = await readObjects({ client, bucket: Bucket })
  const problems: string[] = []
  const stored: string[] = []
  const entries: JournalLine[] = []
  for (const [key, bytes] of objects) {
    if (key.includes('/parts/')) problems.push(`${key} is left over`)
    else if (key.startsWith('receipts/')) entries.push(...toEntries(bytes))
    else if (/^certificates\/\w+\/\w+\//.test(key)) {
      const certificate = JSON.parse(bytes.toString()) as Certificate
      problems.push(...checkCertificate(certificate).map((line) => `${key}: ${line}`))
      if (certificate.verdict !== 'balanced') problems.push(`${key} says ${certificate.verdict}`)
    } else if (key.startsWith('rejects/')) {
      const { records } = JSON.parse(bytes.toString()) as Rejects
      stored.push(...records.map((record) => `${key}: ${record.status} ${record.key}`))
    } else stored.push(key)
  }
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'locks/' }))
  for (const { Key = '' } of Contents) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    const { state } = JSON.parse((await Body?.transformToString()) ?? '') as { state: string }
    if (state !== 'free') problems.push(`${Key} is ${state}`)
  }
  const { written, problems: unexplained } = judgeReceipts(entries, scene)
  return {
    held: scene.held(),
    written,
    stored: stored.toSorted(),
    problems: [...problems, ...unexplained],
  }
}

type JournalLine = { readonly intent: Intent } | { readonly receipt: Receipt }

function toEntries(bytes: Buffer): JournalLine[] {
  const [, ...lines] = gunzipSync(bytes).toString().trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as JournalLine)
}

function judgeReceipts(
  entries: readonly JournalLine[],
  { knack, socrata }: PublishScene,
): { readonly written: readonly string[]; readonly problems: readonly string[] } {
  const problems: string[] = []
  const nameOf = ({ runId, sequence }: Pick<Intent, 'runId' | 'sequence'>) => `${runId} ${sequence}`
  const intents = entries.flatMap((entry) => ('intent' in entry ? [entry.intent] : []))
  const receipts = entries.flatMap((entry) => ('receipt' in entry ? [entry.receipt] : []))
  const lastOf = new Map(receipts.map((receipt) => [nameOf(receipt), receipt]))
  if (new Set(intents.map(nameOf)).size < intents.length) problems.push('an intent has the name of another')
  // Where it is not known whether intents were written before a stop, they are answered.
  for (const receipt of receipts.filter(({ outcome }) => outcome !== 'not sent')) {
    if (!intents.some((intent) => nameOf(intent) === nameOf(receipt)))
      problems.push(`${nameOf(receipt)}: a receipt of no intent`)
  }
  for (const intent of intents) {
    const { outcome } = lastOf.get(nameOf(intent)) ?? {}
    // Of updates and deletes the next run knows by comparing the whole destination.
    if (intent.kind === 'create' && (outcome === undefined || outcome === 'unclear'))
      problems.push(`the create of ${intent.key} by ${nameOf(intent)} is unexplained: ${outcome}`)
  }
  // A run that waits too long before it sends a write writes it down anew; killed then, it leaves two intents of one create.
  const creates = new Set(
    intents.flatMap(({ kind, key, ...intent }) => {
      const { outcome } = lastOf.get(nameOf(intent)) ?? {}
      if (kind !== 'create' || (outcome !== 'done' && outcome !== 'found')) return []
      return `${key} by ${outcome === 'done' ? nameOf(intent) : intent.runId}`
    }),
  )
  const keys = [...creates].map((create) => create.split(' by ')[0] ?? '')
  const twice = keys.filter((key, i) => keys.indexOf(key) !== i)
  if (twice.length > 0) problems.push(`created twice by the receipts: ${[...creates].join(', ')}`)

  for (const { operation, record, body } of knack.requests()) {
    const key = (body as { readonly field_1?: string } | null)?.field_1
    const isIntended =
      operation === 'create'
        ? intents.some((intent) => intent.kind === 'create' && intent.key.endsWith(`=${key}`))
        : intents.some(({ id }) => id === record)
    if (/create|update|delete/.test(operation) && !isIntended)
      problems.push(`${operation} ${record} ${key} was called without an intent`)
  }
  const rowsSent = socrata
    .requests()
    .reduce((sum, { method, rows }) => sum + (method === 'GET' ? 0 : rows), 0)
  if (rowsSent > 0 && intents.length === 0) problems.push('rows were sent without an intent')

  const written = new Set(intents.map(({ kind, key }) => `${kind} ${key}`))
  return { written: [...written].toSorted(), problems }
}

/** How often each record was written to, by what a run sends for it: an unchanged one never. */
export function callsByKind({ knack }: PublishScene): Readonly<Record<string, number>> {
  const operations = Map.groupBy(knack.requests(), ({ operation }) => operation)
  return Object.fromEntries([...operations].map(([operation, calls]) => [operation, calls.length]))
}
