import { type LineFile, openLineFile, type ScratchFolder } from '@findata/core'

/** All lines of both sides that share a key, without it, in the order they came. */
export interface KeyGroup {
  readonly key: string
  readonly left: readonly string[]
  readonly right: readonly string[]
}

/** Batches of lines; each begins with its key, which ends at the first tab. A line holds no line feed. */
export type KeyedLines = AsyncIterable<readonly string[]>

interface Options {
  readonly scratch: ScratchFolder
  /** About what lines may take in memory before all of them go to disk, by the hash of their keys. */
  readonly memoryBytes: number
}

const SIDES = ['left', 'right'] as const
type Side = (typeof SIDES)[number]
type Sides<T> = Readonly<Record<Side, T>>

const NO_LINES: KeyedLines = { async *[Symbol.asyncIterator]() {} }

const PARTITIONS = 64
/** Of six bits each, a hash has five; what is together after that many shares its hash, and most likely its key. */
const MAX_DEPTH = 5
/** What a line takes beside its characters, its places in a list and a map included. */
const BYTES_BESIDE_LINE = 160

/** Brings together what shares a key, in linear time and in no promised order. Throws DISK_FAILED. */
export async function* groupByKey(
  sides: Sides<KeyedLines>,
  options: Options,
  depth = 0,
): AsyncGenerator<readonly KeyGroup[]> {
  await using files = new AsyncDisposableStack()
  const held: Sides<string[]> = { left: [], right: [] }
  const waiting: Sides<(LineFile | undefined)[]> = { left: [], right: [] }
  let bytes = 0
  let isSpilling = false

  const spill = (side: Side, line: string) => {
    const place = partitionOf(line, depth)
    const file = waiting[side][place]
    if (file) return file.append(line)
    return openLineFile(options.scratch).then((opened) => {
      waiting[side][place] = files.use(opened)
      return opened.append(line)
    })
  }

  for (const side of SIDES) {
    for await (const lines of sides[side]) {
      for (const line of lines) {
        if (isSpilling) {
          const written = spill(side, line)
          if (written) await written
        } else {
          held[side].push(line)
          bytes += line.length + BYTES_BESIDE_LINE
        }
      }
      if (isSpilling || bytes <= options.memoryBytes || depth >= MAX_DEPTH) continue
      isSpilling = true
      for (const heldSide of SIDES) for (const line of held[heldSide].splice(0)) await spill(heldSide, line)
    }
  }

  if (!isSpilling) yield groupHeld(held)
  for (let place = 0; place < PARTITIONS; place++) {
    const left = waiting.left[place]?.batches() ?? NO_LINES
    const right = waiting.right[place]?.batches() ?? NO_LINES
    if (left !== NO_LINES || right !== NO_LINES) yield* groupByKey({ left, right }, options, depth + 1)
  }
}

function groupHeld(held: Sides<readonly string[]>): KeyGroup[] {
  const groups = new Map<string, { readonly key: string; left: string[]; right: string[] }>()
  for (const side of SIDES) {
    for (const line of held[side]) {
      const tab = line.indexOf('\t')
      const key = line.slice(0, tab)
      const text = line.slice(tab + 1)
      const group = groups.get(key)
      if (!group) groups.set(key, { key, left: [], right: [], [side]: [text] })
      // A list of one is made with room for one; the first text that is pushed makes room for many.
      else if (group[side].length === 0) group[side] = [text]
      else group[side].push(text)
    }
  }
  return [...groups.values()]
}

/** FNV-1a of the key, finished as MurmurHash3 does; six other bits at every depth. */
function partitionOf(line: string, depth: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; ; index++) {
    const unit = line.charCodeAt(index)
    if (unit === TAB) break
    hash = Math.imul(hash ^ unit, 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> (6 * depth)) % PARTITIONS
}

const TAB = 9
