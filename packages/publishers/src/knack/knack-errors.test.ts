import { expect, test } from 'vitest'
import { toKnackError } from './knack-errors.ts'

const action = {
  what: 'create a record in object_86',
  isWrite: true,
  isOfRecord: false,
  labels: new Map([['field_1277', 'Task order']]),
}
const reading = { ...action, what: 'read the records of object_86', isWrite: false }

function answer(status: number, body: string | object = '') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: new Headers(), text, json: typeof body === 'string' ? undefined : body }
}

test.each([
  [400, 'Malformed App ID.', 'TerminalError', 'DESTINATION_CREDENTIALS_REFUSED'],
  [401, 'Invalid API key', 'TerminalError', 'DESTINATION_CREDENTIALS_REFUSED'],
  [401, 'Invalid API request', 'TerminalError', 'DESTINATION_CREDENTIALS_REFUSED'],
  [403, 'Invalid or Expired Token', 'TerminalError', 'DESTINATION_PERMISSION_REFUSED'],
  [404, 'Object not found', 'TerminalError', 'DESTINATION_MISSING'],
  [408, '', 'TransientError', 'DESTINATION_BUSY'],
  [429, 'Rate limit exceeded', 'TransientError', 'DESTINATION_BUSY'],
  [500, '', 'TransientError', 'DESTINATION_BUSY'],
  [302, '', 'TerminalError', 'DESTINATION_REFUSED'],
  [200, '<html>', 'TransientError', 'DESTINATION_UNREACHABLE'],
  [400, 'Something else', 'RejectedRowError', 'RECORDS_REJECTED'],
  [413, '', 'RejectedRowError', 'RECORDS_REJECTED'],
])('%i %j to a write is a %s %s', (status, body, name, code) => {
  const error = toKnackError(answer(status, body), action)

  expect(error).toMatchObject({ name, code, details: { status } })
  expect(error.message).toMatch(/^Could not create a record in object_86: .*[^.]\.$/s)
})

test('a refused read is about the request and not about a record', () => {
  expect(toKnackError(answer(400, 'Bad filter'), reading)).toMatchObject({
    name: 'TerminalError',
    code: 'DESTINATION_REFUSED',
  })
})

test('a record that is not there is about the record', () => {
  expect(toKnackError(answer(404, 'Record not found'), { ...action, isOfRecord: true })).toMatchObject({
    name: 'RejectedRowError',
    code: 'RECORDS_REJECTED',
  })
})

test('a 429 ends the run when the day is spent', () => {
  const error = toKnackError(answer(429, 'Rate limit exceeded'), action, new Date('2026-01-06T00:00:00Z'))

  expect(error).toMatchObject({
    name: 'TerminalError',
    code: 'DESTINATION_ALLOWANCE_SPENT',
    details: { resetAt: '2026-01-06T00:00:00.000Z' },
  })
  expect(error.message).toMatch(
    /begin anew at 2026-01-06T00:00:00.000Z; start the same command again then\.$/,
  )
})

test('A40: names fields as people know them', () => {
  const errors = [
    { field: 'field_1277', type: 'unique', message: 'must be unique' },
    { field: 'field_9', message: 'must be a number.' },
  ]

  expect(toKnackError(answer(400, { errors }), action).message).toBe(
    'Could not create a record in object_86: Task order (field_1277): must be unique; field_9: must be a number.',
  )
})

test.each([
  [['too long', 'too late'], 'too long; too late'],
  ['too long', 'too long'],
  [[{ message: 'too long' }], 'too long'],
  [[{ field: 'field_1277' }], 'Task order (field_1277): refused without a reason'],
  [[null], 'null'],
])('understands the errors %j', (errors, words) => {
  expect(toKnackError(answer(400, { errors }), action).message).toBe(
    `Could not create a record in object_86: ${words}.`,
  )
})

test('shows the words of a page of HTML, shortened', () => {
  const page = `<!DOCTYPE html><html><head><title>Oops</title></head><body><style>b{}</style>
    <h1>We will be right   back</h1><p>${'very '.repeat(100)}soon</p></body></html>`

  const { message } = toKnackError(answer(503, page), action)

  expect(message).toContain('Knack is failing (503: We will be right back very very')
  expect(message).not.toMatch(/[<>{}]|Oops/)
  expect(message.length).toBeLessThan(300)
})
