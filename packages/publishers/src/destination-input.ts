import { z } from 'zod'
import type {
  Conversion,
  Departed,
  Destination,
  FieldSource,
  KnackConnection,
  Mapping,
  Reference,
  SocrataConnection,
  SourceFilter,
} from './mapping.ts'

/** A destination as a person writes it; each comment names the default of what is left out. */
export type DestinationInput = KnackDestinationInput | SocrataDestinationInput

export interface KnackDestinationInput {
  readonly kind: 'knack'
  readonly name: string
  /** The name. */
  readonly description?: string
  /**
   * App id, key and URL by the variables `KNACK_APP_ID_<NAME>`, `KNACK_API_KEY_<NAME>` and `KNACK_API_URL_<NAME>`, or the same
   * without `_<NAME>`; the app's slug is the name; 9.5 calls a second, 4 at once, 50 left to others, settled after ten minutes.
   */
  readonly connection?: Partial<KnackConnection>
  readonly recordTypes: Readonly<Record<string, MappingInput>>
}

export interface SocrataDestinationInput {
  readonly kind: 'socrata'
  readonly name: string
  /** The name. */
  readonly description?: string
  /** `SO_WEB`, `SO_TOKEN`, `SO_USER` and `SO_PASS`; 1,000 rows and 4 MB in a request; 30 seconds of lag. */
  readonly connection?: Partial<SocrataConnection>
  readonly recordTypes: Readonly<Record<string, MappingInput>>
}

export interface MappingInput {
  readonly target: Reference
  readonly fields: readonly FieldInput[]
  /** All rows. */
  readonly filter?: SourceFilter
  /** Only reported. */
  readonly departed?: Departed
  /** `upsert`. */
  readonly mode?: Mapping['mode']
  /** 25. */
  readonly maxRefused?: number
}

export interface FieldInput {
  readonly field: string
  /** A name alone stands for that column. */
  readonly from: string | FieldSource
  /** `none`. */
  readonly convert?: Conversion
  /** False. */
  readonly isKey?: boolean
  /** False. */
  readonly isIgnoredInDiff?: boolean
}

/** Completes a destination; its mappings come in complete. */
export function destinationSchema(kind: Destination['kind'], name: string): z.ZodType<Destination> {
  return kind === 'knack' ? knackDestination(name) : socrataDestination(name)
}

const reference = z
  .union([text(), z.array(text()).min(1)], { error: 'is no text and no list of texts' })
  .superRefine((value, context) => {
    for (const part of [value].flat()) {
      if (/^env:(?![A-Za-z_]\w*$)|^file:$/.test(part)) {
        context.addIssue({ code: 'custom', message: 'is no reference: env:NAME, or file:/path' })
      }
    }
  })

/** A configuration file is read and copied by many, so that a secret never stands in it. */
const secretReference = reference.refine(
  (value) => [value].flat().every((part) => /^(?:env|file):/.test(part)),
  {
    error: 'is a secret, which does not belong into the configuration: refer to it by env:NAME or file:/path',
  },
)

const timeZone = z.string().refine(isTimeZone, { error: 'is no time zone, such as America/Chicago' })

const app = z
  .strictObject({
    id: z.string().exactOptional(),
    slug: z.string().exactOptional(),
    name: z.string().exactOptional(),
  })
  .refine((given) => Object.keys(given).length > 0, {
    error: "needs the app's id, slug or name, so that the wrong key never writes into the wrong app",
  })

const columnName = z.string().min(1, 'is empty')

const fieldSource = z.union(
  [
    z.strictObject({ column: columnName }),
    z.strictObject({ columns: z.array(columnName).min(1), separator: z.string() }),
    z.strictObject({ generated: z.literal('timestamp') }),
  ],
  {
    error:
      "is no source of values: give a column's name, { columns: [...], separator: ' | ' } or { generated: 'timestamp' }",
  },
)

const conversion = z.union(
  [
    z.enum(['none', 'pad-angle-brackets', 'currency', 'sorted-list']),
    z.strictObject({ numberText: z.strictObject({ scale: z.int().min(0).max(30) }) }),
  ],
  {
    error:
      'is no conversion: none, pad-angle-brackets, currency, sorted-list or { numberText: { scale: 3 } }',
  },
)

const filter: z.ZodType<SourceFilter> = z.lazy(() =>
  z.union(
    [
      z.strictObject({ column: columnName, in: z.array(z.string()).min(1) }),
      z.strictObject({ column: columnName, isNull: z.boolean() }),
      z.strictObject({ not: filter }),
      z.strictObject({ all: z.array(filter).min(1) }),
      z.strictObject({ any: z.array(filter).min(1) }),
    ],
    {
      error:
        "is no filter: { column: 'DEPT', in: ['2400'] }, { column: 'DEPT', isNull: true }, or such filters in not, all or any; values are text",
    },
  ),
)

const maxRecords = z.int().min(1, 'is not above 0: say how many records at most')

function departedSchema(field: z.ZodType<string>) {
  return z.discriminatedUnion(
    'action',
    [
      z.strictObject({ action: z.literal('report') }),
      z.strictObject({ action: z.literal('flag'), field, value: text(), maxRecords }),
      z.strictObject({ action: z.literal('delete'), maxRecords }),
    ],
    { error: 'is none of report, flag and delete' },
  )
}

function mappingSchema(
  target: z.ZodType<Reference>,
  field: z.ZodType<string>,
  modes: [Mapping['mode'], ...Mapping['mode'][]],
) {
  return z.strictObject({
    target,
    fields: z
      .array(
        z.strictObject({
          field,
          from: z.preprocess((value) => (typeof value === 'string' ? { column: value } : value), fieldSource),
          convert: conversion.default('none'),
          isKey: z.boolean().default(false),
          isIgnoredInDiff: z.boolean().default(false),
        }),
      )
      .min(1, 'needs at least one field'),
    filter: filter.exactOptional(),
    departed: departedSchema(field).default({ action: 'report' }),
    mode: z
      .enum(modes, { error: `is no mode of such a destination, which has ${modes.join(' and ')}` })
      .default('upsert'),
    maxRefused: z.int().min(0).default(25),
  })
}

/** Complete a mapping of a kind of destination. Columns are checked elsewhere: these know no record types. */
export const mappingSchemas: Readonly<Record<Destination['kind'], z.ZodType<Mapping>>> = {
  knack: mappingSchema(
    z.string().regex(/^object_\d+$/, 'is no key of an object, such as object_86'),
    z.string().regex(/^field_\d+$/, 'is no key of a field, such as field_1276'),
    ['upsert'],
  ),
  socrata: mappingSchema(
    reference.refine(
      (value) => [value].flat().every((part) => /^(?:env|file):/.test(part) || DATASET_ID.test(part)),
      { error: 'is no id of a dataset, such as abcd-1234, and no reference to one' },
    ),
    z
      .string()
      .regex(/^[a-z_][a-z0-9_]*$/, 'is no API field name: lower-case letters, digits and underscores'),
    ['upsert', 'replace'],
  ),
}

const completeMappings = z.record(z.string(), z.custom<Mapping>(), {
  error: 'needs the record types that it takes, each by its name with target and fields',
})

/** The four-four form of the ids of Socrata's datasets. */
export const DATASET_ID = /^[a-z0-9]{4}-[a-z0-9]{4}$/

function knackDestination(name: string): z.ZodType<Destination> {
  const suffix = name.toUpperCase().replace(/[^A-Z0-9]/g, '_')
  const own = (variable: string) => [`env:${variable}_${suffix}`, `env:${variable}`]
  return z.strictObject({
    kind: z.literal('knack'),
    name: z.string(),
    description: z.string().default(name),
    connection: z
      .strictObject({
        appId: reference.default(own('KNACK_APP_ID')),
        apiKey: secretReference.default(own('KNACK_API_KEY')),
        apiUrl: reference.default([...own('KNACK_API_URL'), 'https://api.knack.com/v1']),
        app: app.default({ slug: name }),
        timeZone: timeZone.exactOptional(),
        callsPerSecond: z
          .number()
          .positive('is not above 0')
          // Knack allows every account ten; a server of one's own may allow more.
          .max(1_000, 'is above 1,000; Knack allows all processes of an account together 10')
          .default(9.5),
        reserveCalls: z.int().min(0).default(50),
        settleMs: z.int().min(0).default(600_000),
        concurrency: z.int().min(1).max(100).default(4),
      })
      .prefault({}),
    recordTypes: completeMappings,
  })
}

function socrataDestination(name: string): z.ZodType<Destination> {
  return z.strictObject({
    kind: z.literal('socrata'),
    name: z.string(),
    description: z.string().default(name),
    connection: z
      .strictObject({
        domain: reference.default('env:SO_WEB'),
        appToken: secretReference.default('env:SO_TOKEN'),
        user: reference.default('env:SO_USER'),
        password: secretReference.default('env:SO_PASS'),
        rowsPerRequest: z.int().min(1).max(50_000).default(1_000),
        bytesPerRequest: z.int().min(1_000).default(4_000_000),
        lagMs: z.int().min(0).default(30_000),
      })
      .prefault({}),
    recordTypes: completeMappings,
  })
}

function text() {
  return z.string().min(1, 'is empty')
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
