import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { TLSSocket } from 'node:tls'
import type { Call, CallOutcome } from './call.ts'
import type { OracleServerState } from './oracle-server-state.ts'
import { OracleSessionWire } from './oracle-session-wire.ts'
import { SessionFacts } from './session-facts.ts'
import {
  acceptPacket,
  dataPackets,
  dataPayload,
  isEndOfFile,
  isEndOfRequest,
  MARKER,
  markerKind,
  markerPacket,
  PACKET,
  type Packet,
  PacketReader,
  readConnect,
  refusePacket,
  splitDataPackets,
} from './tns-packets.ts'
import { OracleError } from './values.ts'
import { WireReader, WireWriter } from './wire-buffer.ts'

type Phase = 'connect' | 'connect-data' | 'requests' | 'ended'

/** One connection: packets in and out, markers, and the faults that strike on the way. */
export class OracleConnection {
  readonly session: OracleSessionWire
  /** Received on this connection. */
  messages = 0
  readonly #socket: Socket
  readonly #server: OracleServerState
  readonly #packets = new PacketReader()
  readonly #out = new WireWriter(64 * 1024)
  #phase: Phase = 'connect'
  #sdu = 8192
  #request: Buffer[] = []
  #call: AbortController | undefined
  #running: Promise<void> = Promise.resolve()
  #isAwaitingReset = false
  /** Of a client that has been told of an error. */
  #onReset: (() => void) | undefined
  #isDeaf = false

  constructor(socket: Socket, server: OracleServerState) {
    this.#socket = socket
    this.#server = server
    const sid = server.newSid()
    this.session = new OracleSessionWire(
      server,
      new SessionFacts(sid, sid * 7 + 1, socket.remoteAddress ?? ''),
    )
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('end', () => this.#end())
    socket.on('close', () => this.#end())
  }

  /** Ends the connection at once, as a server that dies does. */
  destroy(): void {
    this.#end()
    this.#socket.destroy()
  }

  /** Ends the session but not its connection: the call that runs, or else the next one, fails with this error. */
  endSession(ending: OracleError): void {
    if (!this.session.isOpen) return
    if (this.#call === undefined) {
      this.session.end(ending)
    } else {
      this.session.end()
      this.#call.abort()
      this.#running = this.#running.then(() => this.#sendError(ending))
    }
  }

  #end(): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    this.#call?.abort()
    this.session.end()
    this.#socket.end()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#packets.push(chunk)
      for (let packet = this.#packets.next(); packet !== undefined; packet = this.#packets.next()) {
        if (this.#phase === 'ended') return
        this.#receivePacket(packet)
      }
    } catch (error) {
      this.#server.defect(error)
      this.destroy()
    }
  }

  #receivePacket(packet: Packet): void {
    if (this.#phase === 'connect' && packet.type === PACKET.connect) {
      this.#receiveConnect(packet)
    } else if (this.#phase === 'connect-data' && packet.type === PACKET.data) {
      const connectData = dataPayload(packet).toString('utf8')
      this.#enqueue((signal) => this.#connect(connectData, signal))
    } else if (this.#phase === 'requests' && packet.type === PACKET.marker) {
      this.#receiveMarker(markerKind(packet))
    } else if (this.#phase === 'requests' && packet.type === PACKET.data) {
      this.#receiveData(packet)
    } else {
      this.#server.defect(
        new Error(`the sandbox does not imitate packets of type ${packet.type} in the phase ${this.#phase}`),
      )
      this.destroy()
    }
  }

  #receiveConnect(packet: Packet): void {
    const { sdu, connectDataLength, connectData } = readConnect(packet)
    this.#sdu = sdu
    if (connectData === '' && connectDataLength > 0) this.#phase = 'connect-data'
    else this.#enqueue((signal) => this.#connect(connectData, signal))
  }

  #receiveData(packet: Packet): void {
    if (isEndOfFile(packet)) {
      this.#end()
      return
    }
    this.#request.push(Buffer.from(dataPayload(packet)))
    if (!isEndOfRequest(packet)) return
    const request = Buffer.concat(this.#request)
    this.#request = []
    this.#enqueue((signal) => this.#answer(request, signal))
  }

  /** One message at a time; a client that follows the protocol waits for the answer anyway. */
  #enqueue(handle: (signal: AbortSignal) => Promise<void>): void {
    this.messages++
    this.#server.countMessage()
    this.#running = this.#running.then(async () => {
      // Between a break and the reset that follows it, requests are dropped.
      if (this.#isEnded() || this.#isAwaitingReset) return
      const call = new AbortController()
      this.#call = call
      try {
        await handle(call.signal)
      } catch (error) {
        if (!call.signal.aborted) {
          this.#server.defect(error)
          this.destroy()
        }
      } finally {
        this.#call = undefined
      }
    })
  }

  #isEnded(): boolean {
    return this.#phase === 'ended'
  }

  #receiveMarker(kind: number): void {
    if (!this.#isDeaf && kind !== MARKER.reset && this.#server.faults.take('ignore-break') !== undefined) {
      this.#isDeaf = true
    }
    if (this.#isDeaf) return
    this.#request = []
    if (kind === MARKER.reset && this.#onReset !== undefined) {
      this.#onReset()
      return
    }
    if (kind !== MARKER.reset) {
      this.#isAwaitingReset = true
      this.#call?.abort()
      this.#write(markerPacket(MARKER.break))
      return
    }
    this.#call?.abort()
    this.#running = this.#running.then(() => {
      if (this.#isEnded()) return
      this.#isAwaitingReset = false
      this.#write(markerPacket(MARKER.reset))
      this.#sendError(new OracleError(1013, 'user requested cancel of current operation'))
    })
  }

  #sendError(error: OracleError): void {
    this.session.writeError(this.#out, error)
    this.#write(dataPackets(this.#out.written(), this.#sdu))
  }

  async #connect(connectData: string, signal: AbortSignal): Promise<void> {
    const { faults, service } = this.#server
    if (faults.take('cut-before') !== undefined) return this.destroy()
    if (this.#isHeld(undefined)) return aborted(signal)
    if (faults.take('reset-on-connect') !== undefined) {
      this.#end()
      reset(this.#socket)
      return
    }
    const refused = faults.take('refuse')?.code ?? refusalOf(connectData, service)
    if (refused !== undefined) {
      await this.#deliver(refusePacket(refused), signal, undefined)
      this.#end()
      return
    }
    const { context } = this.session.facts
    context.set('SERVICE_NAME', service)
    this.#packets.hasWideLength = true
    this.#phase = 'requests'
    await this.#deliver(acceptPacket(this.#sdu), signal, undefined)
  }

  async #answer(request: Buffer, signal: AbortSignal): Promise<void> {
    const { faults } = this.#server
    const out = this.#out
    out.length = 0
    let call: Call | undefined
    let outcome: CallOutcome
    try {
      call = this.session.read(new WireReader(request))
      if (faults.take('cut-before', call.statement) !== undefined) return this.destroy()
      if (this.#isHeld(call.statement)) return aborted(signal)
      const error = call.isSessionCall ? faults.take('error-on-call', call.statement) : undefined
      if (error !== undefined) throw new OracleError(error.code, error.text)
      outcome = await call.run(out, signal)
    } catch (error) {
      if (signal.aborted) return
      this.session.writeError(out, error)
      outcome = 'failed'
    }
    if (signal.aborted) return
    if (outcome === 'failed' && this.#server.marksErrors) await this.#markError(signal)
    if (signal.aborted) return
    const answer = dataPackets(out.written(), this.#sdu)
    if (outcome === 'cut') return this.#finish(answer)
    await this.#deliver(answer, signal, call?.statement)
  }

  /** Announces an error and waits until the client is ready for it. */
  async #markError(signal: AbortSignal): Promise<void> {
    const error = Buffer.from(this.#out.written())
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#onReset = resolve
    this.#write(Buffer.concat([markerPacket(MARKER.break), markerPacket(MARKER.reset)]))
    await Promise.race([promise, aborted(signal)])
    this.#onReset = undefined
    this.#out.length = 0
    this.#out.raw(error)
  }

  /** Whether a fault keeps the message from being processed. */
  #isHeld(statement: string | undefined): boolean {
    const due = this.#server.faults.find('never-answer', statement)
    if (due?.fault.at !== 'before') return false
    due.strike()
    return true
  }

  async #deliver(answer: Buffer, signal: AbortSignal, statement: string | undefined): Promise<void> {
    const { faults } = this.#server
    if (faults.take('cut-after', statement) !== undefined) return this.destroy()
    if (faults.take('never-answer', statement) !== undefined) return aborted(signal)
    const slow = faults.take('slow-answer', statement)
    if (slow !== undefined && !(await waited(slow.delayMs, signal))) return
    const cut = faults.find('cut-mid-answer', statement)
    const sent = cut && bytesBeforeCut(answer.length, cut.fault.afterBytes)
    if (cut !== undefined && sent !== undefined) {
      cut.strike()
      return this.#finish(answer.subarray(0, sent))
    }
    const slowPackets = faults.take('slow-packets', statement)
    for (const packet of slowPackets === undefined ? [answer] : splitDataPackets(answer)) {
      if (slowPackets !== undefined && !(await waited(slowPackets.delayMs, signal))) return
      this.#send(packet)
    }
    if (faults.take('cut-after-answer', statement) !== undefined) this.#end()
  }

  #send(bytes: Buffer): void {
    const allowed = this.#server.faults.bytesUntilCut(bytes.length)
    if (allowed === undefined) this.#write(bytes)
    else this.#finish(bytes.subarray(0, allowed))
  }

  /** Sends what is left to send and ends the connection. */
  #finish(bytes: Buffer): void {
    this.#write(bytes)
    this.#end()
  }

  #write(bytes: Buffer): void {
    if (this.#isEnded()) return
    this.#server.bytesSent += bytes.length
    this.#socket.write(bytes)
  }
}

/** The listener's error for the service or SID that a client asks for; undefined when it is right. */
function refusalOf(connectData: string, service: string): number | undefined {
  const asked = /\(\s*SERVICE_NAME\s*=\s*([^)]*?)\s*\)/i.exec(connectData)?.[1]
  if (asked !== undefined) return asked.toLowerCase() === service.toLowerCase() ? undefined : 12514
  return /\(\s*SID\s*=/i.test(connectData) ? 12505 : 12514
}

/** Undefined when the answer has no byte there. */
function bytesBeforeCut(length: number, afterBytes = Math.max(1, length >> 1)): number | undefined {
  const sent = afterBytes < 0 ? length + afterBytes : afterBytes
  return sent > 0 && sent < length ? sent : undefined
}

/** A TLS socket cannot be reset, only broken off. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}

/** False when the call was interrupted meanwhile. */
async function waited(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(delayMs, undefined, { signal })
    return true
  } catch {
    return false
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
