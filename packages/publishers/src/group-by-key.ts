import { type LineFile, openLineFile, type ScratchFolder } from '@findata/core'

/** All lines of both sides that share a key, without it, in the order they came. */
export interface KeyGroup {
  readonly key: string
  left: string[]
  right: string[]
}

/** A batch of lines; each begins with its key, which ends at the first tab. A line holds no line feed. */
type Lines = AsyncIterable<readonly string[]>

const NONE: string[] = []
const PARTITIONS = 16
const GROUPS_PER_BATCH = 1000
/** A group, its arrays and its place in the map, and a text beside its characters. */
const BYTES_PER_GROUP = 250
const BYTES_PER_LINE = 40

/**
 * Brings together what shares a key, in linear time. The groups that memory has room for are made first; the lines of all others
 * wait in files by the hash of their key and are grouped after them.
 */
export async function* groupByKey(
  left: Lines,
  right: Lines,
  options: { readonly scratch: ScratchFolder; readonly memoryBytes: number },
  depth = 0,
): AsyncGenerator<readonly KeyGroup[]> {
  const { scratch, memoryBytes } = options
  await using files = new AsyncDisposableStack()
  const waiting: { readonly left: LineFile; readonly right: LineFile }[] = []
  const groups = new Map<string, KeyGroup>()
  let bytes = 0

  for (const [side, batches] of [
    ['left', left],
    ['right', right],
  ] as const) {
    // The left side leaves room for what the right side has for the same keys.
    const limit = side === 'left' ? memoryBytes / 2 : memoryBytes
    for await (const lines of batches) {
      for (const line of lines) {
        const tab = line.indexOf('\t')
        const key = line.slice(0, tab)
        let group = groups.get(key)
        // Once a key waits, no other is let in: some of its lines may wait already.
        if (!group && (waiting.length > 0 || (bytes >= limit && groups.size > 0))) {
          for (let place = waiting.length; place < PARTITIONS; place++) {
            waiting.push({
              left: files.use(await openLineFile(scratch)),
              right: files.use(await openLineFile(scratch)),
            })
          }
          const written = waiting[partitionOf(key, depth)]?.[side].append(line)
          if (written) await written
          continue
        }
        if (!group) {
          group = { key, left: NONE, right: NONE }
          groups.set(key, group)
          bytes += BYTES_PER_GROUP
        }
        // Not pushed to an empty array: that would make room for many more.
        const text = line.slice(tab + 1)
        if (group[side] === NONE) group[side] = [text]
        else group[side].push(text)
        bytes += BYTES_PER_LINE + line.length
      }
    }
  }

  let batch: KeyGroup[] = []
  for (const [key, group] of groups) {
    groups.delete(key)
    batch.push(group)
    if (batch.length === GROUPS_PER_BATCH) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
  for (const file of waiting) {
    yield* groupByKey(inBatches(file.left), inBatches(file.right), options, depth + 1)
  }
}

async function* inBatches(file: LineFile): AsyncGenerator<readonly string[]> {
  let batch: string[] = []
  for await (const line of file.lines()) {
    batch.push(line)
    if (batch.length === GROUPS_PER_BATCH) {
      yield batch
      batch = []
    }
  }
  yield batch
}

/** Other bits of the hash at every depth, or all lines of one file would meet in one file again. */
function partitionOf(key: string, depth: number): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index++) {
    hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> (4 * depth)) % PARTITIONS
}
