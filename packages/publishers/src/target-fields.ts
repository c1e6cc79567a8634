import type { FieldKind, RecordType, TargetField } from '@findata/core'
import type { Mapping } from './mapping.ts'

/**
 * The fields of a mapping, in its order, with what the destination's metadata says of them. Throws RangeError for a field that is
 * not described: mapped fields are proven to be there before.
 */
export function toTargetFields(
  { fields }: Mapping,
  recordType: RecordType,
  described: ReadonlyMap<string, { readonly label: string; readonly kind: FieldKind }>,
): readonly TargetField[] {
  return fields.map(({ field, from, convert, isKey, isIgnoredInDiff }) => {
    const description = described.get(field)
    if (!description) throw new RangeError(`The destination does not describe its field ${field}`)
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
}
