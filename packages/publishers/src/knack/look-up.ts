import type { FieldChange, TargetField, Value } from '@findata/core'
import { toComparable } from '../canonical-compare.ts'
import type { PresentRecord } from '../target-record.ts'
import type { KnackClient, KnackRecord } from './knack-client.ts'
import type { Write } from './write-log.ts'

export type Create = Extract<Write, { readonly kind: 'create' }>

/** Finds what creates would make a second time. */
export interface LookUp {
  /** By the key of the create: the record with exactly its key fields, of several the one with the smallest id. */
  find(creates: readonly Create[]): Promise<ReadonlyMap<string, PresentRecord>>
  /** What an update of the record must change so that it is as the create would have made it. */
  changes(create: Create, record: PresentRecord): readonly FieldChange[]
}

export function createLookUp({
  client,
  objectKey,
  fields,
  toPresent,
}: {
  readonly client: Pick<KnackClient, 'findRecords'>
  readonly objectKey: string
  readonly fields: readonly TargetField[]
  toPresent(record: KnackRecord): PresentRecord
}): LookUp {
  const keyFields = fields.flatMap(({ name, kind, isKey }, index) => (isKey ? [{ name, kind, index }] : []))
  const keyText = (values: readonly Value[]) =>
    JSON.stringify(keyFields.map(({ kind, index }) => toComparable(kind, values[index] ?? null)))
  const toValues = ({ changes }: Create) => {
    const byField = new Map(changes.map(({ field, to }) => [field, to]))
    return fields.map(({ name }) => byField.get(name) ?? null)
  }

  /** One filter cannot ask for several fields at once, so the one that tells most creates apart asks for all it can. */
  function mostTelling(wanted: readonly (readonly Value[])[]) {
    const distinct = ({ index }: { readonly index: number }) =>
      new Set(wanted.flatMap((values) => values[index] ?? [])).size
    return keyFields.toSorted((a, b) => distinct(b) - distinct(a) || b.index - a.index)
  }

  return {
    async find(creates) {
      const found = new Map<string, PresentRecord>()
      let rest = creates.map((create) => ({ key: create.key, values: toValues(create) }))
      for (const { name, index } of mostTelling(rest.map(({ values }) => values))) {
        const asked = rest.flatMap(({ values }) => values[index] ?? [])
        if (asked.length === 0) continue
        const present = new Map<string, PresentRecord>()
        for (const record of await client.findRecords(objectKey, name, [...new Set(asked)])) {
          const read = toPresent(record)
          const text = keyText(read.values)
          const other = present.get(text)
          if (!other || read.id < other.id) present.set(text, read)
        }
        for (const { key, values } of rest) {
          const record = present.get(keyText(values))
          if (record) found.set(key, record)
        }
        rest = rest.filter(({ values }) => (values[index] ?? null) === null)
      }
      return found
    },
    changes(create, { values }) {
      const wanted = toValues(create)
      const isSame = (place: number, { kind }: TargetField) =>
        toComparable(kind, values[place] ?? null) === toComparable(kind, wanted[place] ?? null)
      if (fields.every((field, place) => field.isIgnoredInDiff || isSame(place, field))) return []
      return fields.flatMap((field, place) =>
        isSame(place, field)
          ? []
          : [{ field: field.name, from: values[place] ?? null, to: wanted[place] ?? null }],
      )
    },
  }
}
