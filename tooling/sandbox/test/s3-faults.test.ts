import { fork } from 'node:child_process'
import { once } from 'node:events'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { connectS3Control } from '../src/s3/s3-control.ts'
import { S3_FAULT_EFFECTS, type S3FaultEffect } from '../src/s3/s3-faults.ts'
import { startS3 } from '../src/start-s3.ts'
import { BUCKET, clientOf, failureOf, put, read } from './s3-client.ts'

const RESET = expect.stringMatching(/^(ECONNRESET|EPIPE)$/)

interface Expected {
  /** What the client sees of a put, and whether the object is there afterwards. */
  readonly put: readonly [failure: unknown, isDone: boolean]
  readonly get: unknown
  readonly delete: readonly [failure: unknown, isDone: boolean]
}

const EXPECTED: { readonly [Kind in Exclude<S3FaultEffect['kind'], 'hold' | 'no-answer'>]: Expected } = {
  'internal-error': {
    put: ['InternalError', false],
    get: 'InternalError',
    delete: ['InternalError', false],
  },
  'slow-down': { put: ['SlowDown', false], get: 'SlowDown', delete: ['SlowDown', false] },
  'conditional-conflict': {
    put: ['ConditionalRequestConflict', false],
    get: 'ConditionalRequestConflict',
    delete: ['ConditionalRequestConflict', false],
  },
  'error-in-200': { put: ['InternalError', false], get: 'InternalError', delete: ['InternalError', false] },
  'reset-before-body': { put: [RESET, false], get: RESET, delete: [RESET, false] },
  'reset-in-request-body': { put: [RESET, false], get: RESET, delete: [RESET, false] },
  'disk-full': { put: ['InternalError', false], get: 'InternalError', delete: ['InternalError', false] },
  'reset-in-response-body': { put: [RESET, true], get: RESET, delete: [RESET, true] },
  'lost-reply': { put: [RESET, true], get: RESET, delete: [RESET, true] },
  'flipped-bit': { put: [null, true], get: expect.anything(), delete: [null, true] },
  delay: { put: [null, true], get: null, delete: [null, true] },
}

describe.for(Object.entries(EXPECTED))('the fault %s', ([kind, expected]) => {
  const { effect } = { effect: S3_FAULT_EFFECTS[kind as S3FaultEffect['kind']] }

  test('hits a put', async () => {
    await using server = await startS3()
    const client = clientOf(server)
    server.faults.arm({ operations: ['PutObject'], effect })

    expect(await failureOf(put(client, 'x', 'the bytes of the object'))).toEqual(expected.put[0])
    expect((await read(client, 'x')) !== null).toBe(expected.put[1])
    expect(await failureOf(put(client, 'x', 'the bytes of the object'))).toBeNull()
  })

  test('hits a get', async () => {
    await using server = await startS3()
    const client = clientOf(server)
    await put(client, 'x', 'the bytes of the object')
    server.faults.arm({ operations: ['GetObject'], effect })

    expect(await failureOf(read(client, 'x'))).toEqual(expected.get)
    expect(await read(client, 'x')).toBe('the bytes of the object')
  })

  test('hits a delete', async () => {
    await using server = await startS3()
    const client = clientOf(server)
    await put(client, 'x', 'the bytes of the object')
    server.faults.arm({ operations: ['DeleteObject'], effect })
    const remove = client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'x' }))

    expect(await failureOf(remove)).toEqual(expected.delete[0])
    expect((await read(client, 'x')) === null).toBe(expected.delete[1])
  })
})

test('an answer that never comes leaves nothing done', async () => {
  await using server = await startS3()
  const client = clientOf(server, { requestHandler: { requestTimeout: 100, throwOnRequestTimeout: true } })
  server.faults.arm({ operations: ['PutObject'], effect: { kind: 'no-answer' } })

  expect(await failureOf(put(client, 'x', 'y'))).toBe('ETIMEDOUT')
  expect(await read(client, 'x')).toBeNull()
})

test('an error inside a 200 is what S3 may answer to the completion of an upload', async () => {
  await using server = await startS3()
  const client = clientOf(server)
  const target = { Bucket: BUCKET, Key: 'x' }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target))
  const { ETag } = await client.send(
    new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'the part' }),
  )
  server.faults.arm({ operations: ['CompleteMultipartUpload'], effect: { kind: 'error-in-200' } })
  const complete = () =>
    client.send(
      new CompleteMultipartUploadCommand({
        ...target,
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] },
      }),
    )

  expect(await failureOf(complete())).toBe('InternalError')
  expect(await read(client, 'x')).toBeNull()
  await complete()
  expect(await read(client, 'x')).toBe('the part')
})

test('a reset in mid-body comes after so many bytes of a large object', async () => {
  await using server = await startS3()
  const client = clientOf(server)
  await put(client, 'big', Buffer.alloc(3_000_000, 'b'))
  server.faults.arm({
    operations: ['GetObject'],
    effect: { kind: 'reset-in-response-body', afterBytes: 1_000_000 },
  })
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'big' }))
  let received = 0
  const failure = await failureOf(
    (async () => {
      for await (const chunk of Body as AsyncIterable<Buffer>) received += chunk.length
    })(),
  )

  expect(failure).not.toBeNull()
  expect(received).toBeLessThanOrEqual(1_000_000)
  expect(received).toBeGreaterThan(0)
})

test('a fault passes some matching calls, hits some, and leaves the others alone', async () => {
  await using server = await startS3()
  const client = clientOf(server)
  server.faults.arm({
    operations: ['PutObject'],
    key: '^data/',
    afterMatches: 1,
    times: 2,
    effect: { kind: 'slow-down' },
  })
  const outcomes: (string | null)[] = []
  for (const key of ['data/1', 'other', 'data/2', 'data/3', 'data/4']) {
    outcomes.push(await failureOf(put(client, key, 'x')))
  }

  expect(outcomes).toEqual([null, null, 'SlowDown', 'SlowDown', null])
})

test('the log names every call, with its status and fault', async () => {
  await using server = await startS3()
  const client = clientOf(server)
  server.faults.arm({ operations: ['HeadObject'], effect: { kind: 'lost-reply' } })
  await put(client, 'a/b', 'x')
  await failureOf(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'a/b' })))
  await read(client, 'missing')
  await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))

  expect(server.callCount()).toBe(4)
  expect(server.requests()).toMatchObject([
    { call: 1, operation: 'PutObject', method: 'PUT', bucket: BUCKET, key: 'a/b', status: 200, fault: null },
    { call: 2, operation: 'HeadObject', key: 'a/b', status: null, fault: 'lost-reply' },
    { call: 3, operation: 'GetObject', key: 'missing', status: 404, fault: null },
    { call: 4, operation: 'ListObjectsV2', key: '', status: 200, fault: null },
  ])
})

describe('a held call', () => {
  test('waits before it is done, and goes on when released', async () => {
    await using server = await startS3()
    const client = clientOf(server)
    const fault = server.faults.arm({ operations: ['PutObject'], effect: { kind: 'hold', at: 'before' } })
    const pending = put(client, 'x', 'late')

    expect(await fault.arrived()).toMatchObject({ operation: 'PutObject', key: 'x', status: null })
    expect(await read(client, 'x')).toBeNull()
    fault.release()
    await pending
    expect(await read(client, 'x')).toBe('late')
  })

  test('waits after it is done, before it is answered', async () => {
    await using server = await startS3()
    const client = clientOf(server)
    const fault = server.faults.arm({ operations: ['PutObject'], effect: { kind: 'hold', at: 'after' } })
    let isAnswered = false
    const pending = put(client, 'x', 'done').then(() => {
      isAnswered = true
    })

    await fault.arrived()
    expect(await read(client, 'x')).toBe('done')
    expect(isAnswered).toBe(false)
    fault.release()
    await pending
  })

  test.for(['before', 'after'] as const)(
    'whose client is killed %s it is done stays that way',
    async (at) => {
      await using server = await startS3()
      const client = clientOf(server)
      const control = connectS3Control(server.controlUrl)
      const fault = await control.arm({ operations: ['PutObject'], effect: { kind: 'hold', at } })
      const { accessKeyId, secretAccessKey } = server.credentials
      const child = fork(new URL('s3-put-process.ts', import.meta.url), ['x', '200000'], {
        env: {
          AWS_ENDPOINT_URL_S3: server.url,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          AWS_REGION: server.region,
        },
      })
      await fault.arrived()
      child.kill('SIGKILL')
      await once(child, 'exit')
      await fault.release()

      expect((await read(client, 'x'))?.length ?? null).toBe(at === 'before' ? null : 200_000)
      expect(server.requests()[0]).toMatchObject({ operation: 'PutObject', status: null })
    },
  )
})

describe('the control URL', () => {
  test('arms faults, waits for them, releases them and reads the log from elsewhere', async () => {
    await using server = await startS3()
    const client = clientOf(server)
    const control = connectS3Control(server.controlUrl)
    const fault = await control.arm({ method: 'PUT', effect: { kind: 'hold', at: 'before' } })
    const arrived = fault.arrived()
    const pending = put(client, 'x', 'y')

    expect(await arrived).toMatchObject({ call: 1, operation: 'PutObject', key: 'x' })
    expect(await control.callCount()).toBe(1)
    await fault.release()
    await pending
    expect(await control.requests()).toMatchObject([{ operation: 'PutObject', status: 200, fault: 'hold' }])
  })

  test('clears what is armed', async () => {
    await using server = await startS3()
    const control = connectS3Control(server.controlUrl)
    await control.arm({ times: 'always', effect: { kind: 'internal-error' } })
    await control.clear()

    expect(await failureOf(put(clientOf(server), 'x', 'y'))).toBeNull()
  })

  test('refuses a fault it does not know', async () => {
    await using server = await startS3()
    const control = connectS3Control(server.controlUrl)

    await expect(control.arm({ effect: { kind: 'earthquake' as 'slow-down' } })).rejects.toThrow(
      /effect.kind is one of/,
    )
    await expect(control.arm({ key: '(', effect: { kind: 'slow-down' } })).rejects.toThrow(
      /regular expression/i,
    )
  })
})

test('closing the server ends held and unanswered calls', async () => {
  const server = await startS3()
  const client = clientOf(server)
  const fault = server.faults.arm({ times: 'always', effect: { kind: 'hold', at: 'before' } })
  const pending = failureOf(
    client.send(new AbortMultipartUploadCommand({ Bucket: BUCKET, Key: 'x', UploadId: 'none' })),
  )
  await fault.arrived()
  await server[Symbol.asyncDispose]()

  expect(await pending).toEqual(RESET)
})
