import { subscribe } from 'node:diagnostics_channel'

const underWay = new Set<unknown>()

let isWatching = false

/** Begins to count the fetches of this process that have no whole answer yet. */
export function watchCalls(): void {
  if (isWatching) return
  isWatching = true
  subscribe('undici:request:create', begin)
  subscribe('undici:request:trailers', end)
  subscribe('undici:request:error', end)
}

export function isCallUnderWay(): boolean {
  return underWay.size > 0
}

function begin(message: unknown): void {
  underWay.add((message as { request: unknown }).request)
}

function end(message: unknown): void {
  underWay.delete((message as { request: unknown }).request)
}
