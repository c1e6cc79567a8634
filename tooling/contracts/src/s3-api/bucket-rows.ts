import { randomUUID } from 'node:crypto'
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { refusal, type S3Row } from './s3-row.ts'

export const bucketRows: readonly S3Row[] = [
  {
    title: 'heads a bucket that exists',
    async run(s3) {
      await s3.client.send(new HeadBucketCommand({ Bucket: s3.bucket }))
    },
  },
  {
    title: 'tells where a bucket is',
    async run(s3) {
      const { LocationConstraint } = await s3.client.send(new GetBucketLocationCommand({ Bucket: s3.bucket }))

      expect(LocationConstraint || 'us-east-1').toBe(s3.region)
    },
  },
  {
    title: 'answers 404 for a bucket that does not exist',
    async run(s3) {
      const Bucket = `findata-none-${randomUUID()}`
      const gone = { code: 'NoSuchBucket', status: 404 }

      expect(await refusal(s3.client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' })))).toEqual(
        gone,
      )
      expect(await refusal(s3.client.send(new GetObjectCommand({ Bucket, Key: 'x' })))).toEqual(gone)
      expect(await refusal(s3.client.send(new ListObjectsV2Command({ Bucket })))).toEqual(gone)
      expect(await refusal(s3.client.send(new HeadBucketCommand({ Bucket })))).toEqual({
        code: 'NotFound',
        status: 404,
      })
    },
  },
  {
    title: 'creates, lists and deletes a bucket',
    needs: 'own-bucket',
    async run(s3) {
      const bucket = await s3.createBucket()
      const { Buckets = [] } = await s3.client.send(new ListBucketsCommand({}))
      await s3.client.send(new DeleteBucketCommand({ Bucket: bucket }))

      expect(Buckets.map(({ Name }) => Name)).toContain(bucket)
      expect(await refusal(s3.client.send(new HeadBucketCommand({ Bucket: bucket })))).toMatchObject({
        status: 404,
      })
      await s3.createBucket()
    },
  },
  {
    title: 'deletes a bucket only when it is empty',
    needs: 'own-bucket',
    async run(s3) {
      const Bucket = await s3.createBucket()
      await s3.client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }))

      expect(await refusal(s3.client.send(new DeleteBucketCommand({ Bucket })))).toEqual({
        code: 'BucketNotEmpty',
        status: 409,
      })
      await s3.client.send(new DeleteObjectCommand({ Bucket, Key: 'x' }))
    },
  },
  {
    title: 'answers 403 for a forbidden bucket, to reads, writes and listings',
    needs: 'forbidden-bucket',
    async run(s3) {
      const Bucket = s3.forbiddenBucket
      const denied = { code: 'AccessDenied', status: 403 }

      expect(await refusal(s3.client.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' })))).toEqual(
        denied,
      )
      expect(await refusal(s3.client.send(new GetObjectCommand({ Bucket, Key: 'x' })))).toEqual(denied)
      expect(await refusal(s3.client.send(new ListObjectsV2Command({ Bucket })))).toEqual(denied)
      expect(await refusal(s3.client.send(new HeadBucketCommand({ Bucket })))).toMatchObject({ status: 403 })
    },
  },
]
