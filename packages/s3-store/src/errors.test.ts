import { type PipelineError, TerminalError, TransientError } from '@findata/core'
import { expect, test } from 'vitest'
import { toStoreError } from './errors.ts'

const ACTION = { verb: 'write', bucket: 'finance', key: 'prod/units.json' } as const

function storeError(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('as the store says it'), {
    name,
    $metadata: { httpStatusCode, requestId: 'R-123' },
  })
}

test.each([
  ['NoSuchBucket', 404, 'STORE_BUCKET_MISSING'],
  ['AccessDenied', 403, 'STORE_PERMISSION_REFUSED'],
  ['InvalidAccessKeyId', 403, 'STORE_CREDENTIALS_REFUSED'],
  ['SignatureDoesNotMatch', 403, 'STORE_CREDENTIALS_REFUSED'],
  ['ExpiredToken', 400, 'STORE_CREDENTIALS_REFUSED'],
  ['RequestTimeTooSkewed', 403, 'STORE_CREDENTIALS_REFUSED'],
  ['PermanentRedirect', 301, 'ENVIRONMENT_INVALID'],
  ['PreconditionFailed', 412, 'STORE_CONFLICT'],
  ['NoSuchUpload', 404, 'STORE_CONFLICT'],
  ['NoSuchKey', 404, 'SNAPSHOT_MISSING'],
  ['NotImplemented', 501, 'STORE_UNSUPPORTED'],
])('%s ends the run as %s', (name, status, code) => {
  const error = toStoreError(storeError(name, status), ACTION)

  expect(error).toBeInstanceOf(TerminalError)
  expect(error).toMatchObject({
    code,
    details: { requestId: 'R-123', storeCode: name, key: 'prod/units.json' },
  })
})

test.each([
  ['SlowDown', 503],
  ['InternalError', 500],
  ['SomethingNew', 502],
  ['RequestTimeout', 400],
])('%s is worth another attempt', (name, status) => {
  const error = toStoreError(storeError(name, status), ACTION)

  expect(error).toBeInstanceOf(TransientError)
  expect(error).toMatchObject({ code: 'STORE_BUSY' })
})

test.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE', 'ETIMEDOUT'])(
  '%s is worth another attempt',
  (code) => {
    const error = toStoreError(Object.assign(new Error('socket'), { code }), ACTION)

    expect(error).toBeInstanceOf(TransientError)
    expect(error).toMatchObject({ code: 'STORE_UNREACHABLE' })
  },
)

test('an answer that cannot be read is worth another attempt', () => {
  const cause = new Error('@aws-sdk XML parse error: unexpected content.\n  Deserialization error: to see …')
  const error = toStoreError(cause, ACTION)

  expect(error).toBeInstanceOf(TransientError)
  expect(error).toMatchObject({ code: 'STORE_UNREACHABLE' })
})

test('a certificate that is not trusted is not tried again', () => {
  const error = toStoreError(Object.assign(new Error('tls'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), ACTION)

  expect(error).toBeInstanceOf(TerminalError)
})

test('the message says what was done, to what, why it failed, the request and the next step', () => {
  const { message } = toStoreError(storeError('AccessDenied', 403), ACTION) as PipelineError

  expect(message).toBe(
    'Could not write prod/units.json in bucket finance: the credentials may not do this (AccessDenied, request id R-123). Give their role or user the permissions on this bucket and prefix that the README of s3-store lists.',
  )
})

test('a whole bucket is named without a key', () => {
  const { message } = toStoreError(storeError('AccessDenied', 403), {
    verb: 'list',
    bucket: 'finance',
    key: '',
  }) as PipelineError

  expect(message).toMatch(/^Could not list bucket finance: /)
})

test('an answer without a code is known by its status', () => {
  expect(toStoreError(storeError('Unknown', 403), ACTION)).toMatchObject({ code: 'STORE_PERMISSION_REFUSED' })
})

test("what is not the store's passes untouched", () => {
  const defect = new TypeError('x is not a function')
  const abort = Object.assign(new Error('Request aborted'), { name: 'AbortError' })

  expect(toStoreError(defect, ACTION)).toBe(defect)
  expect(toStoreError(abort, ACTION)).toBe(abort)
})
