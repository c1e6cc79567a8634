import type { IncomingMessage, ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CallStrike } from './fault-plan.ts'

/** The client of a call that has no answer yet. */
export interface WaitingClient {
  readonly request: IncomingMessage
  /** Aborted when the client has gone. */
  readonly gone: AbortSignal
}

/** Ends the handling of a call that gets no answer. */
export class ConnectionDropped extends Error {}

export function toGoneSignal(response: ServerResponse): AbortSignal {
  const leaving = new AbortController()
  response.once('close', () => leaving.abort())
  return leaving.signal
}

export function untilGone({ gone }: WaitingClient): Promise<void> {
  return new Promise((resolve) => {
    if (gone.aborted) resolve()
    else gone.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** Cuts the connection so that the client sees a reset, not an orderly end. */
export function resetConnection({ request }: WaitingClient): ConnectionDropped {
  request.socket.resetAndDestroy()
  return new ConnectionDropped('The connection was reset')
}

/** Waits until the fault is released. @throws ConnectionDropped if the client has gone by then */
export async function holdCall<Call>(
  client: WaitingClient,
  strike: CallStrike<unknown, Call>,
  call: Call,
): Promise<void> {
  strike.arrive(call)
  await Promise.race([strike.released, untilGone(client)])
  // A client that was killed just before the release is noticed within two turns.
  await nextTurn()
  await nextTurn()
  const { gone, request } = client
  if (gone.aborted || request.socket.destroyed || request.socket.readableEnded) {
    throw new ConnectionDropped('The client went while it was held')
  }
}
