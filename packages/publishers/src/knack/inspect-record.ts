import type { PublishTarget, TargetField } from '@findata/core'
import { type InspectOptions, inspectEntities } from '../inspect-entities.ts'
import type { PresentRecord } from '../target-record.ts'
import type { KnackClient, KnackRecord } from './knack-client.ts'

/** Looks the records of a few entities up by the field of their key that tells most of them apart. */
export function createRecordInspector({
  client,
  objectKey,
  fields,
  toRecord,
  toPresent,
}: Omit<InspectOptions, 'find'> & {
  readonly client: Pick<KnackClient, 'findRecords'>
  readonly objectKey: string
  readonly fields: readonly TargetField[]
  toPresent(record: KnackRecord): PresentRecord
}): PublishTarget['inspect'] {
  const keyFields = fields.flatMap(({ name, isKey }, index) => (isKey ? [{ name, index }] : []))
  const find: InspectOptions['find'] = async (wanted) => {
    const asked = keyFields.map(({ name, index }) => ({
      name,
      values: [...new Set(wanted.flatMap(({ values }) => values[index] ?? []))],
    }))
    // Of one entity every field has one value; the last part of a key is seldom shared.
    const [telling] = asked.reverse().sort((a, b) => b.values.length - a.values.length)
    if (!telling) return []
    return (await client.findRecords(objectKey, telling.name, telling.values)).map(toPresent)
  }
  return (entities) => inspectEntities({ fields, toRecord, find }, entities)
}
