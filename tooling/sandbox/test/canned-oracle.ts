import oracledb from 'oracledb'
import type { OracleType, OracleValue } from '../src/oracle/values.ts'
import { type OracleServerOptions, startOracle } from '../src/start-oracle.ts'
import { CannedDatabase, type CannedResult, numbered } from './canned-database.ts'

export const NUMBER: OracleType = { name: 'NUMBER' }
export const TEXT: OracleType = { name: 'VARCHAR2', size: 400 }
export const BIG = 'SELECT n, kind, note FROM big'

export function rowOf(index: number): OracleValue[] {
  return [String(index), `kind ${Math.floor(index / 7)}`, index % 5 === 0 ? null : 'the same note']
}

export function bigTable(rowCount: number): Record<string, CannedResult> {
  return { [BIG]: { columns: { N: NUMBER, KIND: TEXT, NOTE: TEXT }, rows: () => numbered(rowCount, rowOf) } }
}

export async function startCanned(
  results: Readonly<Record<string, CannedResult>>,
  options: Partial<OracleServerOptions> = {},
) {
  const database = new CannedDatabase(results)
  const oracle = await startOracle({ database, ...options })
  const { connectString, user, password } = oracle
  return Object.assign(oracle, {
    log: database.log,
    connect: () => oracledb.getConnection({ connectString, user, password }),
  })
}
