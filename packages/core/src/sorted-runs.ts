import type { ScratchFolder, SpillFile } from './spill-files.ts'

/** The most records of one run: their numbers must fit beside a 32-bit word into a float's 53 bits. */
export const MAX_RUN_RECORDS = 2 ** 21

/** Sorts fixed-size records of 32-bit words, lowest first, also more of them than memory holds. */
export interface SortedRuns extends AsyncDisposable {
  /** How many runs were written to disk. */
  readonly runs: number
  /** Sorts the first `count` records of `words` and writes them to disk. */
  spill(words: Uint32Array, count: number): Promise<void>
  /** Visits all records spilled and the first `count` of `words` in one order; equal records follow each other. */
  merge(words: Uint32Array, count: number, visit: RecordVisitor): Promise<void>
}

/** The record begins at `offset`; the array is only lent. */
export type RecordVisitor = (words: Uint32Array, offset: number) => void

interface RunSource {
  readonly block: Uint32Array
  offset: number
  end: number
  refill(): Promise<number> | number
}

/** `memoryBytes` is what merging may hold in its buffers. */
export function createSortedRuns(
  scratch: ScratchFolder,
  { width, memoryBytes }: { readonly width: number; readonly memoryBytes: number },
): SortedRuns {
  const runs: { readonly from: number; readonly to: number }[] = []
  let file: SpillFile | undefined

  const blockWords = (blocks: number) => {
    const records = Math.floor(Math.min(256 * 1024, memoryBytes / blocks) / (width * 4))
    return Math.max(1, records) * width
  }

  const memorySource = (words: Uint32Array, count: number, block: Uint32Array): RunSource => {
    const order = sortedOrder(words, count, width)
    let next = 0
    const refill = () => {
      let end = 0
      for (; end < block.length && next < count; end += width) {
        const from = (order[next++] as number) * width
        for (let word = 0; word < width; word++) block[end + word] = words[from + word] as number
      }
      return end
    }
    return { block, offset: 0, end: 0, refill }
  }

  const fileSource = (run: { from: number; to: number }, block: Uint32Array): RunSource => {
    const bytes = new Uint8Array(block.buffer)
    let position = run.from
    const refill = async () => {
      const target = bytes.subarray(0, Math.min(bytes.length, run.to - position))
      position += await (file as SpillFile).read(position, target)
      return target.length / 4
    }
    return { block, offset: 0, end: 0, refill }
  }

  return {
    get runs() {
      return runs.length
    },
    async spill(words, count) {
      file ??= await scratch.openSpillFile()
      const from = file.bytes
      const source = memorySource(words, count, new Uint32Array(blockWords(1)))
      for (;;) {
        const end = await source.refill()
        if (end === 0) break
        await file.append(new Uint8Array(source.block.buffer, 0, end * 4))
      }
      runs.push({ from, to: file.bytes })
    },
    async merge(words, count, visit) {
      const size = blockWords(runs.length + 1)
      const sources = [
        memorySource(words, count, new Uint32Array(size)),
        ...runs.map((run) => fileSource(run, new Uint32Array(size))),
      ]
      await mergeSources(sources, width, visit)
    },
    async [Symbol.asyncDispose]() {
      await file?.[Symbol.asyncDispose]()
    },
  }
}

/** The numbers of the first `count` records of `words`, lowest record first. */
export function sortedOrder(words: Uint32Array, count: number, width: number): Float64Array {
  if (count > MAX_RUN_RECORDS) throw new RangeError(`A run holds at most ${MAX_RUN_RECORDS} records`)
  // The first word and the record's number in one float: the engine's own sort of plain numbers is many times faster
  // than one that calls back.
  const order = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    order[index] = (words[index * width] as number) * MAX_RUN_RECORDS + index
  }
  order.sort()
  for (let index = 0; index < count; index++) order[index] = (order[index] as number) % MAX_RUN_RECORDS

  const compare = (a: number, b: number) => compareRecords(words, a * width, words, b * width, width)
  const firstWord = (index: number) => words[(order[index] as number) * width]
  for (let start = 0; start < count; ) {
    let end = start + 1
    while (end < count && firstWord(end) === firstWord(start)) end++
    if (end - start > 8) order.subarray(start, end).sort(compare)
    else if (end - start > 1) insertionSort(order, start, end, compare)
    start = end
  }
  return order
}

/** For the few records that share a first word: calling the engine's sort costs more than sorting them. */
function insertionSort(
  order: Float64Array,
  start: number,
  end: number,
  compare: (a: number, b: number) => number,
): void {
  for (let place = start + 1; place < end; place++) {
    const item = order[place] as number
    let gap = place
    for (; gap > start && compare(order[gap - 1] as number, item) > 0; gap--) {
      order[gap] = order[gap - 1] as number
    }
    order[gap] = item
  }
}

async function mergeSources(sources: RunSource[], width: number, visit: RecordVisitor): Promise<void> {
  const heap: RunSource[] = []
  for (const source of sources) {
    source.end = await source.refill()
    if (source.end > 0) heap.push(source)
  }
  const isBelow = (a: RunSource, b: RunSource) =>
    compareRecords(a.block, a.offset, b.block, b.offset, width) < 0

  const sink = (from: number) => {
    const source = heap[from] as RunSource
    let place = from
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBelow(heap[child + 1] as RunSource, heap[child] as RunSource)) child++
      if (!isBelow(heap[child] as RunSource, source)) break
      heap[place] = heap[child] as RunSource
      place = child
    }
    heap[place] = source
  }

  for (let place = Math.floor(heap.length / 2) - 1; place >= 0; place--) sink(place)
  while (heap.length > 0) {
    const source = heap[0] as RunSource
    visit(source.block, source.offset)
    source.offset += width
    if (source.offset === source.end) {
      source.offset = 0
      source.end = await source.refill()
      if (source.end === 0) {
        const last = heap.pop() as RunSource
        if (heap.length === 0) return
        heap[0] = last
      }
    }
    sink(0)
  }
}

function compareRecords(a: Uint32Array, atA: number, b: Uint32Array, atB: number, width: number): number {
  for (let word = 0; word < width; word++) {
    const difference = (a[atA + word] as number) - (b[atB + word] as number)
    if (difference !== 0) return difference
  }
  return 0
}
