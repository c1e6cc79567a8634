import { type Publisher, type PublishProgress, TerminalError } from '@findata/core'
import type { SocrataSettings } from '../env.ts'
import type { SocrataDestination } from '../mapping.ts'
import { createSocrataClient } from './socrata-client.ts'
import { openSocrataTarget } from './socrata-target.ts'

export interface SocrataPublisherOptions {
  /** For one whole answer; 2 minutes for reading and 5 for writing unless given. */
  readonly timeoutMs?: number
}

/** Publishes to the datasets of one Socrata domain: changed rows only, in chunks, matched by the row identifier. */
export function createSocrataPublisher(
  destination: SocrataDestination,
  settings: SocrataSettings,
  { timeoutMs }: SocrataPublisherOptions = {},
): Publisher {
  return {
    destination: destination.name,
    async openTarget(recordType, options) {
      const mapping = destination.recordTypes[recordType.name]
      const dataset = settings.datasets[recordType.name]
      if (!mapping || dataset === undefined) {
        throw new TerminalError(
          'DESTINATION_UNKNOWN',
          `${destination.name} does not take ${recordType.name}. It takes ${Object.keys(settings.datasets).join(', ') || 'nothing'}.`,
          { details: { destination: destination.name, recordType: recordType.name } },
        )
      }
      let last: PublishProgress = { phase: 'read destination', done: 0 }
      const onProgress = (progress: PublishProgress) => {
        last = progress
        options.onProgress(progress)
      }
      const client = createSocrataClient({
        settings,
        clock: options.clock,
        signal: options.signal,
        onRetry: (message) => options.onProgress({ ...last, message }),
        ...(timeoutMs !== undefined && { timeoutMs }),
      })
      return await openSocrataTarget({
        ...options,
        onProgress,
        client,
        settings,
        dataset,
        mapping,
        recordType,
      })
    },
  }
}
