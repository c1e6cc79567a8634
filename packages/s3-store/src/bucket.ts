import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3'
import { type RetryOptions, retryTransient, TerminalError } from '@findata/core'
import { isMissing, type StoreAction, toStoreError } from './errors.ts'

/** One bucket and prefix. Keys are given and returned without the prefix; every call is retried where that can help. */
export interface Bucket {
  readonly client: S3Client
  readonly name: string
  /** The key as S3 knows it. */
  fullKey(key: string): string
  call<T>(action: CallAction, attempt: (options: SendOptions) => Promise<T>): Promise<T>
  /** A whole object of modest size, or undefined when there is none. */
  get(key: string, signal?: AbortSignal): Promise<StoredObject | undefined>
  head(key: string, signal?: AbortSignal): Promise<ObjectHead | undefined>
  /** All keys that begin with this one, page by page; with `folders`, the names up to the next slash instead. */
  list(keyPrefix: string, options?: { readonly folders?: boolean }): AsyncIterable<ListedObject>
  delete(keys: readonly string[], signal?: AbortSignal): Promise<void>
}

export interface CallAction {
  readonly verb: StoreAction['verb']
  readonly key?: string
  /** Ends the call; unless given, the signal that ends all of them does. */
  readonly signal?: AbortSignal | undefined
  /** Goes on when all else is stopped, with few attempts and little time. */
  readonly isCleanUp?: boolean | undefined
}

export interface SendOptions {
  readonly abortSignal?: AbortSignal
}

export interface ObjectHead {
  readonly etag: string
  readonly bytes: number
  readonly runId: string | undefined
  readonly writeId: string | undefined
}

export interface StoredObject extends ObjectHead {
  readonly body: Uint8Array
}

export interface ListedObject {
  readonly key: string
  /** Absent for folders. */
  readonly modifiedAt?: Date
}

/** Names of the metadata of every object that is written. */
export const METADATA = { runId: 'findata-run-id', writeId: 'findata-write-id' }

export type RetryPolicy = Omit<RetryOptions, 'signal'>

export function createBucket(
  client: S3Client,
  {
    bucket: name,
    prefix,
    retry,
    signal: stop,
  }: { bucket: string; prefix: string; retry: RetryPolicy; signal?: AbortSignal | undefined },
): Bucket {
  const fullKey = (key: string) => prefix + key
  const withoutPrefix = (key: string) => key.slice(prefix.length)

  async function call<T>(
    { verb, key, signal: callSignal = stop, isCleanUp = false }: CallAction,
    attempt: (options: SendOptions) => Promise<T>,
  ): Promise<T> {
    const action = { verb, bucket: name, ...(key !== undefined && { key: fullKey(key) }) }
    const signal = isCleanUp ? AbortSignal.timeout(CLEAN_UP_TIMEOUT_MS) : callSignal
    return retryTransient(
      async () => {
        try {
          signal?.throwIfAborted()
          return await attempt(signal ? { abortSignal: signal } : {})
        } catch (error) {
          if (!isCleanUp) signal?.throwIfAborted()
          throw toStoreError(signal?.aborted ? signal.reason : error, action)
        }
      },
      isCleanUp
        ? { ...retry, attempts: CLEAN_UP_ATTEMPTS, signal: NEVER }
        : { ...retry, signal: signal ?? NEVER },
    )
  }

  async function orUndefined<T>(found: Promise<T>): Promise<T | undefined> {
    try {
      return await found
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  return {
    client,
    name,
    fullKey,
    call,

    get: (key, signal) =>
      orUndefined(
        call({ verb: 'read', key, signal }, async (options) => {
          const answer = await client.send(new GetObjectCommand({ Bucket: name, Key: fullKey(key) }), options)
          // Inside the attempt: a connection cut in mid-body is worth another one.
          const body = (await answer.Body?.transformToByteArray()) ?? new Uint8Array()
          return { ...toHead(answer), body }
        }),
      ),

    head: (key, signal) =>
      orUndefined(
        call({ verb: 'look at', key, signal }, async (options) =>
          toHead(await client.send(new HeadObjectCommand({ Bucket: name, Key: fullKey(key) }), options)),
        ),
      ),

    async *list(keyPrefix, { folders = false } = {}) {
      let ContinuationToken: string | undefined
      do {
        const page = await call({ verb: 'list', key: keyPrefix }, (options) =>
          client.send(
            new ListObjectsV2Command({
              Bucket: name,
              Prefix: fullKey(keyPrefix),
              ...(folders && { Delimiter: '/' }),
              ...(ContinuationToken && { ContinuationToken }),
            }),
            options,
          ),
        )
        for (const { Prefix } of page.CommonPrefixes ?? []) {
          if (Prefix !== undefined) yield { key: withoutPrefix(Prefix) }
        }
        for (const { Key, LastModified } of page.Contents ?? []) {
          if (Key !== undefined) {
            yield { key: withoutPrefix(Key), ...(LastModified && { modifiedAt: LastModified }) }
          }
        }
        ContinuationToken = page.IsTruncated ? page.NextContinuationToken : undefined
      } while (ContinuationToken)
    },

    async delete(keys, signal) {
      for (let start = 0; start < keys.length; start += KEYS_PER_DELETE) {
        const batch = keys.slice(start, start + KEYS_PER_DELETE)
        const Objects = batch.map((key) => ({ Key: fullKey(key) }))
        const answer = await call({ verb: 'delete', key: batch[0] ?? '', signal }, (options) =>
          client.send(new DeleteObjectsCommand({ Bucket: name, Delete: { Objects, Quiet: true } }), options),
        )
        const [failed] = answer.Errors ?? []
        if (failed) {
          throw new TerminalError(
            'STORE_PERMISSION_REFUSED',
            `Could not delete ${failed.Key} in bucket ${name} (${failed.Code}). Allow s3:DeleteObject on this prefix.`,
            { details: { bucket: name, key: failed.Key, storeCode: failed.Code } },
          )
        }
      }
    },
  }
}

/** Whoever stopped the process will not wait long. */
const CLEAN_UP_TIMEOUT_MS = 5_000
const CLEAN_UP_ATTEMPTS = 2
const NEVER = new AbortController().signal

/** The most that S3 takes in one request. */
const KEYS_PER_DELETE = 1000

function toHead(answer: {
  readonly ETag?: string | undefined
  readonly ContentLength?: number | undefined
  readonly Metadata?: Record<string, string> | undefined
}): ObjectHead {
  return {
    etag: answer.ETag ?? '',
    bytes: answer.ContentLength ?? 0,
    runId: answer.Metadata?.[METADATA.runId],
    writeId: answer.Metadata?.[METADATA.writeId],
  }
}
