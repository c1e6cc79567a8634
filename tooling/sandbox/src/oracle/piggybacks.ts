import type { OracleSession } from './database.ts'
import { freeTemporaryLobs, type LobStore } from './lob-store.ts'
import type { OpenCursors } from './open-cursors.ts'
import type { SessionFacts } from './session-facts.ts'
import { PIGGYBACK } from './ttc-messages.ts'
import { WireFormatError, type WireReader } from './wire-buffer.ts'

/** What the messages in front of a call change. */
export interface PiggybackTarget {
  readonly facts: SessionFacts
  readonly cursors: OpenCursors
  readonly lobs: LobStore
  /** Throws ORA-01012 before the logon and after the logoff. */
  open(): OracleSession
}

/** Takes a message in front of a call apart and answers what it does. */
export function readPiggyback(code: number, request: WireReader, target: PiggybackTarget): () => void {
  const { facts, cursors, lobs } = target
  switch (code) {
    case PIGGYBACK.closeCursors: {
      const ids = readIds(request)
      return () => {
        for (const id of ids) cursors.close(id)
      }
    }
    case PIGGYBACK.cancelCursors: {
      const ids = readIds(request)
      return () => {
        for (const id of ids) cursors.cancel(id)
      }
    }
    case PIGGYBACK.setSchema: {
      request.u8()
      request.ub()
      const schema = request.text()
      return () => {
        const name = /^[A-Za-z][A-Za-z0-9_$#]*$/.test(schema) ? schema : `"${schema}"`
        target.open().parse(`ALTER SESSION SET CURRENT_SCHEMA = ${name}`).execute([])
      }
    }
    case PIGGYBACK.endToEnd:
      return facts.readEndToEnd(request)
    case PIGGYBACK.applicationContext:
      return facts.readApplicationContext(request)
    case PIGGYBACK.lobOperation:
      freeTemporaryLobs(request, lobs)
      return () => undefined
    default:
      throw new WireFormatError(`the sandbox does not imitate piggyback ${code}`)
  }
}

function readIds(request: WireReader): number[] {
  request.u8()
  return Array.from({ length: request.ub() }, () => request.ub())
}
