import {
  invalidConfig,
  type Mistake,
  type RecordType,
  similarName,
  TerminalError,
  toMistakes,
} from '@findata/core'
import { z } from 'zod'
import { checkMapping } from './check-mapping.ts'
import { type DestinationInput, destinationSchema, mappingSchemas } from './destination-input.ts'
import { dataTracker } from './destinations/data-tracker.ts'
import { financePurchasing } from './destinations/finance-purchasing.ts'
import { socrata } from './destinations/socrata.ts'
import type { Destination, Mapping } from './mapping.ts'
import { sharedTargets } from './shared-targets.ts'

/** The destinations that a command knows. */
export interface Destinations {
  /** The built-in ones in their order, then the team's in theirs. */
  readonly all: readonly Destination[]
  /** Throws DESTINATION_UNKNOWN with all names, and with the one that was probably meant. */
  get(name: string): Destination
  /** Throws DESTINATION_UNKNOWN with what the destination takes instead. */
  mapping(
    recordType: string,
    destination: string,
  ): { readonly destination: Destination; readonly mapping: Mapping }
  forRecordType(recordType: string): readonly Destination[]
}

type Settings = Readonly<Record<string, unknown>>

/** The destinations that come built in, as a person would write them. */
export function builtInDestinations(): readonly DestinationInput[] {
  return [dataTracker, financePurchasing, socrata]
}

/**
 * Merges a team's destinations into the built-in ones by name, and checks all of them against the record types. A built-in mapping
 * whose record type was left out is dropped. Throws CONFIG_INVALID with every mistake, each as `<file>: <path>: <mistake>`.
 */
export function toDestinations(
  settings: Settings,
  recordTypes: readonly RecordType[],
  file: string,
): Destinations {
  const builtIn = new Map(builtInDestinations().map((destination) => [destination.name, destination]))
  const mistakes: Mistake[] = []
  const all: Destination[] = []
  for (const name of new Set([...builtIn.keys(), ...Object.keys(settings)])) {
    const result = toDestination(name, settings[name], builtIn, recordTypes)
    if (result === undefined) continue
    if ('mistakes' in result) mistakes.push(...result.mistakes)
    else all.push(result)
  }
  mistakes.push(...sharedTargets(all))
  if (mistakes.length > 0) throw invalidConfig(file, mistakes)
  return createDestinations(all)
}

function toDestination(
  name: string,
  setting: unknown,
  builtIns: ReadonlyMap<string, DestinationInput>,
  recordTypes: readonly RecordType[],
): Destination | { readonly mistakes: readonly Mistake[] } | undefined {
  const path = ['destinations', name]
  const mistakes: Mistake[] = []
  const report = (at: readonly PropertyKey[], message: string) =>
    void mistakes.push({ path: z.core.toDotPath([...path, ...at]), message })

  const builtIn = builtIns.get(name)
  if (builtIn && setting === false) return undefined
  if (setting !== undefined && !isObject(setting)) {
    report([], builtIn ? 'expected an object, or false to leave it out' : 'expected an object')
    return { mistakes }
  }
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name)) {
    report([], 'is no name: lower-case letters, digits, - and _, a letter first')
  }
  const given = setting ?? {}
  const kind = given.kind ?? builtIn?.kind
  if (given.name !== undefined && given.name !== name) {
    report(
      ['name'],
      `is ${JSON.stringify(given.name)}, but the destination stands under ${JSON.stringify(name)}`,
    )
  }
  if (builtIn && kind !== builtIn.kind) report(['kind'], `is built in as ${builtIn.kind}`)
  else if (kind === undefined) {
    const similar = similarName(name, [...builtIns.keys()])
    report(
      [],
      `is not built in${similar ? `; did you mean ${similar}?` : '.'} A new destination needs its kind: knack or socrata`,
    )
  } else if (kind !== 'knack' && kind !== 'socrata') report(['kind'], 'is neither knack nor socrata')
  if (mistakes.length > 0 || (kind !== 'knack' && kind !== 'socrata')) return { mistakes }

  const merged = merge(builtIn, given, recordTypes)
  const mappings: Record<string, Mapping> = {}
  for (const [recordType, mapping] of Object.entries(merged.recordTypes)) {
    const result = toMapping(kind, mapping, recordType, recordTypes, [...path, 'recordTypes', recordType])
    if ('target' in result) mappings[recordType] = result
    else mistakes.push(...result.mistakes)
  }
  const isMapped = given.recordTypes === undefined ? builtIn !== undefined : isObject(given.recordTypes)
  const input = { ...merged, name, kind, recordTypes: isMapped ? mappings : given.recordTypes }
  const parsed = destinationSchema(kind, name).safeParse(input)
  if (!parsed.success) mistakes.push(...toMistakes(parsed.error, path))
  return parsed.success && mistakes.length === 0 ? parsed.data : { mistakes }
}

function toMapping(
  kind: Destination['kind'],
  mapping: unknown,
  name: string,
  recordTypes: readonly RecordType[],
  path: readonly PropertyKey[],
): Mapping | { readonly mistakes: readonly Mistake[] } {
  const recordType = recordTypes.find((candidate) => candidate.name === name)
  if (!recordType) {
    const names = recordTypes.map((candidate) => candidate.name)
    const similar = similarName(name, names)
    const hint = similar ? `did you mean ${similar}?` : `there are ${names.join(', ')}`
    return { mistakes: [{ path: z.core.toDotPath([...path]), message: `is no record type; ${hint}` }] }
  }
  const parsed = mappingSchemas[kind].safeParse(mapping)
  if (!parsed.success) return { mistakes: toMistakes(parsed.error, path) }
  const mistakes: Mistake[] = []
  checkMapping(kind, parsed.data, recordType, (at, message) => {
    mistakes.push({ path: z.core.toDotPath([...path, ...at]), message })
  })
  return mistakes.length > 0 ? { mistakes } : parsed.data
}

/** Settings of the connection and of one mapping are changed one by one; a list of fields is replaced as a whole. */
function merge(
  builtIn: DestinationInput | undefined,
  given: Settings,
  recordTypes: readonly RecordType[],
): Settings & { readonly recordTypes: Settings } {
  const ours = builtIn?.recordTypes ?? {}
  const mappings = new Map<string, unknown>(
    Object.entries(ours).filter(([name]) => recordTypes.some((recordType) => recordType.name === name)),
  )
  for (const [name, mapping] of Object.entries(isObject(given.recordTypes) ? given.recordTypes : {})) {
    if (mapping === false && Object.hasOwn(ours, name)) mappings.delete(name)
    else mappings.set(name, Object.hasOwn(ours, name) ? change(ours[name], mapping) : mapping)
  }
  return {
    ...builtIn,
    ...given,
    connection: change(builtIn?.connection, given.connection),
    recordTypes: Object.fromEntries(mappings),
  }
}

function change(ours: unknown, given: unknown): unknown {
  if (given === undefined) return ours
  if (!isObject(given)) return given
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...(isObject(ours) && ours), ...Object.fromEntries(set) }
}

function createDestinations(all: readonly Destination[]): Destinations {
  const byName = new Map(all.map((destination) => [destination.name, destination]))
  const names = [...byName.keys()]
  const forRecordType = (recordType: string) =>
    all.filter((destination) => Object.hasOwn(destination.recordTypes, recordType))

  const get = (name: string) => {
    const destination = byName.get(name)
    if (destination) return destination
    const similar = similarName(name, names)
    throw new TerminalError(
      'DESTINATION_UNKNOWN',
      `There is no destination ${JSON.stringify(name)}${similar ? `; did you mean ${similar}?` : '.'} There are: ${names.join(', ')}.`,
      { details: { name, names, ...(similar && { similar }) } },
    )
  }

  return {
    all,
    get,
    mapping(recordType, name) {
      const destination = get(name)
      const taken = Object.keys(destination.recordTypes)
      const mapping = taken.includes(recordType) ? destination.recordTypes[recordType] : undefined
      if (mapping) return { destination, mapping }
      const others = forRecordType(recordType).map((other) => other.name)
      throw new TerminalError(
        'DESTINATION_UNKNOWN',
        `${name} does not take ${recordType}: it takes ${taken.join(', ') || 'nothing'}.${others.length > 0 ? ` ${recordType} goes to ${others.join(', ')}.` : ''}`,
        { details: { destination: name, recordType, takes: taken, destinations: others } },
      )
    },
    forRecordType,
  }
}

function isObject(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
