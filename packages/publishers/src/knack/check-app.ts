import { type ColumnType, type FieldKind, type RowSchema, similarName, TerminalError } from '@findata/core'
import { sourceColumns } from '../check-mapping.ts'
import type { KnackConnection, MappedField, Mapping } from '../mapping.ts'
import {
  fieldKindOf,
  isComputed,
  type KnackApp,
  type KnackField,
  type KnackObject,
} from './knack-metadata.ts'

/** DESTINATION_MISMATCH, with both sides named, unless the app is the one that is configured. */
export function checkIdentity(app: KnackApp, configured: KnackConnection['app'], destination: string): void {
  const parts = ['id', 'slug', 'name'] as const
  const differing = parts.filter((part) => configured[part] !== undefined && configured[part] !== app[part])
  if (differing.length === 0) return
  const expected = differing.map((part) => `${part} ${JSON.stringify(configured[part])}`).join(', ')
  const found = differing.map((part) => `${part} ${JSON.stringify(app[part])}`).join(', ')
  throw new TerminalError(
    'DESTINATION_MISMATCH',
    `${destination} is configured as the app with ${expected}, but the app id leads to ${app.name} with ${found}. Nothing was called with the key. Set the app id and the key of the app that is meant, or correct connection.app of ${destination}.`,
    { details: { destination, configured, found: { id: app.id, slug: app.slug, name: app.name } } },
  )
}

/** DESTINATION_MISSING, with the objects that the app has, unless this one is there. */
export function findObject(app: KnackApp, key: string, destination: string): KnackObject {
  const object = app.objects.find((candidate) => candidate.key === key)
  if (object) return object
  const known = app.objects.map((candidate) => `${candidate.key} (${candidate.name})`)
  throw new TerminalError(
    'DESTINATION_MISSING',
    `${app.name} has no object ${key}, which ${destination} is configured to fill. It has ${known.join(', ') || 'no objects'}. Correct the target of the mapping.`,
    { details: { destination, object: key } },
  )
}

export type DescribedField = KnackField & { readonly kind: FieldKind }

/** The mapped fields, in the order of the mapping. DESTINATION_MISMATCH with every one that is not there or cannot hold what is mapped to it. */
export function findFields(
  object: KnackObject,
  mapping: Mapping,
  schema: RowSchema,
  where: string,
): readonly DescribedField[] {
  const fields: DescribedField[] = []
  const problems: string[] = []
  for (const mapped of mapping.fields) {
    const field = object.fields.find(({ key }) => key === mapped.field)
    const kind = field && fieldKindOf(field)
    const problem = field ? unsuitable(field, kind, mapped, schema) : missing(mapped, object)
    if (problem !== undefined) problems.push(`${mapped.field} ${problem}`)
    else if (field && kind) fields.push({ ...field, kind })
  }
  if (problems.length === 0) return fields
  const lines = problems.map((problem) => `\n  ${problem}`).join('')
  throw new TerminalError(
    'DESTINATION_MISMATCH',
    `${where} cannot take the mapped fields:${lines}\nNothing was sent. Correct the mapping, or the fields of the app.`,
    { details: { object: object.key, problems } },
  )
}

function missing(mapped: MappedField, { fields }: KnackObject): string {
  const [column = 'a timestamp'] = sourceColumns(mapped)
  const nearest = similarField(column, fields) ?? similarField(mapped.field, fields)
  const hint = nearest ? `; the nearest is ${nearest.key} (${nearest.name})` : ''
  return `is not there, to be filled from ${column}${hint}`
}

function similarField(name: string, fields: readonly KnackField[]): KnackField | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, ' ')
  const namesOf = ({ key, name }: KnackField) => [plain(name), plain(key)]
  const found = similarName(plain(name), fields.flatMap(namesOf))
  return fields.find((field) => found !== undefined && namesOf(field).includes(found))
}

function unsuitable(
  field: KnackField,
  kind: FieldKind | undefined,
  mapped: MappedField,
  schema: RowSchema,
): string | undefined {
  const shown = `(${field.name}) is of type ${field.type}`
  if (isComputed(field)) return `${shown}, which Knack computes itself`
  if (kind === undefined) return `${shown}, which holds more than one text`
  const held = heldKinds(mapped, schema)
  if (held === undefined || held.includes(kind)) return undefined
  const what = sourceColumns(mapped).join(', ') || 'a timestamp'
  const converted = typeof mapped.convert === 'string' ? mapped.convert : 'numberText'
  return `${shown}, which cannot hold ${what}${converted === 'none' ? '' : ` as ${converted}`}: it takes ${held.join(', ')}`
}

/** The kinds of fields that can hold what a mapping makes; undefined where the values decide. */
function heldKinds({ from, convert }: MappedField, schema: RowSchema): readonly FieldKind[] | undefined {
  if ('generated' in from) return ['date', 'text']
  if (convert === 'currency') return ['currency', 'text']
  if (convert === 'sorted-list') return ['text', 'list']
  if (convert === 'pad-angle-brackets' || 'columns' in from) return ['text']
  if (convert !== 'none') return ['text', 'number']
  const type = schema.columns.find(({ name }) => name === from.column)?.type
  return type && KINDS_BY_COLUMN[type.kind]
}

const NUMERIC: readonly FieldKind[] = ['number', 'currency', 'text', 'boolean']

const KINDS_BY_COLUMN: Readonly<Record<ColumnType['kind'], readonly FieldKind[] | undefined>> = {
  number: NUMERIC,
  'binary-float': NUMERIC,
  'binary-double': NUMERIC,
  date: ['date', 'text'],
  timestamp: ['date', 'text'],
  'timestamp-with-time-zone': ['date', 'text'],
  text: undefined,
  clob: undefined,
  blob: ['text'],
  raw: ['text'],
}
