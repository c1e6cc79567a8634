import { createHash, randomUUID } from 'node:crypto'
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
import { JsonNumber, parseExactJson } from './exact-json.ts'
import type { SocrataAccess } from './socrata-access.ts'
import { SocrataError } from './socrata-error.ts'
import type { SocrataFaultPlan, SocrataRequestRecord, SocrataStrike } from './socrata-faults.ts'
import { perform, type SocrataResult } from './socrata-operations.ts'
import { renderPortalPage } from './socrata-page.ts'
import type { SocrataPortal } from './socrata-portal.ts'
import { type SocrataRoute, toRoute } from './socrata-route.ts'
import { toPlainNumber } from './socrata-values.ts'

export interface SocrataServerParts {
  readonly portal: SocrataPortal
  readonly faults: SocrataFaultPlan
  readonly access: SocrataAccess
  readonly records: SocrataRequestRecord[]
  readonly clock: Clock
}

type MutableRecord = { -readonly [Name in keyof SocrataRequestRecord]: SocrataRequestRecord[Name] }

/** A call that was answered 202: its outcome once it has one. */
interface PendingCall {
  outcome?: () => SocrataResult
}

interface Exchange extends WaitingClient {
  readonly body: string
  readonly record: MutableRecord
  readonly route: SocrataRoute | SocrataError
  readonly strike: SocrataStrike | undefined
}

/** What is sent: JSON, or HTML where a fault says so. */
interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly text: string
}

/** Answers Socrata requests; listening and closing are the caller's. */
export function createSocrataHttpServer(parts: SocrataServerParts): Server {
  const pending = new Map<string, PendingCall>()
  const server = createServer((request, response) => {
    serve(parts, pending, request, response).catch(() => request.destroy())
  })
  // A held or slow call is a fault on purpose, not a stuck client.
  server.requestTimeout = 0
  return server
}

async function serve(
  parts: SocrataServerParts,
  pending: Map<string, PendingCall>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET' && request.url === '/') {
    parts.portal.settle()
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(renderPortalPage(parts.portal))
    return
  }
  const gone = toGoneSignal(response)
  const exchange = register(parts, request, await text(request), gone)
  const answer = await toAnswer(parts, pending, exchange)
  await strikeAfter(parts, exchange)
  exchange.record.status = answer.status
  const bytes = Buffer.from(answer.text)
  const isCut = exchange.strike?.effect.kind === 'truncated-json'
  const sent = isCut ? bytes.subarray(0, Math.floor(bytes.length / 2)) : bytes
  response.writeHead(answer.status, {
    'content-type': 'application/json; charset=utf-8',
    ...answer.headers,
    'content-length': sent.length,
    'x-socrata-requestid': exchange.record.requestId,
  })
  response.end(sent)
}

function register(
  { records, faults, portal, clock }: SocrataServerParts,
  request: IncomingMessage,
  body: string,
  gone: AbortSignal,
): Exchange {
  const { method = '', url = '/' } = request
  const route = routeOf(method, url)
  const rows = rowsOf(body)
  const record: MutableRecord = {
    call: records.length + 1,
    at: clock.now().toISOString(),
    operation: route instanceof SocrataError ? 'Unknown' : route.operation,
    method,
    dataset: route instanceof SocrataError ? '' : route.dataset,
    url,
    rows: rows.length,
    bytes: Buffer.byteLength(body),
    status: null,
    fault: null,
    requestId: randomUUID().replaceAll('-', ''),
  }
  records.push(record)
  portal.settle()
  const identifier = portal.datasets.find(({ definition }) => definition.id === record.dataset)?.definition
    .rowIdentifier
  const strike = faults.strike(record, (key) => rows.some((row) => keyOf(row, identifier) === key))
  record.fault = strike?.effect.kind ?? null
  return { request, body, record, route, strike, gone }
}

async function toAnswer(
  parts: SocrataServerParts,
  pending: Map<string, PendingCall>,
  exchange: Exchange,
): Promise<Answer> {
  const { record, strike } = exchange
  try {
    await strikeBefore(exchange)
    if (strike?.effect.kind === 'html-reply') return htmlAnswer(strike.effect.status)
    if (strike?.effect.kind === 'message-in-200') {
      return jsonAnswer(200, { message: 'The query could not be answered at this time' })
    }
    const { body, headers } = await work(parts, pending, exchange)
    return { ...jsonAnswer(200, body), ...(headers === undefined ? {} : { headers }) }
  } catch (error) {
    if (error instanceof ConnectionDropped) throw error
    if (error instanceof StillProcessing) {
      return jsonAnswer(202, { code: 'accepted', message: 'The request is still being processed' })
    }
    const failure =
      error instanceof SocrataError
        ? error
        : new SocrataError('internal_error', `The stand-in failed in call ${record.call}: ${String(error)}`)
    const { code, status, message, data } = failure
    return jsonAnswer(status, { code, error: true, message, data })
  }
}

class StillProcessing extends Error {}

async function work(
  { portal, access, clock }: SocrataServerParts,
  pending: Map<string, PendingCall>,
  exchange: Exchange,
): Promise<SocrataResult> {
  const { request, body, route, strike } = exchange
  if (route instanceof SocrataError) throw route
  const effect = strike?.effect
  const doIt = () =>
    perform({ route, headers: request.headers, body, access, portal, effect, now: clock.now() })
  const name = createHash('sha256').update(`${request.method} ${request.url}\n${body}`).digest('hex')
  const earlier = pending.get(name)
  if (earlier) {
    if (!earlier.outcome) throw new StillProcessing()
    pending.delete(name)
    return earlier.outcome()
  }
  if (effect?.kind === 'still-processing') {
    const call: PendingCall = {}
    pending.set(name, call)
    portal.schedule(effect.landsAfterMs, () => {
      call.outcome = outcomeOf(doIt)
    })
    throw new StillProcessing()
  }
  if (effect?.kind === 'execution-timeout') {
    portal.schedule(effect.landsAfterMs, () => void outcomeOf(doIt))
    portal.settle()
    throw new SocrataError('execution_timeout', 'Execution timed out')
  }
  return doIt()
}

function outcomeOf(doIt: () => SocrataResult): () => SocrataResult {
  try {
    const result = doIt()
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

async function strikeBefore(exchange: Exchange): Promise<void> {
  const { strike, record } = exchange
  if (!strike) return
  const { effect } = strike
  if (effect.kind === 'hold') {
    if (effect.at === 'before') await holdCall(exchange, strike, record)
    return
  }
  strike.arrive(record)
  switch (effect.kind) {
    case 'bad-row':
      throw new SocrataError('invalid_request', 'One of the rows could not be processed; no row was taken')
    case 'throttled':
      throw new SocrataError('too_many_requests', 'Throttled: too many requests')
    case 'internal-error':
      throw new SocrataError('internal_error', 'Internal error')
    case 'unavailable':
      throw new SocrataError('service_unavailable', 'The service is unavailable at this time')
    case 'drop-before':
      throw resetConnection(exchange)
    case 'no-answer':
      await untilGone(exchange)
      throw new ConnectionDropped('The client went without an answer')
    default:
      return
  }
}

async function strikeAfter({ clock }: SocrataServerParts, exchange: Exchange): Promise<void> {
  const { strike, record } = exchange
  if (!strike) return
  const { effect } = strike
  if (effect.kind === 'lost-reply') throw resetConnection(exchange)
  if (effect.kind === 'slow-answer') await clock.sleep(effect.delayMs, exchange.gone)
  if (effect.kind === 'hold' && effect.at === 'after') await holdCall(exchange, strike, record)
}

function routeOf(method: string, url: string): SocrataRoute | SocrataError {
  try {
    return toRoute(method, url)
  } catch (error) {
    if (error instanceof SocrataError) return error
    throw error
  }
}

function rowsOf(body: string): readonly object[] {
  if (body === '') return []
  try {
    const parsed = parseExactJson(body)
    const entries: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
    return entries.filter((entry) => typeof entry === 'object' && entry !== null)
  } catch {
    return []
  }
}

function keyOf(row: object, identifier: string | undefined): string | undefined {
  const [, value] = Object.entries(row).find(([name]) => name.toLowerCase() === identifier) ?? []
  if (value instanceof JsonNumber) return toPlainNumber(value.text)
  return typeof value === 'string' ? value : undefined
}

function jsonAnswer(status: number, body: unknown): Answer {
  return { status, text: body === undefined ? '' : JSON.stringify(body) }
}

function htmlAnswer(status: number): Answer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    text: '<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body><h1>Down for maintenance</h1></body></html>',
  }
}
