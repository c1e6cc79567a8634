import { AbortMultipartUploadCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import type { Bucket } from './bucket.ts'
import { isConflict, isMissing } from './errors.ts'

/** Aborts the uploads under a prefix that nobody in this process has open, and says of which keys they were. */
export async function abortUnfinishedUploads(
  bucket: Bucket,
  keyPrefix: string,
  openUploads: ReadonlySet<string>,
  isMeant: (key: string) => boolean = () => true,
): Promise<string[]> {
  const aborted: string[] = []
  for await (const { key, uploadId } of listUploads(bucket, keyPrefix)) {
    if (openUploads.has(uploadId) || !isMeant(key)) continue
    const command = new AbortMultipartUploadCommand({
      Bucket: bucket.name,
      Key: bucket.fullKey(key),
      UploadId: uploadId,
    })
    try {
      await bucket.call({ verb: 'delete', key }, (options) => bucket.client.send(command, options))
    } catch (error) {
      // An earlier attempt without an answer had removed it.
      if (!isConflict(error) && !isMissing(error)) throw error
    }
    aborted.push(key)
  }
  return aborted
}

async function* listUploads(bucket: Bucket, keyPrefix: string) {
  let marker: { readonly KeyMarker?: string; readonly UploadIdMarker?: string } | undefined = {}
  while (marker) {
    const from: object = marker
    const command = new ListMultipartUploadsCommand({
      Bucket: bucket.name,
      Prefix: bucket.fullKey(keyPrefix),
      ...from,
    })
    const page = await bucket.call({ verb: 'list', key: keyPrefix }, (options) =>
      bucket.client.send(command, options),
    )
    for (const { Key, UploadId } of page.Uploads ?? []) {
      if (Key !== undefined && UploadId !== undefined) {
        yield { key: Key.slice(bucket.fullKey('').length), uploadId: UploadId }
      }
    }
    marker = page.IsTruncated
      ? {
          ...(page.NextKeyMarker !== undefined && { KeyMarker: page.NextKeyMarker }),
          ...(page.NextUploadIdMarker !== undefined && { UploadIdMarker: page.NextUploadIdMarker }),
        }
      : undefined
  }
}
