import { createHash } from 'node:crypto'
import type { Bucket } from './bucket.ts'
import { type ObjectToWrite, putObject } from './conditional-write.ts'
import { isConflict } from './errors.ts'

/** Writes a small object that is never changed; the same content written twice is one object. Throws STORE_CONFLICT for another content. */
export async function writeNew(
  bucket: Bucket,
  object: ObjectToWrite,
  text: string,
  options: { readonly signal?: AbortSignal; readonly isCleanUp?: boolean } = {},
): Promise<{ readonly key: string; readonly sha256: string }> {
  const { key } = object
  const body = Buffer.from(text)
  try {
    await putObject(bucket, object, body, { ifAbsent: true }, options)
  } catch (error) {
    const found = isConflict(error) ? await bucket.get(key, options.signal) : undefined
    if (!found || !body.equals(found.body)) throw error
  }
  return { key, sha256: createHash('sha256').update(body).digest('hex') }
}
