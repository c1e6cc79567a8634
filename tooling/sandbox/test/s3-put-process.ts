import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { BUCKET } from './s3-client.ts'

// Puts one object of that many bytes, as a process that can be killed.
const [key, size] = process.argv.slice(2)
await new S3Client({ maxAttempts: 1 }).send(
  new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: Buffer.alloc(Number(size), 'x') }),
)
