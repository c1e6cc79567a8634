import { type Extractor, PipelineError } from '@findata/core'
import { fixMoment } from './fix-moment.ts'
import { inspectSource } from './inspect-source.ts'
import type { OraclePool } from './oracle-pool.ts'
import type { OracleSession } from './oracle-session.ts'
import { createOracleSnapshot } from './oracle-snapshot.ts'

/** Reads record types out of Oracle; one connection for each snapshot. The pool stays the caller's. */
export function createOracleExtractor(pool: OraclePool): Extractor {
  const executions = new Map<string, number>()
  const scnsTooOld = new Set<string>()
  return {
    async openSnapshot(options) {
      const session = await pool.openSession({ signal: options.signal })
      try {
        const moment = await fixMoment(session, {
          ...options,
          timeoutMs: pool.connectTimeoutMs,
          isTooOld: scnsTooOld.has(options.resumed?.scn ?? ''),
        })
        const { scn } = moment
        const watched = scn === undefined ? session : onTooOld(session, () => scnsTooOld.add(scn))
        return createOracleSnapshot(watched, moment, executions)
      } catch (cause) {
        await session[Symbol.asyncDispose]()
        throw cause
      }
    },
    async inspect(recordType, options) {
      await using session = await pool.openSession({ signal: options.signal })
      return await inspectSource(session, recordType, options, {
        timeoutMs: pool.connectTimeoutMs,
        countExecution: () => executions.set(recordType.name, (executions.get(recordType.name) ?? 0) + 1),
      })
    },
  }
}

/** Only the read itself finds out that its undo is gone, and the next attempt would find the same again. */
function onTooOld(session: OracleSession, remember: () => void): OracleSession {
  return {
    async call(call, work) {
      try {
        return await session.call(call, work)
      } catch (cause) {
        if (cause instanceof PipelineError && cause.code === 'ORACLE_SNAPSHOT_TOO_OLD') remember()
        throw cause
      }
    },
    get isLost() {
      return session.isLost
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  }
}
