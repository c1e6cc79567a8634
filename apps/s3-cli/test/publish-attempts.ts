import { expect } from 'vitest'
import { BOOKS, ENTRIES, type PublishFixture, type PublishScene } from './publish-fixture.ts'
import { type InProcessOptions, runInProcess } from './publish-in-process.ts'
import { readObjects } from './stored-copy.ts'

/** What a person and a scheduler are told of one command. */
export interface Attempt {
  readonly exitCode: number
  /** Of the error, or of the first problem. */
  readonly code: string | undefined
  readonly message: string
  readonly printed: string
  /** Of the only publication, or of the plan. */
  readonly one: Readonly<Record<string, unknown>>
}

/** Runs a command on a scene; whatever comes of it, it tells no secret and shows no stack. */
export async function attempt(
  fixture: PublishFixture,
  scene: PublishScene,
  args: readonly string[],
  options?: InProcessOptions,
): Promise<Attempt> {
  const { exitCode, result, printed } = await runInProcess(fixture, scene, args, options)
  const text = `${printed}\n${JSON.stringify(result)}`
  expectNoSecrets(scene, text)
  expect(text).not.toMatch(/\n\s+at .+:\d+:\d+|\[object|\bundefined\b/)
  const { publications = [], plans = [], ...rest } = result as Told
  const [one = rest] = [...publications, ...plans]
  const error = one.error ?? one.problems?.[0]?.error ?? rest.error
  return { exitCode, code: error?.code, message: error?.message ?? '', printed, one: one as never }
}

interface Told {
  readonly error?: { readonly code: string; readonly message: string }
  readonly problems?: readonly Told[]
  readonly publications?: readonly Told[]
  readonly plans?: readonly Told[]
}

export function expectNoSecrets({ env }: PublishScene, text: string): void {
  for (const secret of SECRETS) {
    const value = env[secret]
    if (value !== undefined && text.includes(value))
      throw new Error(`the value of ${secret} is told: ${text}`)
  }
}

/** Reads every object of the bucket, and looks for what must not be in any. */
export async function expectNoSecretsStored(fixture: PublishFixture, scene: PublishScene): Promise<void> {
  const { client } = fixture.cli
  const objects = await readObjects({ client, bucket: scene.bucket })
  for (const [key, bytes] of objects) expectNoSecrets(scene, `${key}: ${bytes.toString('latin1')}`)
}

const SECRETS = ['KNACK_API_KEY', 'SO_TOKEN', 'SO_PASS', 'AWS_SECRET_ACCESS_KEY', 'ORACLE_PASSWORD']

/** The calls that both destinations got, by what they were. */
export function callsOf({ knack, socrata }: PublishScene): readonly string[] {
  return [...knack.requests(), ...socrata.requests()].map(({ operation }) => operation)
}

/** How often each kind of write came. */
export function writesOf(scene: PublishScene): readonly string[] {
  return callsOf(scene).filter((operation) => /create|update|delete|Upsert|Replace|Delete/.test(operation))
}

/** The key of each record of the app. */
export function entriesOf({ knack }: PublishScene): readonly unknown[] {
  return knack.records(BOOKS, ENTRIES).map((record) => record.field_1)
}
