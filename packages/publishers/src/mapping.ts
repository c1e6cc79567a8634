/** A destination as it is configured: complete, and checked against the record types. */
export type Destination = KnackDestination | SocrataDestination

export interface KnackDestination {
  readonly kind: 'knack'
  readonly name: string
  readonly description: string
  readonly connection: KnackConnection
  /** By record type. */
  readonly recordTypes: Readonly<Record<string, Mapping>>
}

export interface SocrataDestination {
  readonly kind: 'socrata'
  readonly name: string
  readonly description: string
  readonly connection: SocrataConnection
  /** By record type. */
  readonly recordTypes: Readonly<Record<string, Mapping>>
}

/** `env:NAME`, `file:/path`, or several of which the first that is set counts; a plain text stands for itself. */
export type Reference = string | readonly string[]

export interface KnackConnection {
  readonly appId: Reference
  readonly apiKey: Reference
  readonly apiUrl: Reference
  /** What the app's own metadata must say, so that the wrong key never writes into the wrong app. At least one is given. */
  readonly app: { readonly id?: string; readonly slug?: string; readonly name?: string }
  /** IANA name; the zone of the app's metadata unless given. */
  readonly timeZone?: string
  /** Below the limit of 10 that all processes of an account share. */
  readonly callsPerSecond: number
  /** Calls of the daily allowance that are left to others. */
  readonly reserveCalls: number
  /** How long a create without an answer may still arrive. */
  readonly settleMs: number
  /** Calls under way at once. */
  readonly concurrency: number
}

export interface SocrataConnection {
  /** A host, or a URL. */
  readonly domain: Reference
  readonly appToken: Reference
  readonly user: Reference
  readonly password: Reference
  readonly rowsPerRequest: number
  readonly bytesPerRequest: number
  /** How long a read back may lag behind before it counts as a difference. */
  readonly lagMs: number
}

/** How the entities of one record type become records of a destination. */
export interface Mapping {
  /** `object_86`, or a reference to the id of a dataset. */
  readonly target: Reference
  readonly fields: readonly MappedField[]
  readonly filter?: SourceFilter
  readonly departed: Departed
  /** `replace` sends the whole set in one request where the destination can (Socrata). */
  readonly mode: 'upsert' | 'replace'
  /** A run stops sending after so many refused records. */
  readonly maxRefused: number
}

export interface MappedField {
  /** `field_1276`, or an API field name in lower case. */
  readonly field: string
  readonly from: FieldSource
  readonly convert: Conversion
  /** Part of what identifies a record there. */
  readonly isKey: boolean
  /** Sent along with a change, never a reason for one. */
  readonly isIgnoredInDiff: boolean
}

export type FieldSource =
  | { readonly column: string }
  /** The values of several columns with a text between them; null parts are left out. */
  | { readonly columns: readonly string[]; readonly separator: string }
  /** The start of the run in the destination's zone. */
  | { readonly generated: 'timestamp' }

/** Named pure functions from a canonical value to the destination's form. */
export type Conversion =
  | 'none'
  /** A space on both sides of `<` and `>` where one is missing: Knack drops text after an unclosed `<`. */
  | 'pad-angle-brackets'
  /** `1,997.78`; null is `0.00`. */
  | 'currency'
  /** The parts between comma and line feed, sorted, each once. */
  | 'sorted-list'
  /** A number as text with so many digits after the point, at least: `13240.010`. */
  | { readonly numberText: { readonly scale: number } }

/** Which rows are wanted, by values in their canonical text. */
export type SourceFilter =
  | { readonly column: string; readonly in: readonly string[] }
  | { readonly column: string; readonly isNull: boolean }
  | { readonly not: SourceFilter }
  | { readonly all: readonly SourceFilter[] }
  | { readonly any: readonly SourceFilter[] }

/** What happens to records of the destination whose rows the source no longer has; those of rows that the filter leaves out stay. */
export type Departed =
  | { readonly action: 'report' }
  /**
   * Writes `value` into `field` of at most `maxRecords`, and clears it when the record is wanted again; more stop the run before it
   * sends anything. No mapped column fills the field.
   */
  | { readonly action: 'flag'; readonly field: string; readonly value: string; readonly maxRecords: number }
  | { readonly action: 'delete'; readonly maxRecords: number }
