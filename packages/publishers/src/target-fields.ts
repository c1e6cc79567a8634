import type { FieldKind, RecordType, TargetField, Value } from '@findata/core'
import { toComparable } from './canonical-compare.ts'
import type { Mapping } from './mapping.ts'

/**
 * The fields of a mapping, in its order, and last the one that marks departed records, with what the destination's metadata says of
 * them. Throws RangeError for a field that is not described: they are proven to be there before.
 */
export function toTargetFields(
  { fields, departed }: Mapping,
  recordType: RecordType,
  described: ReadonlyMap<string, { readonly label: string; readonly kind: FieldKind }>,
): readonly TargetField[] {
  const describe = (field: string) => {
    const description = described.get(field)
    if (!description) throw new RangeError(`The destination does not describe its field ${field}`)
    return description
  }
  const mapped = fields.map(({ field, from, convert, isKey, isIgnoredInDiff }) => {
    const description = describe(field)
    const money = 'column' in from && recordType.money.find(({ column }) => column === from.column)
    return {
      name: field,
      label: description.label,
      // The order of a list means nothing, whatever the field is that holds it.
      kind: convert === 'sorted-list' ? 'list' : description.kind,
      isKey,
      isIgnoredInDiff,
      ...(money && { money }),
    }
  })
  if (departed.action !== 'flag') return mapped
  const { label, kind } = describe(departed.field)
  return [...mapped, { name: departed.field, label, kind, isKey: false, isIgnoredInDiff: false }]
}

/**
 * The values of a present record as they are compared: in the field that marks departed records only the mark counts, so that it is
 * taken back from a record that is wanted, and what else stands there is left alone.
 */
export function compileComparedValues(
  { departed }: Pick<Mapping, 'departed'>,
  fields: readonly TargetField[],
): (values: readonly Value[]) => readonly Value[] {
  const place = departed.action === 'flag' ? fields.findIndex(({ name }) => name === departed.field) : -1
  const field = fields[place]
  if (!field || departed.action !== 'flag') return (values) => values
  const mark = toComparable(field.kind, departed.value)
  return (values) =>
    toComparable(field.kind, values[place] ?? null) === mark ? values : values.with(place, null)
}

/** The money columns of a record type that a target holds, in the order of the record type. */
export function moneyOf({ money }: Pick<RecordType, 'money'>, fields: readonly TargetField[]): string[] {
  return money
    .map(({ column }) => column)
    .filter((column) => fields.some((field) => field.money?.column === column))
}
