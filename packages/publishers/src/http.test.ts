import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type HttpRequest, hideSecrets, sendRequest } from './http.ts'

async function startServer(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A server that speaks no HTTP of its own. */
async function startSockets(onSocket: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createSocketServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onSocket(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const request = (url: string, rest: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url,
  headers: {},
  timeoutMs: 5_000,
  signal: new AbortController().signal,
  ...rest,
})

async function failureOf(sending: Promise<unknown>): Promise<Error & { details: Record<string, unknown> }> {
  try {
    await sending
  } catch (error) {
    return error as Error & { details: Record<string, unknown> }
  }
  throw new Error('it did not fail')
}

test('sends method, headers and body, and returns status, headers, text and JSON', async () => {
  await using api = await startServer(async (incoming, response) => {
    const body = await text(incoming)
    response.writeHead(202, { 'x-left': '7' })
    response.end(JSON.stringify({ method: incoming.method, key: incoming.headers['x-key'], body }))
  })

  const answer = await sendRequest(
    request(`${api.url}/rows`, { method: 'POST', headers: { 'X-Key': 'k' }, body: '[1]' }),
  )

  expect(answer.status).toBe(202)
  expect(answer.headers.get('X-Left')).toBe('7')
  expect(answer.json).toEqual({ method: 'POST', key: 'k', body: '[1]' })
  expect(JSON.parse(answer.text)).toEqual(answer.json)
})

test('keeps every digit of a number in JSON', async () => {
  await using api = await startServer((_, response) =>
    response.end('{"count": 5, "id": 13240.010, "long": 12345678901234567890.12, "nested": [0.1, 1E+2]}'),
  )

  const { json } = await sendRequest(request(api.url))

  expect(json).toEqual({
    count: 5,
    id: '13240.010',
    long: '12345678901234567890.12',
    nested: [0.1, '1E+2'],
  })
})

test('returns an answer that is no JSON as text alone', async () => {
  await using api = await startServer((_, response) => response.writeHead(400).end('Malformed App ID.'))

  expect(await sendRequest(request(api.url))).toMatchObject({
    status: 400,
    text: 'Malformed App ID.',
    json: undefined,
  })
})

test('does not follow a redirect, which could carry the key elsewhere', async () => {
  let calls = 0
  await using api = await startServer((_, response) => {
    calls++
    response.writeHead(302, { location: '/elsewhere' }).end()
  })

  expect((await sendRequest(request(api.url))).status).toBe(302)
  expect(calls).toBe(1)
})

test('says that nothing was sent when the connection is refused', async () => {
  let url: string
  {
    await using api = await startServer(() => {})
    url = api.url
  }

  const failure = await failureOf(
    sendRequest(request(`${url}/rows?name=Ann`, { method: 'POST', body: '{}' })),
  )

  expect(failure).toMatchObject({
    name: 'TransientError',
    code: 'DESTINATION_UNREACHABLE',
    details: { wasSent: false, reason: 'ECONNREFUSED' },
  })
  expect(failure.message).toContain(`POST ${url}/rows:`)
  expect(failure.message).not.toContain('Ann')
})

test.each([
  ['before an answer', ''],
  ['within the headers', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ['within the body', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id"'],
  ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id"'],
])('counts as sent what is cut %s', async (_name, answer) => {
  await using api = await startSockets((socket) => {
    socket.once('data', () => socket.end(answer))
  })

  const failure = await failureOf(sendRequest(request(api.url, { method: 'POST', body: '{}' })))

  expect(failure).toMatchObject({
    name: 'TransientError',
    code: 'DESTINATION_UNREACHABLE',
    details: { wasSent: true },
  })
})

test('counts as sent what goes out on a kept connection that dies, and does not send it twice', async () => {
  const received: string[] = []
  await using api = await startSockets((socket) => {
    socket.on('data', (data) => {
      received.push(String(data).slice(0, 4))
      if (received.length === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}')
      else socket.destroy()
    })
  })
  await sendRequest(request(api.url))

  const failure = await failureOf(sendRequest(request(api.url, { method: 'POST', body: '{}' })))

  expect(failure.details.wasSent).toBe(true)
  expect(received).toEqual(['GET ', 'POST'])
})

test('gives up at its deadline, also when the body only drips, and counts as sent', async () => {
  await using api = await startServer((_, response) => {
    response.writeHead(200).write('{"id":')
  })

  const failure = await failureOf(sendRequest(request(api.url, { timeoutMs: 80 })))

  expect(failure).toMatchObject({
    name: 'TransientError',
    code: 'DESTINATION_UNREACHABLE',
    details: { wasSent: true, reason: 'deadline' },
  })
  expect(failure.message).toContain('within 0.08 s')
})

test('throws the reason of the signal when it is stopped', async () => {
  const stop = new AbortController()
  await using api = await startServer(() => stop.abort(new Error('stopped by the user')))

  await expect(sendRequest(request(api.url, { signal: stop.signal }))).rejects.toThrow('stopped by the user')
  await expect(sendRequest(request(api.url, { signal: stop.signal }))).rejects.toThrow('stopped by the user')
})

test('leaves no listener on the signal of the run', async () => {
  const stop = new AbortController()
  let listeners = 0
  const { signal } = stop
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...options: Parameters<typeof add>) => {
    listeners++
    add(...options)
  }
  signal.removeEventListener = (...options: Parameters<typeof remove>) => {
    listeners--
    remove(...options)
  }
  await using api = await startServer((_, response) => response.end('{}'))

  await sendRequest(request(api.url, { signal }))

  expect(listeners).toBe(0)
})

test('names the header that cannot be sent and not its value', async () => {
  const failure = await failureOf(
    sendRequest(request('http://127.0.0.1', { headers: { 'X-Key': 'sec\nret' } })),
  )

  expect(failure).toMatchObject({ name: 'TerminalError', code: 'ENVIRONMENT_INVALID' })
  expect(failure.message).toContain('X-Key')
  expect(JSON.stringify([failure.message, failure.stack, failure.cause])).not.toContain('ret"')
  expect(failure.message).not.toContain('sec')
})

test('what an answer repeats of the secrets is hidden from messages, as text and as JSON', () => {
  const text = '{"message":"no entry for me:hush with token 77","row":7}'
  const answer = { status: 401, headers: new Headers(), text, json: JSON.parse(text) }

  expect(hideSecrets(answer, ['hush', '', '77'])).toMatchObject({
    text: '{"message":"no entry for me:[secret] with token [secret]","row":7}',
    json: { message: 'no entry for me:[secret] with token [secret]', row: 7 },
  })
  expect(hideSecrets(answer, ['other', ''])).toBe(answer)
})
