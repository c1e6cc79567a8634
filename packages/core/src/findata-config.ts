import { z } from 'zod'
import { checkRecordType, defineRecordType, type RecordTypeInput } from './define-record-type.ts'
import { TerminalError } from './errors.ts'
import type { RecordType } from './record-type.ts'
import { catalogue } from './record-types/index.ts'
import { similarName } from './similar-name.ts'
import { type Mistake, toMistakes } from './zod-mistakes.ts'

/** What a team sets in findata.config; everything may be left out. */
export interface FindataConfigInput {
  /**
   * By name: a new record type, changes to a built-in one, or `false` to leave a built-in one out. Of `guards` and `binds`
   * only what is named changes; a new `query` brings all its binds along.
   */
  readonly recordTypes?: Readonly<
    Record<string, Omit<RecordTypeInput, 'name'> | Partial<RecordTypeInput> | false>
  >
  readonly retention?: Partial<FindataConfig['retention']>
  /** By name; understood by the package that publishes. */
  readonly destinations?: Readonly<Record<string, unknown>>
}

/** What `export default` of findata.config may be. */
export type FindataConfigExport =
  | FindataConfigInput
  | ((helpers: ConfigHelpers) => FindataConfigInput | Promise<FindataConfigInput>)

/** What a configuration that is a function is given, so that it needs to import nothing. */
export interface ConfigHelpers {
  readonly defineRecordType: typeof defineRecordType
  /** The built-in record types by name, to build others from. */
  readonly builtIn: Readonly<Record<string, RecordType>>
}

/** The configuration, complete and checked. */
export interface FindataConfig {
  /** The built-in ones in their order, then the team's in theirs. */
  readonly recordTypes: readonly RecordType[]
  /** A snapshot is dropped only when it is neither among the last ones nor young enough. */
  readonly retention: { readonly keepLast: number; readonly keepDays: number }
  /** By name, as they stand in the file: the package that publishes checks them. */
  readonly destinations: Readonly<Record<string, unknown>>
  /** The file as it is named in messages. */
  readonly file: string
}

const schema = z.strictObject({
  recordTypes: z.record(z.string(), z.unknown()).default({}),
  retention: z
    .strictObject({
      keepLast: z.int().min(1).default(30),
      keepDays: z.number().min(0).default(90),
    })
    .prefault({}),
  destinations: z.record(z.string(), z.unknown()).default({}),
})

/** Completes and checks a configuration. Throws CONFIG_INVALID with every mistake, each as `<file>: <path>: <mistake>`. */
export function toFindataConfig(input: unknown, file: string): FindataConfig {
  const parsed = schema.safeParse(input)
  const mistakes: Mistake[] = parsed.success ? [] : toMistakes(parsed.error)
  // A mistake elsewhere must not hide those of the record types.
  const recordTypesGiven = isObject(input) && isObject(input.recordTypes) ? input.recordTypes : {}
  const settings = parsed.success ? parsed.data.recordTypes : recordTypesGiven

  const recordTypes: RecordType[] = []
  for (const name of new Set([...catalogue.names, ...Object.keys(settings)])) {
    const result = toRecordType(name, settings[name])
    if (result === undefined) continue
    if ('mistakes' in result) mistakes.push(...result.mistakes)
    else recordTypes.push(result)
  }
  if (!parsed.success || mistakes.length > 0) throw invalidConfig(file, mistakes)
  const { retention, destinations } = parsed.data
  return { recordTypes, retention, destinations, file }
}

/** CONFIG_INVALID, with a line for each mistake. */
export function invalidConfig(
  file: string,
  mistakes: readonly Mistake[],
  options: ErrorOptions = {},
): TerminalError {
  const lines = mistakes.map(({ path, message }) => [file, ...(path ? [path] : []), message].join(': '))
  return new TerminalError(
    'CONFIG_INVALID',
    `The configuration is not usable:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    {
      ...options,
      details: { file, mistakes: lines },
    },
  )
}

/** Copies, so that no configuration can change what is built in. */
export function configHelpers(): ConfigHelpers {
  const builtIn = catalogue.recordTypes.map((recordType) => [recordType.name, structuredClone(recordType)])
  return { defineRecordType, builtIn: Object.fromEntries(builtIn) }
}

function toRecordType(name: string, setting: unknown): ReturnType<typeof checkRecordType> | undefined {
  const path = ['recordTypes', name]
  const mistake = (message: string, ...at: string[]) => ({
    mistakes: [{ path: z.core.toDotPath([...path, ...at]), message }],
  })
  const builtIn = catalogue.recordTypes.find((recordType) => recordType.name === name)
  if (builtIn && setting === undefined) return builtIn
  if (builtIn && setting === false) return undefined
  if (!isObject(setting)) {
    return mistake(
      builtIn
        ? 'expected an object, or false to leave it out'
        : 'expected an object that declares a record type',
    )
  }
  if (setting.name !== undefined && setting.name !== name) {
    return mistake(
      `is ${JSON.stringify(setting.name)}, but the record type stands under ${JSON.stringify(name)}`,
      'name',
    )
  }
  if (builtIn) return checkRecordType({ ...change(builtIn, setting), name }, path)

  const similar = similarName(name, catalogue.names)
  if (setting.query === undefined && similar) {
    return mistake(
      `is not built in; did you mean ${similar}? A new record type needs query, columns and rowKey`,
    )
  }
  return checkRecordType({ ...setting, name }, path)
}

function change(builtIn: RecordType, setting: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.fromEntries(Object.entries(setting).filter(([, value]) => value !== undefined))
  const changed: Record<string, unknown> = { ...builtIn, ...given }
  if (isObject(given.guards)) changed.guards = { ...builtIn.guards, ...given.guards }
  if (given.query !== undefined) changed.binds = given.binds ?? {}
  else if (isObject(given.binds)) changed.binds = { ...builtIn.binds, ...given.binds }
  return changed
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
