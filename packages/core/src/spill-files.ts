import { writeSync } from 'node:fs'
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TerminalError } from './errors.ts'

/** A temporary folder for what does not fit into memory. Disposing it removes everything in it. */
export interface ScratchFolder extends AsyncDisposable {
  /** A new, empty file. Throws DISK_FAILED, as all its methods do. */
  openSpillFile(): Promise<SpillFile>
}

/** A file that is written at its end and read anywhere. Disposing it closes it; its folder removes it. */
export interface SpillFile extends AsyncDisposable {
  /** Written so far. */
  readonly bytes: number
  append(bytes: Uint8Array): Promise<void>
  /** Fills `target` from `position` on, as far as the file goes, and says how many bytes that were. */
  read(position: number, target: Uint8Array): Promise<number>
}

const PREFIX = 'findata-scratch-'
/** Longer than any run: what is older was left by one that was killed. */
const LEFTOVER_AGE_MS = 2 * 24 * 60 * 60 * 1000

/**
 * A folder of its own inside `parent`, by default the system's temporary folder. It is made when the first file is, since most
 * runs need none and a killed one would leave it; what killed runs left days ago is removed.
 */
export async function openScratchFolder(parent = tmpdir(), now = Date.now()): Promise<ScratchFolder> {
  await orDiskFailed(parent, () => removeLeftovers(parent, now - LEFTOVER_AGE_MS))
  let made: Promise<string> | undefined
  let files = 0
  return {
    async openSpillFile() {
      made ??= orDiskFailed(parent, () => mkdtemp(join(parent, PREFIX)))
      return await openSpillFile(await made, `spill-${++files}`)
    },
    async [Symbol.asyncDispose]() {
      const path = await made?.catch(() => undefined)
      if (path !== undefined) await rm(path, { recursive: true, force: true })
    },
  }
}

async function removeLeftovers(parent: string, before: number): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue
    const folder = join(parent, name)
    // Another run may remove it at the same time, and another account's is not ours to remove.
    const isLeft = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs < before,
      () => false,
    )
    if (isLeft) await rm(folder, { recursive: true, force: true }).catch(() => {})
  }
}

async function openSpillFile(folder: string, name: string): Promise<SpillFile> {
  const handle = await orDiskFailed(folder, () => open(join(folder, name), 'w+'))
  let bytes = 0
  return {
    get bytes() {
      return bytes
    },
    append: (chunk) =>
      orDiskFailed(folder, async () => {
        for (let done = 0; done < chunk.byteLength; ) {
          // A turn through the thread pool takes several times as long as copying a block to the system's cache.
          const written = writeSync(handle.fd, chunk, done, chunk.byteLength - done, bytes)
          done += written
          bytes += written
        }
      }),
    read: (position, target) =>
      orDiskFailed(folder, async () => {
        let done = 0
        while (done < target.byteLength) {
          const { bytesRead } = await handle.read(target, done, target.byteLength - done, position + done)
          if (bytesRead === 0) break
          done += bytesRead
        }
        return done
      }),
    [Symbol.asyncDispose]: () => handle.close(),
  }
}

/** A spill file of text lines. A line holds no line feed. */
export interface LineFile extends AsyncDisposable {
  /** Kept in memory until there is a block of them. Wait for it, where there is something to wait for, before the next line. */
  append(line: string): Promise<void> | undefined
  /** All lines from the beginning. */
  lines(): AsyncIterable<string>
  /** The same, as many at once as one block of the file holds. */
  batches(): AsyncIterable<readonly string[]>
}

const BLOCK = 64 * 1024
const MOST_BYTES_PER_UNIT = 3
/** A line that may not fit into an empty block, in UTF-16 units. */
const LONG = Math.floor(BLOCK / MOST_BYTES_PER_UNIT)
const LINE_FEED = 10

export async function openLineFile(scratch: ScratchFolder): Promise<LineFile> {
  const file = await scratch.openSpillFile()
  // Written into memory that is used again: lines kept as text, and a buffer for each block, would be garbage many times as large.
  const pending = Buffer.allocUnsafeSlow(BLOCK)
  let used = 0

  const flush = async () => {
    await file.append(pending.subarray(0, used))
    used = 0
  }

  const appendSlowly = async (line: string) => {
    await flush()
    if (line.length >= LONG) await file.append(Buffer.from(`${line}\n`))
    else put(line)
  }

  const put = (line: string) => {
    used += pending.write(line, used)
    pending[used++] = LINE_FEED
  }

  async function* batches() {
    await flush()
    const decoder = new TextDecoder()
    const block = new Uint8Array(BLOCK)
    let rest = ''
    for (let position = 0; position < file.bytes; ) {
      const length = await file.read(position, block)
      position += length
      const lines = (rest + decoder.decode(block.subarray(0, length), { stream: true })).split('\n')
      rest = lines.pop() as string
      yield lines
    }
  }

  return {
    append(line) {
      if (line.length * MOST_BYTES_PER_UNIT >= BLOCK - used) return appendSlowly(line)
      put(line)
      return undefined
    },
    async *lines() {
      for await (const lines of batches()) yield* lines
    },
    batches,
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EACCES: 'it may not be written',
  ENOENT: 'there is no such folder',
}

async function orDiskFailed<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const { code = 'unknown' } = cause as NodeJS.ErrnoException
    const nextStep = 'Free some space there, or point TMPDIR at another disk, and run the command again.'
    throw new TerminalError(
      'DISK_FAILED',
      `Keeping temporary data in ${folder} failed: ${REASONS[code] ?? 'the disk failed'} (${code}). ${nextStep}`,
      { cause, details: { folder, code, nextStep } },
    )
  }
}
