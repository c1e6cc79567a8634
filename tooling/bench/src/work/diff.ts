import { openScratchFolder, type Value } from '@findata/core'
import { type DiffEntry, diffRecords, type PresentRecord, type WantedRecord } from '@findata/publishers'
import { createRecordSets, type RecordSets, TASK_ORDER_FIELDS, threadCpuMs } from '../bench-records.ts'
import { serveWork } from './serve-work.ts'

export interface DiffInput {
  /** On each side. */
  readonly rows: number
  readonly method: 'hash' | 'merge'
}

export interface DiffOutput {
  /** From answers in JSON to the differences. */
  readonly diffMs: number
  /** The same, of the thread. */
  readonly cpuMs: number
  /** What decoding the answers took of `diffMs`. */
  readonly decodingMs: number
}

serveWork(async ({ rows, method }: DiffInput): Promise<DiffOutput> => {
  const sets = createRecordSets(rows)
  const start = performance.now()
  const startCpu = threadCpuMs()
  const entries = method === 'hash' ? await diff(sets) : await merge(sets)
  const wholeMs = performance.now() - start
  const wholeCpuMs = threadCpuMs() - startCpu
  const { making, makingCpu, decoding } = sets.spentMs
  sets.verify(entries)
  return { diffMs: wholeMs - making, cpuMs: wholeCpuMs - makingCpu, decodingMs: decoding }
})

/** As a publisher does it: each side in an order of its own. */
async function diff(sets: RecordSets): Promise<DiffEntry[]> {
  await using scratch = await openScratchFolder()
  const sides = { wanted: sets.wanted(), present: sets.present('by id') }
  await using found = await diffRecords({ fields: TASK_ORDER_FIELDS, ...sides, scratch })
  return await Array.fromAsync(found.entries())
}

/** The least that any comparison has to do, where both sides come in the order of their keys and equal values in the same form. */
async function merge(sets: RecordSets): Promise<DiffEntry[]> {
  const entries: DiffEntry[] = []
  const compared = [...TASK_ORDER_FIELDS.keys()].filter((place) => !TASK_ORDER_FIELDS[place]?.isIgnoredInDiff)
  const wanted = createReader(sets.wanted())
  const present = createReader(sets.present('by key'))
  for (;;) {
    // Waiting for what is there already would take longer than comparing it.
    const left = wanted.next() ?? (await wanted.more())
    const right = present.next() ?? (await present.more())
    if (!left && !right) return entries
    const order = compareKeys(left?.values, right?.values)
    if (order !== 0) (order < 0 ? present : wanted).stay()
    if (left && order < 0) entries.push({ kind: 'missing', wanted: left })
    else if (right && order > 0) entries.push(toDeparted(right))
    else if (left && right) {
      const entry = compareValues(compared, left, right)
      if (entry) entries.push(entry)
    }
  }
}

interface Reader<T> {
  /** Undefined at the end of a chunk. */
  next(): T | undefined
  /** The first of the next chunk; undefined at the end of all. */
  more(): Promise<T | undefined>
  /** The same one again. */
  stay(): void
}

function createReader<T>(chunks: AsyncGenerator<readonly T[]>): Reader<T> {
  let chunk: readonly T[] = []
  let place = 0
  return {
    next: () => chunk[place++],
    async more() {
      chunk = (await chunks.next()).value ?? []
      place = 1
      return chunk[0]
    },
    stay() {
      place--
    },
  }
}

const DEPT = 0
const TASK_ORDER = 1

function compareKeys(left: readonly Value[] | undefined, right: readonly Value[] | undefined): number {
  if (!left) return 1
  if (!right) return -1
  for (const place of [TASK_ORDER, DEPT]) {
    const a = left[place] ?? ''
    const b = right[place] ?? ''
    if (a !== b) return a < b ? -1 : 1
  }
  return 0
}

function toDeparted(present: PresentRecord): DiffEntry {
  return { kind: 'departed', key: `${present.values[DEPT]} / ${present.values[TASK_ORDER]}`, present }
}

function compareValues(
  compared: readonly number[],
  wanted: WantedRecord,
  present: PresentRecord,
): DiffEntry | undefined {
  if (compared.every((place) => wanted.values[place] === present.values[place])) return undefined
  const changes = compared.flatMap((place) => {
    const from = present.values[place] as Value
    const to = wanted.values[place] as Value
    return from === to ? [] : [{ field: TASK_ORDER_FIELDS[place]?.name ?? '', from, to }]
  })
  return { kind: 'changed', wanted, present, changes }
}
