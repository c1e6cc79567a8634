import { PUBLISH_OVERRIDE_FLAGS } from '@findata/core'
import { toCamelCase } from './option-values.ts'
import type { PairRequest } from './publish-pairs.ts'

const PUBLISH_OVERRIDABLE = {
  rows: 'fewer entities than the least, down to none',
  conflicts: 'entities whose rows do not agree; these are left out',
  'null-keys': 'rows with NULL in a key; these are left out',
  departed: 'more flags or deletions than the limit, or beside rejected rows',
} as const satisfies Record<keyof typeof PUBLISH_OVERRIDE_FLAGS, string>

const PUBLISH_GUARDS = Object.keys(PUBLISH_OVERRIDABLE) as (keyof typeof PUBLISH_OVERRIDABLE)[]

interface Erring {
  error(message: string): never
}

/** The flags that override guards of publishing. */
export function addOverrides(command: { option(flags: string, description: string): unknown }): void {
  command.option('--reason <text>', 'why a guard is overridden; recorded in the certificate')
  command.option('--by <name>', 'who overrides it (default: the account that runs the command)')
  for (const guard of PUBLISH_GUARDS) {
    command.option(PUBLISH_OVERRIDE_FLAGS[guard], `go on with ${PUBLISH_OVERRIDABLE[guard]}`)
  }
}

/** What these flags say; a flag without a reason ends the command. */
export function toOverrides(command: Erring, options: object) {
  const flags = options as Readonly<Record<string, unknown>>
  const text = (name: string) => (typeof flags[name] === 'string' ? flags[name].trim() : '')
  const guards = PUBLISH_GUARDS.filter((guard) => flags[toCamelCase(PUBLISH_OVERRIDE_FLAGS[guard])] === true)
  if (guards.length > 0 && text('reason') === '') {
    command.error('error: an --allow-… flag needs --reason "…", which the certificate keeps')
  }
  return {
    guards,
    ...(text('reason') !== '' && { reason: text('reason') }),
    ...(text('by') !== '' && { by: text('by') }),
  }
}

/** What the operands and `--dataset` name. */
export function toPairRequest(
  command: Erring,
  recordType: string | undefined,
  destination: string | undefined,
  dataset: string | undefined,
): PairRequest {
  if (dataset !== undefined) {
    // The old script for Socrata took the dataset alone.
    if (recordType !== undefined) command.error('error: name a record type and a destination, or a --dataset')
    return { dataset }
  }
  if (recordType === undefined || destination === undefined) {
    return command.error('error: name a record type and a destination, such as task_orders data-tracker')
  }
  return { recordType, destination }
}
