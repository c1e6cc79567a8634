import type { Writable } from 'node:stream'

/** Resolves when the stream has taken the chunk or is closed; zlib forgets the callback of a write that it was closed in. */
export function writeToStream(stream: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('close', done)
      resolve()
    }
    stream.once('close', done)
    stream.write(chunk, done)
  })
}
