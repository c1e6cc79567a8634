import { randomUUID } from 'node:crypto'
import { createReadStream, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'

const WRITE_BYTES = 1024 ** 2

/** A run of bytes in one file; an object of a multipart upload has one per part. */
export interface Segment {
  readonly contentId: string
  readonly size: number
}

/** A file that grows; disposing it deletes the file unless something holds it by then. */
export interface ContentWriter extends AsyncDisposable {
  readonly contentId: string
  write(piece: Buffer): Promise<void> | undefined
  finish(): Promise<void>
}

/** Bytes that stay readable until it is disposed, even if they are deleted meanwhile. */
export interface ContentReader extends AsyncIterable<Buffer>, Disposable {}

/** Files of bytes that never change, each deleted when nobody holds it any more. */
export interface ContentFolder {
  create(): Promise<ContentWriter>
  /** The bytes from `start` up to but not including `end`. */
  read(segments: readonly Segment[], start: number, end: number): ContentReader
  hold(segments: readonly Segment[]): void
  release(segments: readonly Segment[]): void
  /** Deletes files that nobody holds, such as those a killed server left half written. */
  sweep(): void
}

export function openContentFolder(folder: string): ContentFolder {
  mkdirSync(folder, { recursive: true })
  const holders = new Map<string, number>()

  function hold(segments: readonly Segment[]): void {
    for (const { contentId } of segments) holders.set(contentId, (holders.get(contentId) ?? 0) + 1)
  }

  function release(segments: readonly Segment[]): void {
    for (const { contentId } of segments) {
      const left = (holders.get(contentId) ?? 0) - 1
      if (left > 0) holders.set(contentId, left)
      else {
        holders.delete(contentId)
        rmSync(join(folder, contentId), { force: true })
      }
    }
  }

  return {
    hold,
    release,

    async create() {
      const contentId = randomUUID()
      const self = [{ contentId, size: 0 }]
      const file = await open(join(folder, contentId), 'wx')
      hold(self)
      return contentWriter(contentId, file, () => release(self))
    },

    read(segments, start, end) {
      hold(segments)
      return {
        [Symbol.asyncIterator]: () => readSegments(folder, segments, start, end),
        [Symbol.dispose]: () => release(segments),
      }
    },

    sweep() {
      for (const name of readdirSync(folder)) if (!holders.has(name)) rmSync(join(folder, name))
    },
  }
}

function contentWriter(contentId: string, file: FileHandle, onDispose: () => void): ContentWriter {
  let pending: Buffer[] = []
  let pendingBytes = 0

  async function flush(): Promise<void> {
    const pieces = pending
    pending = []
    pendingBytes = 0
    if (pieces.length > 0) await file.writev(pieces)
  }

  return {
    contentId,
    write(piece) {
      pending.push(piece)
      pendingBytes += piece.length
      return pendingBytes >= WRITE_BYTES ? flush() : undefined
    },
    async finish() {
      await flush()
      await file.close()
    },
    async [Symbol.asyncDispose]() {
      await file.close()
      onDispose()
    },
  }
}

async function* readSegments(
  folder: string,
  segments: readonly Segment[],
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let offset = 0
  for (const { contentId, size } of segments) {
    const from = Math.max(start - offset, 0)
    const to = Math.min(end - offset, size)
    if (from < to) {
      yield* createReadStream(join(folder, contentId), {
        start: from,
        end: to - 1,
        highWaterMark: 256 * 1024,
      })
    }
    offset += size
  }
}
