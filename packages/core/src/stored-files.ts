import { z } from 'zod'
import type { Certificate } from './certificate.ts'
import { isCanonicalDecimal } from './decimal.ts'
import { TerminalError } from './errors.ts'
import type { Intent, Receipt, Rejects } from './publish-store.ts'
import type { CurrentIndex, SnapshotManifest } from './snapshot-store.ts'

/** Understands the text of a certificate. Throws FILE_INVALID with what it looks like, or with the path of every mistake. */
export const parseCertificate = (text: string, name: string): Certificate =>
  parseStored(text, name, 'findata-certificate')

/** Understands the text of a snapshot's manifest. Throws FILE_INVALID as `parseCertificate` does. */
export const parseManifest = (text: string, name: string): SnapshotManifest =>
  parseStored(text, name, 'findata-snapshot')

/** Understands the text of `<record_type>.manifest.json`. Throws FILE_INVALID as `parseCertificate` does. */
export const parseCurrentIndex = (text: string, name: string): CurrentIndex =>
  parseStored(text, name, 'findata-current')

/** What publishing wrote down: writes before they were sent, or what came of them. */
export type JournalEntry = { readonly intent: Intent } | { readonly receipt: Receipt }

/** Understands the text of a part of the journal of publishing. Throws FILE_INVALID as `parseCertificate` does. */
export const parseJournalPart = (text: string, name: string): readonly JournalEntry[] =>
  parseStored(text, name, 'findata-journal-part').entries

/** Understands the text of the list of rejected records. Throws FILE_INVALID as `parseCertificate` does. */
export function parseRejects(text: string, name: string): Rejects {
  const { version: _version, kind: _kind, ...rejects } = parseStored(text, name, 'findata-rejects')
  return rejects
}

/** As `stringifyCertificate`, but on one line. */
export const stringifyJournalPart = (entries: readonly JournalEntry[]): string =>
  `${JSON.stringify(journalPartSchema.parse({ version: 1, kind: 'findata-journal-part', entries }))}\n`

/** As `stringifyCertificate`. */
export const stringifyRejects = (rejects: Rejects): string =>
  stringify(rejectsSchema, { version: 1, kind: 'findata-rejects', ...rejects })

/** Equal certificates give equal text: keys in one order, two spaces, a line feed at the end. */
export const stringifyCertificate = (certificate: Certificate): string =>
  stringify(certificateSchema, certificate)

/** As `stringifyCertificate`. */
export const stringifyManifest = (manifest: SnapshotManifest): string => stringify(manifestSchema, manifest)

/** As `stringifyCertificate`. */
export const stringifyCurrentIndex = (index: CurrentIndex): string => stringify(currentSchema, index)

const count = z.int().nonnegative()
const instant = z.iso.datetime()
const name = z.string().min(1)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'Expected the 64 hex digits of a SHA-256')
const setHash = z.string().regex(/^[0-9a-f]{32}$/, 'Expected the 32 hex digits of a set hash')
const decimal = z.string().refine(isCanonicalDecimal, 'Expected a canonical decimal as text')
const guard = z.enum([
  'rows',
  'shrink',
  'duplicates',
  'conflicts',
  'null-keys',
  'jump',
  'columns',
  'scale',
  'departed',
])

const columnType = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    precision: z.int().exactOptional(),
    scale: z.int().exactOptional(),
  }),
  z.strictObject({ kind: z.literal('text'), size: count.exactOptional() }),
  z.strictObject({ kind: z.enum(['date', 'clob', 'blob', 'raw', 'binary-float', 'binary-double']) }),
  z.strictObject({ kind: z.enum(['timestamp', 'timestamp-with-time-zone']), fractionalDigits: count }),
])

const described = {
  columns: z.array(
    z.strictObject({ name, type: columnType, isNullable: z.boolean(), ordinal: z.int().positive() }),
  ),
  rowKey: z.array(z.strictObject({ column: name, isNullable: z.boolean() })),
  entityKey: z.array(z.strictObject({ column: name, isNullable: z.boolean() })),
  money: z.array(z.strictObject({ column: name, scale: count })),
}

const consistency = z.strictObject({
  label: z.enum(['scn', 'scn, links not visible', 'read-only transaction', 'per statement', 'fuzzy']),
  scn: z.string().exactOptional(),
  fixedAt: instant,
  because: z.array(z.string()).exactOptional(),
})

const controlTotals = z.strictObject({
  rows: count,
  money: z.record(
    name,
    z.strictObject({ nonNull: count, sum: decimal, min: decimal.nullable(), max: decimal.nullable() }),
  ),
  distinctEntityKeys: count.exactOptional(),
  setHash: setHash.exactOptional(),
})

const hopName = z.enum(['source', 'read', 'file', 'entities', 'mapped', 'staged', 'destination'])
const bridgeLine = z.strictObject({ rows: count, sums: z.record(name, decimal) })
const presentLine = z.strictObject({ rows: count, sums: z.record(name, decimal), unreadable: count })
const publication = z.strictObject({
  destination: name,
  target: name,
  snapshotRunId: name,
  sent: z.strictObject({ creates: count, updates: count, deletes: count }),
  unchanged: count,
  departed: presentLine,
  duplicates: presentLine,
  outdated: presentLine,
  present: count,
  entities: bridgeLine,
  published: bridgeLine,
  notPublished: z.strictObject({
    rejected: bridgeLine,
    refused: bridgeLine,
    stale: bridgeLine,
    held: bridgeLine,
    waiting: bridgeLine,
  }),
  calls: count,
})
const override = z.strictObject({ guard, by: z.string(), reason: z.string() })

const certificateSchema: z.ZodType<Certificate> = z.strictObject({
  version: z.literal(1),
  kind: z.literal('findata-certificate'),
  verdict: z.enum(['balanced', 'refused', 'differs']),
  recordType: name,
  runId: name,
  startedAt: instant,
  finishedAt: instant,
  consistency,
  window: z.strictObject({ from: z.string().nullable(), to: z.string() }).exactOptional(),
  hops: z.array(z.strictObject({ name: hopName, of: z.enum(['rows', 'entities']), totals: controlTotals })),
  leftOut: z.array(z.string()),
  bridge: z
    .strictObject({
      read: bridgeLine,
      rejected: bridgeLine,
      filtered: bridgeLine,
      exactDuplicates: bridgeLine,
      folded: bridgeLine,
      entities: bridgeLine,
    })
    .exactOptional(),
  publication: publication.exactOptional(),
  comparisons: z.array(
    z.strictObject({
      left: hopName,
      right: hopName,
      agrees: z.boolean(),
      differences: z.array(z.string()),
      notCompared: z.array(z.string()),
    }),
  ),
  guards: z.array(
    z.strictObject({
      guard,
      passed: z.boolean(),
      evidence: z.string(),
      examples: z.array(z.string()),
      overridden: override.exactOptional(),
    }),
  ),
  overrides: z.array(override),
  objects: z.array(z.strictObject({ key: name, bytes: count, sha256 })),
  executions: count,
  versions: z.record(name, z.string()),
  ...described,
})

const manifestSchema: z.ZodType<SnapshotManifest> = z.strictObject({
  version: z.literal(1),
  kind: z.literal('findata-snapshot'),
  recordType: name,
  runId: name,
  startedAt: instant,
  finishedAt: instant,
  consistency,
  totals: controlTotals,
  data: z.strictObject({
    key: name,
    compression: z.literal('gzip'),
    bytes: count,
    sha256,
    plainBytes: count,
    plainSha256: sha256,
  }),
  querySha256: sha256,
  ...described,
})

const currentSchema: z.ZodType<CurrentIndex> = z.strictObject({
  version: z.literal(1),
  kind: z.literal('findata-current'),
  recordType: name,
  committedBy: name,
  committedAt: instant,
  reason: z.string().exactOptional(),
  previousRunId: name.exactOptional(),
  current: manifestSchema,
  ordinals: z.record(name, z.int().positive()),
  snapshots: z.array(
    z.strictObject({
      runId: name,
      takenAt: instant,
      rows: count,
      sums: z.record(name, decimal),
      setHash,
      dataKey: name,
      bytes: count,
      manifestKey: name,
      manifestSha256: sha256,
      certificateKey: name,
      certificateSha256: sha256,
    }),
  ),
})

const write = {
  runId: name,
  sequence: count,
}

const intent: z.ZodType<Intent> = z.strictObject({
  ...write,
  sentBefore: instant,
  kind: z.enum(['create', 'update', 'delete']),
  key: z.string(),
  id: z.string().nullable(),
  changes: z.array(z.strictObject({ field: name, from: z.string().nullable(), to: z.string().nullable() })),
})

const receipt: z.ZodType<Receipt> = z.strictObject({
  ...write,
  at: instant,
  outcome: z.enum(['done', 'found', 'refused', 'unclear', 'not sent']),
  id: z.string().nullable(),
  answer: z.string(),
})

const journalPartSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal('findata-journal-part'),
  entries: z.array(z.union([z.strictObject({ intent }), z.strictObject({ receipt })])),
})

const rejectsSchema: z.ZodType<Rejects & { readonly version: 1; readonly kind: 'findata-rejects' }> =
  z.strictObject({
    version: z.literal(1),
    kind: z.literal('findata-rejects'),
    recordType: name,
    destination: name,
    runId: name,
    at: instant,
    records: z.array(
      z.strictObject({
        key: z.string(),
        status: z.enum(['rejected', 'refused', 'held', 'stale']),
        reason: z.string(),
      }),
    ),
  })

const FILES = {
  'findata-certificate': { what: 'a certificate', schema: certificateSchema },
  'findata-snapshot': { what: 'the manifest of a snapshot', schema: manifestSchema },
  'findata-current': { what: 'the index of current snapshots', schema: currentSchema },
  'findata-journal-part': { what: 'a part of the journal of publishing', schema: journalPartSchema },
  'findata-rejects': { what: 'the list of rejected records', schema: rejectsSchema },
} as const

type Kind = keyof typeof FILES

const NEXT_STEP =
  'Name the right file, or put back the version of it that findata wrote (an earlier version of the object, or a copy).'

function parseStored<K extends Kind>(
  text: string,
  file: string,
  kind: K,
): z.infer<(typeof FILES)[K]['schema']> {
  const { what, schema } = FILES[kind]
  const fail = (reason: string, nextStep = NEXT_STEP): never => {
    throw new TerminalError('FILE_INVALID', `${file} is not ${what}: ${reason}. ${nextStep}`, {
      details: { file, expected: kind, nextStep },
    })
  }

  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return fail(appearance(text, error as SyntaxError))
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fail(
      `it is JSON, but ${Array.isArray(value) ? 'an array' : `a ${value === null ? 'null' : typeof value}`}`,
    )
  }
  const header = value as { readonly kind?: unknown; readonly version?: unknown }
  if (header.kind !== kind) {
    const isOther = typeof header.kind === 'string' && Object.hasOwn(FILES, header.kind)
    return fail(`it is ${isOther ? FILES[header.kind as Kind].what : 'JSON of something else'}`)
  }
  if (header.version !== 1) {
    return fail(
      `it has version ${JSON.stringify(header.version) ?? 'none'}, and this findata reads version 1`,
      'Use the findata that wrote it, or a newer one.',
    )
  }
  const result = schema.safeParse(value)
  if (!result.success) {
    const mistakes = result.error.issues.map(({ path, message }) =>
      path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`,
    )
    return fail(mistakes.join('; '))
  }
  return result.data as z.infer<(typeof FILES)[K]['schema']>
}

function appearance(text: string, error: SyntaxError): string {
  const start = text.trimStart()
  if (start === '') return 'it is empty'
  if (start.startsWith('\u001f')) return 'it looks like compressed data'
  if (start.startsWith('<')) return 'it looks like a web page or XML'
  if (!/^[[{]/.test(start)) return 'it is text, not JSON'
  return /end of JSON|Unterminated|Expected .* after/i.test(error.message) && !/[\]}]\s*$/.test(text)
    ? 'it is JSON that was cut short'
    : 'it is JSON with a fault in it'
}

function stringify<T>(schema: z.ZodType<T>, value: T): string {
  return `${JSON.stringify(schema.parse(value), inOneOrder, 2)}\n`
}

/** Names of columns and tools come in any order; everything else has the order of its schema. */
function inOneOrder(key: string, value: unknown): unknown {
  const isByName = ['money', 'sums', 'versions', 'ordinals'].includes(key)
  if (!isByName || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
