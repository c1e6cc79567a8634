import {
  type FieldChange,
  openLineFile,
  type ScratchFolder,
  type TargetField,
  type Value,
} from '@findata/core'
import { equalityReason, toComparable } from './canonical-compare.ts'
import { groupByKey, type KeyGroup } from './group-by-key.ts'
import { compileRecordLines, type LineRecord } from './record-line.ts'
import type { PresentRecord, WantedRecord } from './target-record.ts'

export interface DiffOptions {
  readonly fields: readonly TargetField[]
  /** Each side is read once, in any order. */
  readonly wanted: AsyncIterable<readonly WantedRecord[]>
  readonly present: AsyncIterable<readonly PresentRecord[]>
  /** The readable key of a record that is not wanted; the values of its key fields unless said. */
  readonly presentKey?: (values: readonly Value[]) => string
  readonly scratch: ScratchFolder
  /** About what records may take in memory before others wait on disk; 24 MB unless said. */
  readonly memoryBytes?: number
}

/** How the records of a destination differ from those that are wanted there. Lives on disk until it is disposed. */
export interface RecordDiff extends AsyncDisposable {
  readonly fields: readonly TargetField[]
  readonly counts: DiffCounts
  /** By reason: how many values are equal although their texts are not. */
  readonly equalities: Readonly<Record<string, number>>
  /** Everything but equal records; may be read more than once. */
  entries(): AsyncIterable<DiffEntry>
  /** The equal records, likewise. */
  matches(): AsyncIterable<Match>
}

/** Records: `equal` and `changed` count those of both sides once, a collision each of its wanted ones. */
export interface DiffCounts {
  readonly wanted: number
  readonly present: number
  readonly equal: number
  readonly changed: number
  readonly missing: number
  readonly departed: number
  readonly duplicate: number
  readonly collision: number
}

export type DiffEntry =
  | { readonly kind: 'missing'; readonly wanted: WantedRecord }
  /** `changes` are those of fields that are not ignored. */
  | {
      readonly kind: 'changed'
      readonly wanted: WantedRecord
      readonly present: PresentRecord
      readonly changes: readonly FieldChange[]
    }
  /** Its key is not wanted, or empty: then the readable `key` is empty too. */
  | { readonly kind: 'departed'; readonly key: string; readonly present: PresentRecord }
  /** Has a key that is wanted and that the record with the smaller id has too. */
  | {
      readonly kind: 'duplicate'
      readonly key: string
      readonly present: PresentRecord
      readonly keptId: string
    }
  /**
   * Wanted records that the destination cannot tell apart; or one, whose key would be empty there. None of them wins, nor do they
   * change the record that has their key, if there is one.
   */
  | { readonly kind: 'collision'; readonly wanted: readonly WantedRecord[]; readonly present?: PresentRecord }

/** The values of two equal records in fields that are not ignored, in their order. One array where the texts are the same. */
export interface Match {
  readonly wanted: readonly Value[]
  readonly present: readonly Value[]
}

/**
 * Compares what is wanted with what is there by key, each field by its kind, in linear time and bounded memory. Of several records
 * of the destination with one key the one with the smallest id is compared. Throws DISK_FAILED. Dispose the result to close its
 * files.
 */
export async function diffRecords(options: DiffOptions): Promise<RecordDiff> {
  const { fields, scratch, memoryBytes = 24_000_000 } = options
  const presentKey = options.presentKey ?? ((values: readonly Value[]) => joinedKey(fields, values))
  const lines = compileRecordLines(fields)
  await using files = new AsyncDisposableStack()
  const differences = files.use(await openLineFile(scratch))
  const matches = files.use(await openLineFile(scratch))
  const counts = {
    wanted: 0,
    present: 0,
    equal: 0,
    changed: 0,
    missing: 0,
    departed: 0,
    duplicate: 0,
    collision: 0,
  }
  const equalities: Record<string, number> = {}

  async function* wantedLines() {
    for await (const records of options.wanted) {
      counts.wanted += records.length
      yield records.map(({ key, values }) => lines.encode({ name: key, values }))
    }
  }

  async function* presentLines() {
    for await (const records of options.present) {
      counts.present += records.length
      yield records.map(({ id, values }) => lines.encode({ name: id, values }))
    }
  }

  const changesOf = (wanted: readonly Value[], present: readonly Value[]): FieldChange[] =>
    fields.flatMap(({ name, kind, isIgnoredInDiff }, place) => {
      const to = wanted[place] as Value
      const from = present[place] as Value
      if (isIgnoredInDiff || from === to) return []
      if (toComparable(kind, from) !== toComparable(kind, to)) return [{ field: name, from, to }]
      const reason = equalityReason(kind, from, to) as string
      equalities[reason] = (equalities[reason] ?? 0) + 1
      return []
    })

  const compare = (wantedText: string, presentText: string): DiffEntry | EqualPair => {
    const wantedPart = lines.comparedPart(wantedText)
    const presentPart = lines.comparedPart(presentText)
    if (wantedPart === presentPart) return { kind: 'equal', line: wantedPart }
    const wanted = toWanted(lines.decode(wantedText))
    const present = toPresent(lines.decode(presentText))
    const changes = changesOf(wanted.values, present.values)
    return changes.length > 0
      ? { kind: 'changed', wanted, present, changes }
      : { kind: 'equal', line: `${wantedPart}\t${presentPart}` }
  }

  const outcomesOf = ({ key, left, right }: KeyGroup): readonly (DiffEntry | EqualPair)[] => {
    const isKeyless = key === lines.emptyKey
    const [wantedText] = left
    const collision = (keptText?: string): DiffEntry => ({
      kind: 'collision',
      wanted: left.map((text) => toWanted(lines.decode(text))),
      ...(keptText !== undefined && { present: toPresent(lines.decode(keptText)) }),
    })
    if (wantedText === undefined) return right.map(departedOf)
    if (isKeyless) return [collision(), ...right.map(departedOf)]
    const { kept, others } = keepOldest(right, lines.nameOf)
    if (kept === undefined) {
      return [left.length > 1 ? collision() : { kind: 'missing', wanted: toWanted(lines.decode(wantedText)) }]
    }
    const compared = left.length > 1 ? collision(kept) : compare(wantedText, kept)
    if (others.length === 0) return [compared]
    const name = lines.nameOf(wantedText)
    const keptId = lines.nameOf(kept)
    const duplicates = others.map((text) => ({
      kind: 'duplicate' as const,
      key: name,
      present: toPresent(lines.decode(text)),
      keptId,
    }))
    return [compared, ...duplicates]
  }

  const departedOf = (text: string): DiffEntry => {
    const present = toPresent(lines.decode(text))
    return { kind: 'departed', key: presentKey(present.values), present }
  }

  const groups = groupByKey({ left: wantedLines(), right: presentLines() }, { scratch, memoryBytes })
  for await (const batch of groups) {
    for (const group of batch) {
      for (const outcome of outcomesOf(group)) {
        counts[outcome.kind] += outcome.kind === 'collision' ? outcome.wanted.length : 1
        const written =
          outcome.kind === 'equal'
            ? matches.append(outcome.line)
            : differences.append(JSON.stringify(outcome))
        if (written) await written
      }
    }
  }

  const opened = files.move()
  return {
    fields,
    counts,
    equalities,
    async *entries() {
      for await (const line of differences.lines()) yield JSON.parse(line) as DiffEntry
    },
    async *matches() {
      for await (const line of matches.lines()) {
        const [wantedPart = '', presentPart] = line.split('\t')
        const wanted = JSON.parse(wantedPart) as Value[]
        yield { wanted, present: presentPart === undefined ? wanted : (JSON.parse(presentPart) as Value[]) }
      }
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Two records that are equal; one text where theirs are the same. */
interface EqualPair {
  readonly kind: 'equal'
  readonly line: string
}

function toWanted({ name, values }: LineRecord): WantedRecord {
  return { key: name, values }
}

function toPresent({ name, values }: LineRecord): PresentRecord {
  return { id: name, values }
}

/** The record with the smallest id, and all others in the order of theirs. */
function keepOldest(records: readonly string[], idOf: (text: string) => string) {
  if (records.length < 2) return { kept: records[0], others: [] }
  const [kept, ...others] = [...records].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  return { kept, others }
}

function joinedKey(fields: readonly TargetField[], values: readonly Value[]): string {
  const parts = values.filter((value, place) => fields[place]?.isKey && value !== null && value !== '')
  return parts.join(' / ')
}
