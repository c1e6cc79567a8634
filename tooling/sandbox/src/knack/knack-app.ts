import { isKnownZone } from './wall-time.ts'

/** The kinds of fields that are imitated. */
export const KNACK_FIELD_TYPES = [
  'short_text',
  'paragraph_text',
  'number',
  'currency',
  'boolean',
  'multiple_choice',
  'date_time',
  'connection',
  'auto_increment',
  'equation',
  'concatenation',
  'count',
  'sum',
] as const

export type KnackFieldType = (typeof KNACK_FIELD_TYPES)[number]

export const COMPUTED_TYPES: ReadonlySet<KnackFieldType> = new Set([
  'auto_increment',
  'equation',
  'concatenation',
  'count',
  'sum',
])

export interface KnackFieldFormat {
  /** Of `multiple_choice`: one value by default. */
  readonly type?: 'single' | 'multi'
  /** Of `date_time`; `mm/dd/yyyy` by default. */
  readonly dateFormat?: 'mm/dd/yyyy' | 'dd/mm/yyyy'
  /** Of `date_time`; 24 hours by default. */
  readonly timeFormat?: 'HH MM (military)' | 'HH:MM am' | 'Ignore Time'
  /** Of `number`: digits after the point in the formatted value. */
  readonly precision?: number
  /** Of `number`: thousands commas in the formatted value, which makes it text. */
  readonly marksThousands?: boolean
  /** Of `connection`. */
  readonly object?: string
  /** Of `connection`: one record by default. */
  readonly has?: 'one' | 'many'
}

export interface KnackFieldDefinition {
  /** `field_1276`. */
  readonly key: string
  readonly name: string
  readonly type: KnackFieldType
  readonly required?: boolean
  readonly unique?: boolean
  /** Of `multiple_choice`; other values are refused. */
  readonly options?: readonly string[]
  readonly format?: KnackFieldFormat
}

export interface KnackObjectDefinition {
  /** `object_86`. */
  readonly key: string
  readonly name: string
  /** The field that stands for a record in connections; the first by default. */
  readonly identifier?: string
  readonly fields: readonly KnackFieldDefinition[]
  /** What the object starts with, by field key; computed fields may be given too, as the app would have computed them. */
  readonly records?: readonly KnackValues[]
}

export interface KnackAppDefinition {
  /** 24 hexadecimal digits. */
  readonly id: string
  readonly apiKey: string
  readonly slug: string
  readonly name: string
  /** Apps of one account share its limits. */
  readonly accountSlug: string
  /** As Knack names it: `Central Time (US & Canada)`. */
  readonly timeZone: string
  readonly objects: readonly KnackObjectDefinition[]
}

/** What is written to a record, by field key. */
export type KnackValues = Readonly<Record<string, unknown>>

/** A record as the API gives it: `id`, and for every field `field_n` and mostly `field_n_raw`. */
export interface KnackRecord {
  readonly id: string
  readonly [key: string]: unknown
}

/** @throws Error that names what the stand-in cannot imitate. */
export function checkApp(app: KnackAppDefinition): void {
  if (!isKnackId(app.id))
    throw new Error(`startKnack: the id of app ${app.slug} is not 24 hexadecimal digits`)
  if (!isKnownZone(app.timeZone)) {
    throw new Error(`startKnack: the time zone ${app.timeZone} of app ${app.slug} is not imitated`)
  }
  for (const object of app.objects) {
    const where = `${app.slug}, ${object.key}`
    const keys = object.fields.map(({ key }) => key)
    const twice = keys.filter((key, index) => keys.indexOf(key) !== index)
    if (twice.length > 0) throw new Error(`startKnack: ${where} has ${twice.join(', ')} twice`)
    if (object.identifier !== undefined && !keys.includes(object.identifier)) {
      throw new Error(`startKnack: ${where} has no field ${object.identifier} to identify it`)
    }
    for (const { key, type, format } of object.fields) {
      if (!KNACK_FIELD_TYPES.includes(type)) {
        throw new Error(`startKnack: ${where}, ${key}: fields of type ${String(type)} are not imitated`)
      }
      if (type === 'connection' && !app.objects.some((other) => other.key === format?.object)) {
        throw new Error(`startKnack: ${where}, ${key}: format.object names no object of the app`)
      }
    }
  }
}

export function isKnackId(text: string): boolean {
  return /^[0-9a-f]{24}$/i.test(text)
}
