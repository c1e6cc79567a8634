import { type RecordType, readableKey, type TargetField, toCanonicalDecimal, type Value } from '@findata/core'
import type { Mapping } from './mapping.ts'

/**
 * The readable entity key of a record of the destination, as far as its fields hold the columns of the key; empty for one whose
 * key is empty.
 */
export function compilePresentKey(
  { fields: mapped }: Pick<Mapping, 'fields'>,
  { entityKey }: Pick<RecordType, 'entityKey'>,
  fields: readonly TargetField[],
): (values: readonly Value[]) => string {
  const sources = entityKey.flatMap((key) => {
    const filled = mapped.filter(({ from }) => 'column' in from && from.column === key.column)
    const field = filled.find(({ isKey }) => isKey) ?? filled[0]
    const place = fields.findIndex(({ name }) => name === field?.field)
    const isNumberText = typeof field?.convert === 'object'
    return place === -1 ? [] : [{ key, place, isNumberText }]
  })
  return (values) => {
    const found = sources.map(({ place, isNumberText }) => {
      const value = values[place] || null
      return isNumberText ? toNumber(value) : value
    })
    if (found.every((value) => value === null)) return ''
    return readableKey(
      sources.map(({ key }) => key),
      found,
    )
  }
}

/** An id that is kept as text with its trailing zeros is the number that the entity has. */
function toNumber(value: Value): Value {
  try {
    return value && toCanonicalDecimal(value)
  } catch {
    return value
  }
}
