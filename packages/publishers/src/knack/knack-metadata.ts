import type { FieldKind } from '@findata/core'
import * as z from 'zod'
import { toTimeZone } from './time-zones.ts'

/** A Knack app as its own metadata describes it. */
export interface KnackApp {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly accountSlug: string
  /** As Knack shows it: `Central Time (US & Canada)`. */
  readonly timeZoneName: string
  /** IANA; undefined where the name is not known. */
  readonly timeZone: string | undefined
  readonly objects: readonly KnackObject[]
}

export interface KnackObject {
  /** `object_86` */
  readonly key: string
  readonly name: string
  readonly fields: readonly KnackField[]
}

export interface KnackField {
  /** `field_1276` */
  readonly key: string
  readonly name: string
  /** Knack's own name of the type: `short_text`. */
  readonly type: string
  readonly isRequired: boolean
  readonly isUnique: boolean
  /** A choice of several, or a connection to several. */
  readonly isMultiple: boolean
  /** Of a multiple choice. */
  readonly options?: readonly string[]
}

const KIND_BY_TYPE: Readonly<Record<string, FieldKind>> = {
  short_text: 'text',
  paragraph_text: 'text',
  rich_text: 'text',
  number: 'number',
  currency: 'currency',
  boolean: 'boolean',
  date_time: 'date',
  connection: 'connection',
  concatenation: 'text',
  equation: 'number',
  auto_increment: 'number',
  sum: 'number',
  min: 'number',
  max: 'number',
  average: 'number',
  count: 'number',
}

const COMPUTED = new Set([
  'concatenation',
  'equation',
  'auto_increment',
  'sum',
  'min',
  'max',
  'average',
  'count',
])

/** What the values of a field are compared as; undefined for types that hold more than a text, such as name, address or file. */
export function fieldKindOf({
  type,
  isMultiple,
}: Pick<KnackField, 'type' | 'isMultiple'>): FieldKind | undefined {
  if (type === 'multiple_choice') return isMultiple ? 'list' : 'text'
  return Object.hasOwn(KIND_BY_TYPE, type) ? KIND_BY_TYPE[type] : undefined
}

/** Whether Knack fills the field itself, so that it cannot be written. */
export function isComputed({ type }: Pick<KnackField, 'type'>): boolean {
  return COMPUTED.has(type)
}

const text = z.string().catch('')
const flag = z
  .unknown()
  .optional()
  .transform((value) => value === true || value === 'true')
const MULTIPLE = new Set(['multi', 'checkboxes', 'many'])

const metadata = z.object({
  application: z.object({
    id: z.string(),
    name: z.string(),
    slug: text,
    account: z.object({ slug: text }).catch({ slug: '' }),
    settings: z.object({ timezone: text }).catch({ timezone: '' }),
    objects: z.array(
      z.object({
        key: z.string(),
        name: text,
        fields: z
          .array(
            z.object({
              key: z.string(),
              name: text,
              type: text,
              required: flag,
              unique: flag,
              format: z
                .object({ type: text, options: z.array(z.string()).optional().catch(undefined) })
                .catch({ type: '' }),
              relationship: z.object({ has: text }).catch({ has: '' }),
            }),
          )
          .default([]),
      }),
    ),
  }),
})

/** Reads the answer about an application; undefined where it is not one. */
export function toKnackApp(json: unknown): KnackApp | undefined {
  const { data } = metadata.safeParse(json)
  if (!data) return undefined
  const { id, name, slug, account, settings, objects } = data.application
  return {
    id,
    name,
    slug,
    accountSlug: account.slug,
    timeZoneName: settings.timezone,
    timeZone: toTimeZone(settings.timezone),
    objects: objects.map((object) => ({
      key: object.key,
      name: object.name,
      fields: object.fields.map(({ key, name, type, required, unique, format, relationship }) => ({
        key,
        name,
        type,
        isRequired: required,
        isUnique: unique,
        isMultiple: type === 'multiple_choice' ? MULTIPLE.has(format.type) : MULTIPLE.has(relationship.has),
        ...(format.options && { options: format.options }),
      })),
    })),
  }
}
