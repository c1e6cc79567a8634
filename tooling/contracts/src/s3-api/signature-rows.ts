import { crc32 } from 'node:zlib'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { get, getBytes, getText, put } from './object-rows.ts'
import { fetchRaw, presign, sendSigned, sendSignedChunks, sha256, urlOf } from './raw-request.ts'
import { noise, refusal, type S3Namespace, type S3Row } from './s3-row.ts'

const CHUNKS = [noise(65_536), noise(65_536, 2), noise(1000, 3)]

export const signatureRows: readonly S3Row[] = [
  {
    title: 'refuses a wrong secret, on every kind of call',
    async run(s3) {
      const client = s3.clientWith({ credentials: { ...s3.credentials, secretAccessKey: 'wrong' } })
      const target = { Bucket: s3.bucket, Key: s3.key('x') }
      const denied = { code: 'SignatureDoesNotMatch', status: 403 }

      expect(await refusal(client.send(new PutObjectCommand({ ...target, Body: 'x' })))).toEqual(denied)
      expect(await refusal(client.send(new GetObjectCommand(target)))).toEqual(denied)
      expect(await refusal(client.send(new ListObjectsV2Command({ Bucket: s3.bucket })))).toEqual(denied)
      expect(await refusal(get(s3, 'x'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'refuses a key id that does not exist',
    async run(s3) {
      const client = s3.clientWith({
        credentials: { accessKeyId: 'AKIA0000000000000000', secretAccessKey: 'wrong' },
      })

      expect(await refusal(client.send(new ListObjectsV2Command({ Bucket: s3.bucket })))).toEqual({
        code: 'InvalidAccessKeyId',
        status: 403,
      })
    },
  },
  {
    title: 'refuses a request without a signature',
    async run(s3) {
      await put(s3, 'private', 'x')

      expect(await fetchRaw(urlOf(s3, { method: 'GET', key: s3.key('private') }))).toMatchObject({
        status: 403,
        code: 'AccessDenied',
      })
    },
  },
  {
    title: 'refuses a signature for another region',
    async run(s3) {
      const region = s3.region === 'eu-north-1' ? 'us-east-1' : 'eu-north-1'
      const answer = await sendSigned({ ...s3, region }, { method: 'GET', query: { 'list-type': '2' } })

      expect(answer).toMatchObject({ status: 400, code: 'AuthorizationHeaderMalformed' })
    },
  },
  {
    title: 'refuses a clock that is off by more than 15 minutes',
    async run(s3) {
      for (const minutes of [-16, 16]) {
        const signedAt = new Date(Date.now() + minutes * 60_000)
        const answer = await sendSigned(s3, { method: 'GET', query: { 'list-type': '2' }, signedAt })

        expect(answer).toMatchObject({ status: 403, code: 'RequestTimeTooSkewed' })
      }
    },
  },
  {
    title: 'takes a clock that is off by less',
    async run(s3) {
      const signedAt = new Date(Date.now() - 10 * 60_000)

      expect(await sendSigned(s3, { method: 'GET', query: { 'list-type': '2' }, signedAt })).toMatchObject({
        status: 200,
      })
    },
  },
  {
    title: 'takes an unsigned payload',
    async run(s3) {
      const body = Buffer.from('unsigned')

      expect(await sendSigned(s3, { method: 'PUT', key: s3.key('unsigned'), body })).toMatchObject({
        status: 200,
      })
      expect(await getText(s3, 'unsigned')).toBe('unsigned')
    },
  },
  {
    title: 'takes a signed payload',
    async run(s3) {
      const body = Buffer.from('signed')
      const request = { method: 'PUT', key: s3.key('signed &+ é'), body, payloadHash: sha256(body) }

      expect(await sendSigned(s3, request)).toMatchObject({ status: 200 })
      expect(await getText(s3, 'signed &+ é')).toBe('signed')
    },
  },
  {
    title: 'takes signed chunks',
    async run(s3) {
      expect(await sendSignedChunks(s3, { method: 'PUT', key: s3.key('chunks') }, CHUNKS)).toMatchObject({
        status: 200,
      })
      expect(Buffer.compare(await getBytes(s3, 'chunks'), Buffer.concat(CHUNKS))).toBe(0)
    },
  },
  {
    title: 'takes signed chunks with a signed trailer',
    async run(s3) {
      expect(
        await sendSignedChunks(s3, { method: 'PUT', key: s3.key('chunks') }, CHUNKS, [
          'x-amz-checksum-crc32',
          crcOf(Buffer.concat(CHUNKS)),
        ]),
      ).toMatchObject({ status: 200 })
      expect(Buffer.compare(await getBytes(s3, 'chunks'), Buffer.concat(CHUNKS))).toBe(0)
    },
  },
  {
    title: 'refuses a changed byte in a signed chunk',
    async run(s3) {
      const answer = await sendSignedChunks(
        s3,
        { method: 'PUT', key: s3.key('chunks') },
        CHUNKS,
        undefined,
        flipByte,
      )

      expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' })
      expect(await refusal(get(s3, 'chunks'))).toMatchObject({ status: 404 })
    },
  },
  {
    title: 'serves a presigned URL',
    async run(s3) {
      await put(s3, 'shared &', 'for the holder of the URL')
      const url = presign(s3, { method: 'GET', key: s3.key('shared &') }, 60)

      expect(await fetchRaw(url)).toMatchObject({ status: 200, body: 'for the holder of the URL' })
    },
  },
  {
    title: 'refuses a presigned URL that was changed, or has expired',
    async run(s3) {
      await put(s3, 'shared', 'x')
      await put(s3, 'secret', 'y')
      const request = { method: 'GET', key: s3.key('shared') }
      const url = presign(s3, request, 60)
      const signedAt = new Date(Date.now() - 120_000)

      expect(await fetchRaw(url.replace('/shared?', '/secret?'))).toMatchObject({
        status: 403,
        code: 'SignatureDoesNotMatch',
      })
      expect(await fetchRaw(presign(s3, { ...request, signedAt }, 60))).toMatchObject({
        status: 403,
        code: 'AccessDenied',
      })
    },
  },
  {
    title: 'refuses an x-amz header that was not signed',
    async run(s3) {
      await put(s3, 'plain', 'x')
      const url = presign(s3, { method: 'PUT', key: s3.key('sneaky') }, 60)

      expect(
        await fetchRaw(url, { method: 'PUT', body: 'x', headers: { 'x-amz-meta-sneaky': 'yes' } }),
      ).toMatchObject({ status: 403, code: 'AccessDenied' })
      await expectMissing(s3, 'sneaky')
    },
  },
]

async function expectMissing(s3: S3Namespace, name: string): Promise<void> {
  expect(await refusal(get(s3, name))).toMatchObject({ status: 404 })
}

function flipByte(body: Buffer): Buffer {
  const changed = Buffer.from(body)
  const at = 70_000
  changed[at] = (changed[at] ?? 0) ^ 1
  return changed
}

function crcOf(bytes: Buffer): string {
  return Buffer.from(crc32(bytes).toString(16).padStart(8, '0'), 'hex').toString('base64')
}
