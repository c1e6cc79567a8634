import { hash } from 'node:crypto'
import { similarName, TerminalError } from '@findata/core'
import { DATASET_NAMES, type Destinations } from '@findata/publishers'
import type { CommandContext } from './command.ts'

/** What a command line names: a record type and its destination, or a dataset by the name that the old script had for it. */
export type PairRequest =
  | { readonly recordType: string; readonly destination: string }
  | { readonly dataset: string }

export interface Pair {
  readonly recordType: string
  readonly destination: string
}

/** Every pair that is meant, checked before anything is opened. Throws RECORD_TYPE_UNKNOWN and DESTINATION_UNKNOWN. */
export function pairsOf({ catalogue, destinations }: CommandContext, request: PairRequest): readonly Pair[] {
  const pairs = 'dataset' in request ? datasetPairs(request.dataset) : [request]
  for (const { recordType, destination } of pairs) {
    destinations.mapping(catalogue.get(recordType).name, destination)
  }
  return pairs
}

const SOCRATA = 'socrata'

function datasetPairs(dataset: string): readonly Pair[] {
  const names = Object.keys(DATASET_NAMES)
  const chosen = dataset === 'all' ? names : names.filter((name) => name === dataset)
  if (chosen.length === 0) {
    const similar = similarName(dataset, names)
    throw new TerminalError(
      'USAGE',
      `There is no dataset ${JSON.stringify(dataset)}.${similar ? ` Did you mean ${similar}?` : ''} Choose one of ${names.join(', ')}, or all.`,
    )
  }
  return chosen.map((name) => ({
    recordType: DATASET_NAMES[name as keyof typeof DATASET_NAMES],
    destination: SOCRATA,
  }))
}

/** Of how a record type is published there: a saved plan is of no use when it changes. */
export function mappingSha256(destinations: Destinations, { recordType, destination }: Pair): string {
  return hash('sha256', JSON.stringify(destinations.mapping(recordType, destination).mapping))
}
