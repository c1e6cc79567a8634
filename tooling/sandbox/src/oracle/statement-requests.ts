import { readValueFormats, type ValueFormat } from './bind-values.ts'
import { OracleError } from './values.ts'
import type { WireReader } from './wire-buffer.ts'

const OPTION = {
  parse: 0x01,
  define: 0x10,
  execute: 0x20,
  fetch: 0x40,
  commit: 0x100,
  describeOnly: 0x20000,
  batchErrors: 0x80000,
} as const
const EXECUTE_FLAG = { dmlRowCounts: 0x4000 } as const
const REEXECUTE_FLAG = { commit: 0x1 } as const

/** An execute call up to its bind values. */
export interface ExecuteRequest {
  readonly cursorId: number
  readonly sql: string | undefined
  readonly mustExecute: boolean
  readonly isDescribeOnly: boolean
  readonly mustCommit: boolean
  /** Rows wanted with the answer; 0 for none. */
  readonly rows: number
  readonly executions: number
  readonly binds: readonly ValueFormat[]
  readonly defines: readonly ValueFormat[] | undefined
}

export function readExecute(request: WireReader): ExecuteRequest {
  const options = request.ub()
  const cursorId = request.ub()
  const hasSql = request.u8() !== 0
  request.ub()
  request.u8()
  const countersLength = request.ub()
  request.skip(3)
  const rows = request.ub()
  request.ub()
  request.u8()
  const bindCount = request.ub()
  request.skip(5)
  request.u8()
  const defineCount = request.ub()
  request.ub() // registration
  request.skip(3)
  request.ub()
  request.u8()
  request.ub()
  request.ub() // registration
  request.u8()
  request.ub()
  request.u8()
  request.u8() // SQL signature
  request.ub()
  request.u8()
  request.ub()
  request.u8()
  request.u8() // chunk ids
  request.ub()
  const sql = hasSql ? request.text() : undefined
  const counters = Array.from({ length: countersLength }, () => request.ub())
  if ((options & OPTION.batchErrors) !== 0) {
    throw new OracleError(3115, 'the sandbox does not imitate batch errors')
  }
  if (((counters[9] ?? 0) & EXECUTE_FLAG.dmlRowCounts) !== 0) {
    throw new OracleError(3115, 'the sandbox does not imitate row counts per iteration')
  }
  const isDefine = (options & OPTION.define) !== 0
  return {
    cursorId,
    sql: (options & OPTION.parse) !== 0 ? sql : undefined,
    mustExecute: (options & OPTION.execute) !== 0,
    isDescribeOnly: (options & OPTION.describeOnly) !== 0,
    mustCommit: (options & OPTION.commit) !== 0,
    rows: (options & OPTION.fetch) !== 0 ? rows : 0,
    executions: Math.max(1, counters[1] ?? 1),
    defines: isDefine ? readValueFormats(request, defineCount) : undefined,
    binds: isDefine ? [] : readValueFormats(request, bindCount),
  }
}

/** A call that runs a parsed cursor again, up to its bind values. */
export interface ReexecuteRequest {
  readonly cursorId: number
  /** Rows to prefetch for a query, executions for anything else. */
  readonly iterations: number
  readonly mustCommit: boolean
}

export function readReexecute(request: WireReader): ReexecuteRequest {
  const cursorId = request.ub()
  const iterations = request.ub()
  request.ub()
  const flags = request.ub()
  return { cursorId, iterations, mustCommit: (flags & REEXECUTE_FLAG.commit) !== 0 }
}
