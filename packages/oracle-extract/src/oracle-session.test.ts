import type { Connection } from 'oracledb'
import { expect, test } from 'vitest'
import { createOracleSession } from './oracle-session.ts'

/** A connection whose answers come when a test wants them. */
function openSession() {
  let isDropped = false
  const connection = { break: async () => {}, close: async () => {} } as Partial<Connection> as Connection
  const sockets = {
    drop() {
      isDropped = true
    },
    end() {},
  }
  return {
    session: createOracleSession(connection, sockets, { graceMs: 1_000 }),
    get isDropped() {
      return isDropped
    },
  }
}

const oracleError = (code: string) => Object.assign(new Error(`${code}: text`), { code })

test.each([
  ['an answer that overtook the break', () => 'answered', true],
  ['another error than that of the break', () => Promise.reject(oracleError('ORA-00942')), true],
  ['the error of the break', () => Promise.reject(oracleError('ORA-01013')), false],
])(
  'a call that is cancelled and ends in %s loses its connection, unless only the break came back',
  async (_, answer, isLost) => {
    const opened = openSession()
    await using session = opened.session
    const cancel = new AbortController()
    const call = { doing: 'Reading', action: 'read', signal: cancel.signal, timeoutMs: 10_000 }
    const result = session.call(call, async () => {
      cancel.abort()
      return await answer()
    })
    await expect(result).rejects.toMatchObject({ code: 'CANCELLED' })
    expect([session.isLost, opened.isDropped]).toEqual([isLost, isLost])
  },
)
