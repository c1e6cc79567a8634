import type {
  Catalogue,
  Clock,
  Consistency,
  ErrorCode,
  ExitCode,
  Extractor,
  FindataConfig,
  Publisher,
  PublishStore,
  RecordType,
} from '@findata/core'
import type { Destinations, ProbeOptions } from '@findata/publishers'
import type { S3SnapshotStore } from '@findata/s3-store'
import type { Environment } from './env.ts'
import type { Progress } from './progress.ts'

/** What a command works with. Connections open when they are asked for and close with the command. */
export interface CommandContext {
  readonly catalogue: Catalogue
  readonly config: FindataConfig
  readonly destinations: Destinations
  readonly environment: Environment
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Of findata, Node and the driver. */
  readonly versions: Readonly<Record<string, string>>
  readonly isColored: boolean
  readonly clock: Clock
  now(): Date
  /** Writes lines for a person on stdout; nothing with --json. */
  print(text: string): void
  openExtractor(): Extractor
  openStore(): S3SnapshotStore
  openPublishStore(): PublishStore
  /** For one record type, with the credentials of its destination. */
  openPublisher(destination: string, recordType: string): Publisher
  probeOracle(recordTypes: readonly RecordType[]): Promise<readonly Check[]>
  probeStore(): Promise<readonly Check[]>
  probeDestination(name: string, uses: ProbeOptions['recordTypes']): Promise<readonly Check[]>
}

/** What came of a command: its exit code and the machine-readable result. */
export interface CommandResult {
  readonly exitCode: ExitCode
  readonly result: Readonly<Record<string, unknown>>
}

export type RunCommand = (context: CommandContext) => Promise<CommandResult>

/** One thing that doctor tried; `code` says why it did not work. */
export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  readonly nextStep?: string
  readonly code?: ErrorCode
  /** Of the moment that one run of all record types can fix. */
  readonly consistency?: Consistency
}
