import type { FieldKind, TargetField, Value } from '@findata/core'
import { toComparable } from './canonical-compare.ts'

/**
 * Records as lines for `groupByKey`: the key as both sides compare it, a tab, the values that are compared, a tab, the rest. A value
 * holds no tab and no line feed there, since JSON escapes them.
 */
export interface RecordLines {
  /** What the key is when all its values are empty. */
  readonly emptyKey: string
  encode(record: LineRecord): string
  /** Takes a line without its key, as all below do. */
  decode(text: string): LineRecord
  /** The JSON of all values but the ignored ones: records whose texts are the same are equal. */
  comparedPart(text: string): string
  nameOf(text: string): string
}

/** `name` is the readable key of a wanted record and the id of a present one. */
export interface LineRecord {
  readonly name: string
  readonly values: readonly Value[]
}

export function compileRecordLines(fields: readonly TargetField[]): RecordLines {
  const places = [...fields.keys()]
  const compared = places.filter((place) => !fields[place]?.isIgnoredInDiff)
  const ignored = places.filter((place) => fields[place]?.isIgnoredInDiff)
  const keys = places.filter((place) => fields[place]?.isKey)

  const pick = (values: readonly Value[], from: readonly number[]) =>
    from.map((place) => values[place] as Value)
  const comparedPart = (text: string) => text.slice(0, text.indexOf('\t'))
  const rest = (text: string) => JSON.parse(text.slice(text.indexOf('\t') + 1)) as [string, Value[]]

  return {
    emptyKey: JSON.stringify(keys.map(() => null)),
    encode({ name, values }) {
      const key = keys.map((place) => toComparable(fields[place]?.kind as FieldKind, values[place] as Value))
      const rest = [name, pick(values, ignored)]
      return `${JSON.stringify(key)}\t${JSON.stringify(pick(values, compared))}\t${JSON.stringify(rest)}`
    },
    decode(text) {
      const comparedValues = JSON.parse(comparedPart(text)) as Value[]
      const [name, ignoredValues] = rest(text)
      const values = new Array<Value>(fields.length)
      for (const [index, place] of compared.entries()) values[place] = comparedValues[index] as Value
      for (const [index, place] of ignored.entries()) values[place] = ignoredValues[index] as Value
      return { name, values }
    },
    comparedPart,
    nameOf: (text) => rest(text)[0],
  }
}
