import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Clock } from '@findata/core'
import {
  ConnectionDropped,
  holdCall,
  resetConnection,
  toGoneSignal,
  untilGone,
  type WaitingClient,
} from '../waiting-client.ts'
import type { CallLimits, LimitHeaders } from './call-limits.ts'
import { isKnackId } from './knack-app.ts'
import { answerCall, type KnackCall, type KnackTarget, toTarget } from './knack-call.ts'
import { KnackError } from './knack-error.ts'
import type { KnackFaultPlan, KnackHandEdit, KnackRequestRecord, KnackStrike } from './knack-faults.ts'
import { renderKnackPage } from './knack-page.ts'
import type { AppState, KnackStore, ObjectState } from './knack-store.ts'
import type { LateWrites } from './late-writes.ts'

export interface KnackServerParts {
  readonly store: KnackStore
  readonly limits: CallLimits
  readonly faults: KnackFaultPlan
  readonly late: LateWrites
  readonly records: KnackRequestRecord[]
  readonly clock: Clock
  readonly latencyMs: number
  readonly totalRecordsOff: number
}

const API_ROOT = '/v1'
const MAINTENANCE = '<!DOCTYPE html><html><body><h1>We will be right back</h1></body></html>'

type MutableRecord = { -readonly [Name in keyof KnackRequestRecord]: KnackRequestRecord[Name] }

interface Exchange extends WaitingClient {
  readonly response: ServerResponse
  readonly call: KnackCall
  readonly record: MutableRecord
  readonly strike: KnackStrike | undefined
}

interface Reply {
  readonly status: number
  readonly headers: LimitHeaders
  /** Text is sent as the plain text (dressed as HTML) that errors are, anything else as JSON. */
  readonly body: unknown
}

/** Answers the API under `/v1` and the page everywhere else; listening and closing are the caller's. */
export function createKnackServer(parts: KnackServerParts): Server {
  const server = createServer((request, response) => void serve(parts, request, response))
  // A held or slow call is a fault on purpose, not a stuck client.
  server.requestTimeout = 0
  return server
}

async function serve(
  parts: KnackServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://knack.localhost')
  response.setHeader('date', parts.clock.now().toUTCString())
  try {
    const body = await text(request)
    parts.late.land()
    if (!url.pathname.startsWith(`${API_ROOT}/`)) {
      const page = renderKnackPage(parts.store, url)
      response.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8' }).end(page.html)
      return
    }
    const exchange = register(parts, request, response, url, body)
    if (parts.latencyMs > 0) await sleepUnlessGone(parts.clock, parts.latencyMs, exchange)
    const reply = await answer(parts, exchange)
    await strikeAfter(parts, exchange)
    send(exchange, reply)
  } catch (error) {
    if (error instanceof ConnectionDropped || request.socket.destroyed) request.destroy()
    else response.writeHead(500).end(`The stand-in failed: ${String(error)}`)
  }
}

function register(
  { records, faults, store, clock }: KnackServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: string,
): Exchange {
  const method = request.method ?? ''
  const appId = headerOf(request, 'x-knack-application-id')
  const target: KnackTarget = toTarget(method, url.pathname.slice(API_ROOT.length), appId)
  const record: MutableRecord = {
    call: records.length + 1,
    at: clock.now().toISOString(),
    operation: target.operation,
    method,
    app: store.apps.get(target.appId)?.definition.slug ?? target.appId,
    object: target.object,
    record: target.record,
    query: Object.fromEntries(url.searchParams),
    body: parseLeniently(body),
    status: null,
    fault: null,
  }
  records.push(record)
  const strike = faults.strike(record, target.appId)
  record.fault = strike?.effect.kind ?? null
  return {
    request,
    response,
    call: { ...target, query: url.searchParams, body },
    record,
    strike,
    gone: toGoneSignal(response),
  }
}

async function answer(parts: KnackServerParts, exchange: Exchange): Promise<Reply> {
  const early = await strikeBefore(parts, exchange)
  if (early) return early
  const { call, strike } = exchange
  let headers: LimitHeaders = {}
  try {
    const app = admit(parts.store, exchange)
    if (call.operation !== 'metadata') {
      const { accountSlug } = app.definition
      if (strike?.effect.kind === 'allowance-spent') parts.limits.spend(accountSlug)
      if (strike?.effect.kind === 'rate-limited') {
        headers = parts.limits.refuse(accountSlug)
        throw new KnackError(429, 'Rate limit exceeded')
      }
      const taken = parts.limits.take(accountSlug)
      headers = taken.headers
      if (!taken.isAllowed) throw new KnackError(429, 'Rate limit exceeded')
    }
    return { status: 200, headers, body: await operate(parts, exchange, app) }
  } catch (error) {
    if (!(error instanceof KnackError)) throw error
    const { status, errors, message } = error
    return { status, headers, body: errors ? { errors } : message }
  }
}

// The order of these checks is what the API shows: a missing id, a malformed one, then the pair of id and key.
function admit(store: KnackStore, { request, call }: Exchange): AppState {
  if (call.appId === '') throw new KnackError(401, 'Invalid API request')
  if (!isKnackId(call.appId)) throw new KnackError(400, 'Malformed App ID.')
  const app = store.apps.get(call.appId)
  const key = headerOf(request, 'x-knack-rest-api-key')
  if (!app || (call.operation !== 'metadata' && app.definition.apiKey !== key)) {
    throw new KnackError(401, 'Invalid API key')
  }
  return app
}

async function operate(parts: KnackServerParts, exchange: Exchange, app: AppState): Promise<unknown> {
  const { store, clock, late, totalRecordsOff } = parts
  const { call, strike } = exchange
  const offset = strike?.effect.kind === 'wrong-total' ? strike.effect.by : totalRecordsOff
  const run = (): unknown => answerCall(store, app, call, offset, clock.now())
  if (strike?.effect.kind !== 'late-write') return run()

  const { landsAfterMs, answer } = strike.effect
  const landing = late.schedule(landsAfterMs, run)
  if (answer === 'reset') throw resetConnection(exchange)
  if (answer === 'gateway-timeout') throw new KnackError(504, MAINTENANCE)
  await sleepUnlessGone(clock, landsAfterMs, exchange)
  late.land()
  return landing()
}

/** What a fault does before the call; an answer ends it. @throws ConnectionDropped */
async function strikeBefore(parts: KnackServerParts, exchange: Exchange): Promise<Reply | undefined> {
  const { strike, record } = exchange
  if (!strike) return undefined
  const { effect } = strike
  if (effect.kind !== 'hold') strike.arrive(record)
  switch (effect.kind) {
    case 'server-error':
      return effect.at === 'before' ? { status: effect.status, headers: {}, body: MAINTENANCE } : undefined
    case 'html-reply':
      return effect.at === 'before' ? { status: 200, headers: {}, body: MAINTENANCE } : undefined
    case 'big-page-fails':
      return { status: 500, headers: {}, body: MAINTENANCE }
    case 'reset-before':
      throw resetConnection(exchange)
    case 'no-answer':
      await untilGone(exchange)
      throw new ConnectionDropped('The client went without an answer')
    case 'delay':
      await sleepUnlessGone(parts.clock, effect.delayMs, exchange)
      if (exchange.gone.aborted) throw new ConnectionDropped('The client went while it was delayed')
      return undefined
    case 'hold':
      if (effect.at === 'before') await holdCall(exchange, strike, record)
      return undefined
    case 'hand-edit':
      if (effect.at === 'before') editByHand(parts.store, exchange.call, effect.edit)
      return undefined
    default:
      return undefined
  }
}

/** What a fault does once the call is done and before it is answered. @throws ConnectionDropped */
async function strikeAfter(parts: KnackServerParts, exchange: Exchange): Promise<void> {
  const { strike, record } = exchange
  if (strike?.effect.kind === 'lost-reply') throw resetConnection(exchange)
  if (strike?.effect.kind === 'hold' && strike.effect.at === 'after') await holdCall(exchange, strike, record)
  if (strike?.effect.kind === 'hand-edit' && strike.effect.at === 'after') {
    editByHand(parts.store, exchange.call, strike.effect.edit)
  }
}

function send({ response, record, strike }: Exchange, { status, headers, body }: Reply): void {
  const effect = strike?.effect
  const isReplaced =
    (effect?.kind === 'server-error' || effect?.kind === 'html-reply') && effect.at === 'after'
  const plain = isReplaced ? MAINTENANCE : typeof body === 'string' ? body : undefined
  const content = plain ?? JSON.stringify(body)
  record.status = !isReplaced ? status : effect.kind === 'server-error' ? effect.status : 200
  response.writeHead(record.status, {
    ...(isReplaced ? {} : headers),
    'content-type': plain !== undefined ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8',
  })
  response.end(effect?.kind === 'truncated-json' ? content.slice(0, content.length / 2) : content)
}

function editByHand(store: KnackStore, call: KnackCall, edit: KnackHandEdit): void {
  const object = store.apps.get(call.appId)?.objects.get(call.object)
  if (object) applyHandEdit(store, object, edit)
}

/** @throws KnackError where the app refuses it, 404 for a record that is not there. */
export function applyHandEdit(store: KnackStore, object: ObjectState, edit: KnackHandEdit): void {
  if (edit.action === 'insert') {
    store.insert(object, edit.values, 'app')
    return
  }
  const ids = [...object.records.keys()].sort()
  const isByPlace = edit.record === 'first' || edit.record === 'last'
  const named = isByPlace ? ids.at(edit.record === 'first' ? 0 : -1) : edit.record
  if (named === undefined) return
  if (edit.action === 'edit') store.update(object, named, edit.values, 'app')
  else store.remove(object, named)
}

async function sleepUnlessGone(clock: Clock, ms: number, { gone }: Exchange): Promise<void> {
  await clock.sleep(ms, gone).catch((error: unknown) => {
    if (!gone.aborted) throw error
  })
}

function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name]
  return typeof value === 'string' ? value : ''
}

function parseLeniently(body: string): unknown {
  if (body === '') return null
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
