import { TerminalError } from './errors.ts'
import type { RecordType } from './record-type.ts'
import { similarName } from './similar-name.ts'

/** The record types that a command knows. */
export interface Catalogue {
  readonly recordTypes: readonly RecordType[]
  readonly names: readonly string[]
  /** Throws RECORD_TYPE_UNKNOWN with all names, and with the one that was probably meant. */
  get(name: string): RecordType
}

export function toCatalogue(recordTypes: readonly RecordType[]): Catalogue {
  const byName = new Map(recordTypes.map((recordType) => [recordType.name, recordType]))
  const names = [...byName.keys()]
  return {
    recordTypes: [...byName.values()],
    names,
    get(name) {
      const recordType = byName.get(name)
      if (recordType) return recordType
      const similar = similarName(name, names)
      throw new TerminalError(
        'RECORD_TYPE_UNKNOWN',
        `There is no record type ${JSON.stringify(name)}${similar ? `; did you mean ${similar}?` : '.'} The catalogue has: ${names.join(', ')}.`,
        { details: { name, names, ...(similar && { similar }) } },
      )
    },
  }
}
