import { randomUUID } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { TerminalError, TransientError } from '@findata/core'
import { type Bucket, METADATA, type SendOptions } from './bucket.ts'
import { isConflict, isMissing } from './errors.ts'

/** What must be true of the key for a write to happen: that it is absent, or still has this ETag. */
export type WriteCondition = { readonly ifAbsent: true } | { readonly ifMatch: string }

export interface ObjectToWrite {
  readonly key: string
  readonly contentType: string
  readonly contentEncoding?: string
  readonly runId: string
}

/** The condition that nobody has written since `etag` was read; undefined stands for an absent object. */
export function unchangedSince(etag: string | undefined): WriteCondition {
  return etag === undefined ? { ifAbsent: true } : { ifMatch: etag }
}

/** Writes a small object if the condition holds, and returns its ETag. Throws STORE_CONFLICT if it does not. */
export async function putObject(
  bucket: Bucket,
  object: ObjectToWrite,
  body: Uint8Array,
  condition: WriteCondition,
  {
    signal,
    isCleanUp,
  }: { readonly signal?: AbortSignal | undefined; readonly isCleanUp?: boolean | undefined } = {},
): Promise<string> {
  const writeId = randomUUID()
  const command = new PutObjectCommand({
    Bucket: bucket.name,
    Key: bucket.fullKey(object.key),
    Body: body,
    ...toHeaders(object, writeId),
    ...toConditionHeaders(condition),
  })
  return writeOnce(bucket, { key: object.key, writeId, signal, isCleanUp }, (options) =>
    bucket.client.send(command, options),
  )
}

/**
 * Repeats a conditional write until its outcome is known. A refusal, or no answer at all, may be due to an earlier attempt
 * whose answer was lost: then the object carries this write's id.
 */
export async function writeOnce(
  bucket: Bucket,
  write: {
    readonly key: string
    readonly writeId: string
    readonly signal?: AbortSignal | undefined
    readonly isCleanUp?: boolean | undefined
  },
  send: (options: SendOptions) => Promise<{ readonly ETag?: string | undefined }>,
): Promise<string> {
  const { key, writeId, signal, isCleanUp } = write
  try {
    const { ETag = '' } = await bucket.call({ verb: 'write', key, signal, isCleanUp }, send)
    return ETag
  } catch (error) {
    if (!(isConflict(error) || isMissing(error) || error instanceof TransientError)) throw error
    const found = await bucket.head(key, signal).catch(() => undefined)
    if (found?.writeId === writeId) return found.etag
    if (!isMissing(error)) throw error
    throw new TerminalError(
      'STORE_CONFLICT',
      `Could not write ${bucket.fullKey(key)} in bucket ${bucket.name}: somebody deleted it in the meantime. See what is there now, then start again.`,
      { cause: error, details: { bucket: bucket.name, key: bucket.fullKey(key) } },
    )
  }
}

/** The headers that every object gets. */
export function toHeaders({ contentType, contentEncoding, runId }: ObjectToWrite, writeId: string) {
  return {
    ContentType: contentType,
    ...(contentEncoding && { ContentEncoding: contentEncoding }),
    Metadata: { [METADATA.runId]: runId, [METADATA.writeId]: writeId },
  }
}

export function toConditionHeaders(condition: WriteCondition) {
  return 'ifMatch' in condition ? { IfMatch: condition.ifMatch } : { IfNoneMatch: '*' }
}
