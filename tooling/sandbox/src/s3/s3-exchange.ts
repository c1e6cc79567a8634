import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import {
  ConnectionDropped,
  holdCall,
  resetConnection,
  untilGone,
  type WaitingClient,
} from '../waiting-client.ts'
import { S3Error } from './s3-error.ts'
import type { S3RequestRecord, S3Strike } from './s3-faults.ts'

export type MutableRecord = { -readonly [Name in keyof S3RequestRecord]: S3RequestRecord[Name] }

/** One request on its way, and the fault that hits it. */
export interface Exchange extends WaitingClient {
  readonly response: ServerResponse
  readonly record: MutableRecord
  readonly strike: S3Strike | undefined
  /** The body as it comes over the wire. */
  bytes: AsyncIterable<Buffer>
}

/** What a fault does before the operation. @throws S3Error to be answered, or ConnectionDropped */
export async function strikeBefore(exchange: Exchange): Promise<void> {
  const { strike, record } = exchange
  if (!strike) return
  const { effect } = strike
  if (effect.kind === 'hold') {
    if (effect.at === 'before') await hold(exchange, strike)
    return
  }
  strike.arrive(record)
  switch (effect.kind) {
    case 'internal-error':
    case 'error-in-200':
      throw internalError()
    case 'slow-down':
      throw new S3Error('SlowDown', 'Please reduce your request rate.')
    case 'conditional-conflict':
      throw new S3Error(
        'ConditionalRequestConflict',
        'The conditional request cannot succeed due to a conflicting operation against this resource.',
      )
    case 'reset-before-body':
      throw resetConnection(exchange)
    case 'reset-in-request-body':
    case 'disk-full':
      // Inside the body if there is one.
      if (!hasBody(exchange.request))
        throw effect.kind === 'disk-full' ? internalError() : resetConnection(exchange)
      break
    case 'no-answer':
      for await (const _ of exchange.bytes);
      await untilGone(exchange)
      throw new ConnectionDropped('The client went without an answer')
    case 'delay':
      await Promise.race([delay(effect.delayMs), untilGone(exchange)])
      break
    case 'reset-in-response-body':
    case 'flipped-bit':
    case 'lost-reply':
      break
  }
}

/** What a fault does once the operation is done and before it is answered. */
export async function strikeAfter(exchange: Exchange): Promise<void> {
  const { strike } = exchange
  if (strike?.effect.kind === 'lost-reply') throw resetConnection(exchange)
  if (strike?.effect.kind === 'hold' && strike.effect.at === 'after') await hold(exchange, strike)
}

/** The request's body, with the faults that strike inside it. */
export async function* readRequest(
  request: IncomingMessage,
  response: ServerResponse,
  waitsForContinue: boolean,
  exchange: () => Exchange,
): AsyncGenerator<Buffer> {
  const effect = exchange().strike?.effect
  const resetAfter = effect?.kind === 'reset-in-request-body' ? effect.afterBytes : Number.POSITIVE_INFINITY
  let bytes = 0
  if (waitsForContinue) response.writeContinue()
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length
    if (bytes > resetAfter) throw resetConnection(exchange())
    yield chunk as Buffer
  }
  if (effect?.kind === 'reset-in-request-body') throw resetConnection(exchange())
  if (effect?.kind === 'disk-full') throw internalError()
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function internalError(): S3Error {
  return new S3Error('InternalError', 'We encountered an internal error. Please try again.')
}

async function hold(exchange: Exchange, strike: S3Strike): Promise<void> {
  // Read into memory, because a paused connection would not tell that its client has gone.
  const body: Buffer[] = []
  for await (const chunk of exchange.bytes) body.push(chunk)
  exchange.bytes = toAsyncIterable(body)
  await holdCall(exchange, strike, exchange.record)
}

async function* toAsyncIterable(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}
