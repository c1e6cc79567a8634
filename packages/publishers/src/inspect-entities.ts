import type { FieldChange, InspectedEntity, Inspection, Row, TargetField, Value } from '@findata/core'
import { toComparable } from './canonical-compare.ts'
import { keyTextOf } from './key-text.ts'
import type { RejectedEntity } from './map-record.ts'
import { collisionReason } from './publish-plan.ts'
import type { PresentRecord, WantedRecord } from './target-record.ts'

export interface InspectOptions {
  readonly fields: readonly TargetField[]
  toRecord(entity: Row): WantedRecord | RejectedEntity
  /** At least the records that have the keys of the wanted ones. */
  find(wanted: readonly WantedRecord[]): Promise<readonly PresentRecord[]>
}

/** Compares a few entities with the records that have exactly their keys, as planning does with all. */
export async function inspectEntities(
  { fields, toRecord, find }: InspectOptions,
  entities: readonly Row[],
): Promise<Inspection> {
  const mapped = entities.map(toRecord)
  const wanted = mapped.filter((record) => 'values' in record)
  const wantedByKey = Map.groupBy(wanted, ({ values }) => keyTextOf(fields, values))
  const present = wanted.length === 0 ? [] : await find(wanted)
  const presentByKey = Map.groupBy(present, ({ values }) => keyTextOf(fields, values))

  const inspect = (record: WantedRecord): InspectedEntity => {
    const keyText = keyTextOf(fields, record.values)
    const rivals = (wantedByKey.get(keyText) ?? []).map(({ key }) => key)
    const records = (presentByKey.get(keyText) ?? [])
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, values }) => ({ id, changes: changesOf(fields, record.values, values) }))
    return {
      key: record.key,
      records,
      ...(rivals.length > 1 && { rejected: collisionReason(record.key, rivals) }),
    }
  }
  return {
    fields,
    entities: mapped.map((record) =>
      'values' in record ? inspect(record) : { key: record.key, rejected: record.rejected, records: [] },
    ),
  }
}

function changesOf(
  fields: readonly TargetField[],
  wanted: readonly Value[],
  present: readonly Value[],
): FieldChange[] {
  return fields.flatMap(({ name, kind, isIgnoredInDiff }, place) => {
    const from = present[place] ?? null
    const to = wanted[place] ?? null
    if (isIgnoredInDiff || toComparable(kind, from) === toComparable(kind, to)) return []
    return [{ field: name, from, to }]
  })
}
