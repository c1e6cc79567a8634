import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import type { CurrentIndex, SnapshotManifest } from '@findata/core'
import { addFinanceSchema, type OracleValue } from '@findata/sandbox'
import { type CliFixture, type CliOutcome, openCliFixture } from './cli-fixture.ts'

/** Where the tables of the finance sample are. */
export const FINANCE_OWNER = 'FINDW'

/** The command line with the finance sample, and what a test looks for in the bucket. */
export interface FinanceCli extends CliFixture {
  /** The rows that Oracle itself gives for a query, read as the owner of the tables, `FINANCE_OWNER` unless said. */
  query(sql: string, owner?: string): readonly (readonly OracleValue[])[]
  read(key: string): Promise<Buffer>
  write(key: string, body: string | Uint8Array): Promise<void>
  /** The manifest that is current. */
  current(recordType: string, prefix?: string): Promise<SnapshotManifest>
  index(recordType: string, prefix?: string): Promise<CurrentIndex>
  /** Every object but locks, with a hash of its bytes: equal when nothing changed. */
  objects(prefix?: string): Promise<Readonly<Record<string, string>>>
  /** A new folder in the working folder, without a configuration. */
  emptyFolder(name: string): Promise<string>
}

/** With each sentence in one line, which the command line breaks at 80 columns. */
export const unwrapped = (text: string) => text.replaceAll(/\n +/g, ' ')

export async function openFinanceCli(): Promise<FinanceCli> {
  const cli = await openCliFixture({ rows: 20 })
  addFinanceSchema(cli.database)
  await cli.writeConfig({})
  const { bucket: Bucket, client } = cli

  const read = async (Key: string) => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  }
  const index = async (recordType: string, prefix = '') =>
    JSON.parse((await read(`${prefix}${recordType}.manifest.json`)).toString()) as CurrentIndex
  return {
    ...cli,
    query(sql, owner = FINANCE_OWNER) {
      const session = cli.database.openSession(owner)
      try {
        return [...session.parse(sql).execute([]).rows]
      } finally {
        session.close()
      }
    },
    read,
    async write(Key, Body) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }))
    },
    index,
    current: async (recordType, prefix) => (await index(recordType, prefix)).current,
    async objects(Prefix = '') {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }))
      const keys = Contents.flatMap(({ Key = '' }) => (/(?:^|\/)locks\//.test(Key) ? [] : [Key]))
      const hashes = keys.map(async (key) => [key, sha256(await read(key))] as const)
      return Object.fromEntries(await Promise.all(hashes))
    },
    async emptyFolder(name) {
      const path = join(cli.folder, name)
      await mkdir(path)
      return path
    },
  }
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** All that a person sees of a command. */
export function said({ stdout, stderr }: CliOutcome): string {
  return `${stdout}${stderr}`
}

/** Lines like those of a JavaScript stack. */
export const STACK = /^\s+at .+:\d+:\d+\)?$/m
