import { TerminalError } from '@findata/core'
import { expect, test } from 'vitest'
import { toConnectionError } from './errors.ts'

const request = { method: 'POST', url: 'https://api.knack.test/v1/objects/object_1/records?filters=Ann' }

/** As fetch throws them: the reason is the cause. */
function fetchFailure(
  ...reasons: readonly { readonly code: string; readonly syscall?: string }[]
): TypeError {
  const errors = reasons.map((reason) => Object.assign(new Error(`${reason.code} happened`), reason))
  const [only] = errors
  return new TypeError('fetch failed', { cause: errors.length === 1 ? only : new AggregateError(errors) })
}

test.each([
  ['ECONNREFUSED', 'connect'],
  ['ENOTFOUND', 'getaddrinfo'],
  ['EAI_AGAIN', 'getaddrinfo'],
  ['UND_ERR_CONNECT_TIMEOUT', undefined],
  ['EHOSTUNREACH', 'connect'],
  ['ETIMEDOUT', 'connect'],
])('%s while calling %s means that nothing was sent', (code, syscall) => {
  expect(toConnectionError(fetchFailure({ code, ...(syscall && { syscall }) }), request)).toMatchObject({
    name: 'TransientError',
    code: 'DESTINATION_UNREACHABLE',
    details: { wasSent: false, reason: code },
  })
})

test.each([
  ['ECONNRESET', 'read'],
  ['ETIMEDOUT', 'read'],
  ['EPIPE', 'write'],
  ['EHOSTUNREACH', 'read'],
  ['UND_ERR_SOCKET', undefined],
  ['UND_ERR_HEADERS_TIMEOUT', undefined],
])('%s while calling %s may come after the request was sent', (code, syscall) => {
  expect(toConnectionError(fetchFailure({ code, ...(syscall && { syscall }) }), request)).toMatchObject({
    name: 'TransientError',
    details: { wasSent: true, reason: code },
  })
})

test('nothing was sent when every address of a host refused', () => {
  const refused = { code: 'ECONNREFUSED', syscall: 'connect' }
  const cut = { code: 'ECONNRESET', syscall: 'read' }

  expect(toConnectionError(fetchFailure(refused, refused), request)).toMatchObject({
    details: { wasSent: false },
  })
  expect(toConnectionError(fetchFailure(refused, cut), request)).toMatchObject({ details: { wasSent: true } })
})

test('a certificate that is not trusted is not tried again', () => {
  const error = toConnectionError(fetchFailure({ code: 'SELF_SIGNED_CERT_IN_CHAIN' }), request)

  expect(error).toBeInstanceOf(TerminalError)
  expect(error).toMatchObject({ code: 'DESTINATION_UNREACHABLE', details: { wasSent: false } })
})

test('names the address without what is asked for', () => {
  const { message } = toConnectionError(fetchFailure({ code: 'ECONNRESET' }), request) as Error

  expect(message).toContain('POST https://api.knack.test/v1/objects/object_1/records:')
  expect(message).not.toContain('Ann')
})

test('passes on what is ours already', () => {
  const ours = new TerminalError('ENVIRONMENT_INVALID', 'a header cannot be sent')

  expect(toConnectionError(ours, request)).toBe(ours)
})
