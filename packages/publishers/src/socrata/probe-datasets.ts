import { type ErrorCode, PipelineError } from '@findata/core'
import type { SocrataSettings } from '../env.ts'
import type { Mapping, SocrataDestination } from '../mapping.ts'
import type { Attempt, ProbeOptions } from '../probe-destination.ts'
import { checkDataset } from './check-dataset.ts'
import { createSocrataClient } from './socrata-client.ts'

/** Long enough for a service that works; doctor is not to hang on one that does not. */
const TIMEOUT_MS = 10_000

/** What one dataset fails for, all others do. */
const CLOSED = new Set<ErrorCode>([
  'DESTINATION_CREDENTIALS_REFUSED',
  'DESTINATION_UNREACHABLE',
  'DESTINATION_BUSY',
])

/** Each dataset as the user sees it: that it is there, its row identifier and its columns. */
export async function probeSocrata(
  { destination, settings }: { readonly destination: SocrataDestination; readonly settings: SocrataSettings },
  { recordTypes, clock, signal }: ProbeOptions,
  attempt: Attempt,
): Promise<void> {
  const client = createSocrataClient({ settings, clock, signal, timeoutMs: TIMEOUT_MS, onRetry: () => {} })
  let isClosed = false
  for (const { recordType, schema } of recordTypes) {
    const id = settings.datasets[recordType.name] as string
    const mapping = destination.recordTypes[recordType.name] as Mapping
    await attempt(
      recordType.name,
      async () => {
        const dataset = await client.describe(id).catch((error: unknown) => {
          isClosed = error instanceof PipelineError && CLOSED.has(error.code)
          throw error
        })
        return { dataset, fit: checkDataset(id, dataset, mapping, schema, recordType.name) }
      },
      ({ dataset, fit }) =>
        `dataset ${id} (${dataset.name}), ${fit.columns.size} columns, rows matched by ${fit.identifier}`,
    )
    if (isClosed) return
  }
  await attempt(
    'credentials',
    () => settings.user,
    (user) => `accepted, as ${user}`,
  )
}
