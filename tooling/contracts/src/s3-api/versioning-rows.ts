import {
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { refusal, type S3Namespace, type S3Row } from './s3-row.ts'

export const versioningRows: readonly S3Row[] = [
  {
    title: 'is not versioned until it is asked to be',
    needs: 'own-bucket',
    async run(s3) {
      const Bucket = await s3.createBucket()

      expect((await s3.client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined()
      await setVersioning(s3, Bucket, 'Enabled')
      expect((await s3.client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled')
    },
  },
  {
    title: 'keeps every version and gets it by its id',
    needs: 'own-bucket',
    async run(s3) {
      const bucket = await versionedBucket(s3)
      const first = await bucket.put('first')
      const second = await bucket.put('second')

      expect(first.VersionId).not.toBe(second.VersionId)
      expect(await bucket.text()).toBe('second')
      expect(await bucket.text(first.VersionId)).toBe('first')
      expect(await bucket.text(second.VersionId)).toBe('second')
    },
  },
  {
    title: 'hides an object behind a delete marker, and shows it again when the marker is deleted',
    needs: 'own-bucket',
    async run(s3) {
      const bucket = await versionedBucket(s3)
      const { VersionId } = await bucket.put('kept')
      const marker = await bucket.remove()

      expect(marker).toMatchObject({ DeleteMarker: true })
      expect(await refusal(bucket.text())).toEqual({ code: 'NoSuchKey', status: 404 })
      expect(await bucket.text(VersionId)).toBe('kept')
      expect(await refusal(bucket.text(marker.VersionId))).toMatchObject({ status: 405 })
      await bucket.remove(marker.VersionId)
      expect(await bucket.text()).toBe('kept')
    },
  },
  {
    title: 'deletes one version for good',
    needs: 'own-bucket',
    async run(s3) {
      const bucket = await versionedBucket(s3)
      const first = await bucket.put('first')
      const second = await bucket.put('second')
      await bucket.remove(second.VersionId)

      expect(await bucket.text()).toBe('first')
      expect(await refusal(bucket.text(second.VersionId))).toMatchObject({ status: 404 })
      expect(await bucket.text(first.VersionId)).toBe('first')
    },
  },
  {
    title: 'lists versions and delete markers, newest first, page by page',
    needs: 'own-bucket',
    async run(s3) {
      const bucket = await versionedBucket(s3)
      const first = await bucket.put('first')
      const second = await bucket.put('second')
      const marker = await bucket.remove()
      const list = (more: object) =>
        s3.client.send(new ListObjectVersionsCommand({ Bucket: bucket.name, MaxKeys: 2, ...more }))
      const page1 = await list({})
      const page2 = await list({ KeyMarker: page1.NextKeyMarker, VersionIdMarker: page1.NextVersionIdMarker })

      expect(page1.DeleteMarkers).toMatchObject([{ VersionId: marker.VersionId, IsLatest: true }])
      expect(page1.Versions).toMatchObject([{ VersionId: second.VersionId, IsLatest: false, Size: 6 }])
      expect(page1.IsTruncated).toBe(true)
      expect(page2.Versions).toMatchObject([{ VersionId: first.VersionId, IsLatest: false, Size: 5 }])
      expect(page2.IsTruncated).toBe(false)
    },
  },
  {
    title: 'keeps older versions when versioning is suspended, and replaces the null version',
    needs: 'own-bucket',
    async run(s3) {
      const bucket = await versionedBucket(s3)
      const first = await bucket.put('first')
      await setVersioning(s3, bucket.name, 'Suspended')
      await bucket.put('second')
      await bucket.put('third')
      const { Versions = [] } = await s3.client.send(new ListObjectVersionsCommand({ Bucket: bucket.name }))

      expect(Versions.map(({ VersionId }) => VersionId)).toEqual(['null', first.VersionId])
      expect(await bucket.text('null')).toBe('third')
      expect(await bucket.text(first.VersionId)).toBe('first')
    },
  },
  {
    title: 'checks conditions of a write against the current version',
    needs: 'own-bucket',
    async run(s3) {
      const bucket = await versionedBucket(s3)
      const first = await bucket.put('first')
      const failed = { code: 'PreconditionFailed', status: 412 }

      expect(await refusal(bucket.put('second', { IfNoneMatch: '*' }))).toEqual(failed)
      await bucket.put('second', { IfMatch: first.ETag })
      expect(await refusal(bucket.put('third', { IfMatch: first.ETag }))).toEqual(failed)
      await bucket.remove()
      await bucket.put('fourth', { IfNoneMatch: '*' })
      expect(await bucket.text()).toBe('fourth')
    },
  },
  {
    title: 'names the version in a head',
    needs: 'own-bucket',
    async run(s3) {
      const bucket = await versionedBucket(s3)
      const { VersionId } = await bucket.put('x')

      expect(await s3.client.send(new HeadObjectCommand({ Bucket: bucket.name, Key: KEY }))).toMatchObject({
        VersionId,
      })
    },
  },
]

const KEY = 'folder/versioned &'

async function versionedBucket(s3: S3Namespace) {
  const name = await s3.createBucket()
  await setVersioning(s3, name, 'Enabled')
  const target = { Bucket: name, Key: KEY }
  return {
    name,
    put: (Body: string, more: object = {}) =>
      s3.client.send(new PutObjectCommand({ ...target, Body, ...more })),
    remove: (VersionId?: string) => s3.client.send(new DeleteObjectCommand({ ...target, VersionId })),
    async text(VersionId?: string) {
      const { Body } = await s3.client.send(new GetObjectCommand({ ...target, VersionId }))
      return Body?.transformToString()
    },
  }
}

function setVersioning(s3: S3Namespace, Bucket: string, Status: 'Enabled' | 'Suspended') {
  return s3.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }))
}
