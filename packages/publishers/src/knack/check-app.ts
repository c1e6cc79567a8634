import { type ColumnType, type FieldKind, type RowSchema, similarName, TerminalError } from '@findata/core'
import { isReadable } from '../canonical-compare.ts'
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

/**
 * The fields in the order of the mapping, and last the one that marks departed records. Throws DESTINATION_MISMATCH with every field
 * that is not there or cannot hold what is written to it.
 */
export function findFields(
  object: KnackObject,
  mapping: Mapping,
  schema: RowSchema,
  where: string,
): readonly DescribedField[] {
  const problems: string[] = []
  const find = (key: string, missing: () => string, problemOf: typeof unwritable): DescribedField[] => {
    const field = object.fields.find((candidate) => candidate.key === key)
    const kind = field && fieldKindOf(field)
    const problem = field ? problemOf(field, kind) : missing()
    if (problem !== undefined) problems.push(`${key} ${problem}`)
    return field && kind && problem === undefined ? [{ ...field, kind }] : []
  }
  const mapped = mapping.fields.flatMap((source) =>
    find(
      source.field,
      () => missing(source, object),
      (field, kind) => unsuitable(field, kind, source, schema),
    ),
  )
  const { departed } = mapping
  const flag =
    departed.action === 'flag'
      ? find(
          departed.field,
          () => 'is not there, to flag records that left the source',
          (field, kind) => unwritable(field, kind) ?? unfitForFlag(field, kind, departed.value),
        )
      : []
  if (problems.length === 0) return [...mapped, ...flag]
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
  const problem = unwritable(field, kind)
  const held = heldKinds(mapped, schema)
  if (problem !== undefined || kind === undefined || held === undefined || held.includes(kind)) return problem
  const what = sourceColumns(mapped).join(', ') || 'a timestamp'
  const converted = typeof mapped.convert === 'string' ? mapped.convert : 'numberText'
  return `${shownType(field)}, which cannot hold ${what}${converted === 'none' ? '' : ` as ${converted}`}: it takes ${held.join(', ')}`
}

function unwritable(field: KnackField, kind: FieldKind | undefined): string | undefined {
  if (isComputed(field)) return `${shownType(field)}, which Knack computes itself`
  return kind === undefined ? `${shownType(field)}, which holds more than one text` : undefined
}

/** A value that a field shows in another form would be written again in every run. */
function unfitForFlag(field: KnackField, kind: FieldKind | undefined, value: string): string | undefined {
  if (kind === undefined || isReadable(kind, value)) return undefined
  return `${shownType(field)}, which cannot hold the flag ${JSON.stringify(value)}`
}

function shownType({ name, type }: KnackField): string {
  return `(${name}) is of type ${type}`
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
  // Knack would take its UTC for the app's local time.
  'timestamp-with-time-zone': ['text'],
  text: undefined,
  clob: undefined,
  blob: ['text'],
  raw: ['text'],
}
