import oracledb from 'oracledb'
import { expect } from 'vitest'
import { createOracleDatabase, type OracleDatabaseOptions } from '../src/oracle/sql/oracle-database.ts'
import { startOracle } from '../src/start-oracle.ts'

/** A database behind the real driver, which gets exact values: numbers and LOBs as text, BLOBs as bytes. */
export async function openTyped(options: OracleDatabaseOptions = {}) {
  const database = createOracleDatabase(options)
  const oracle = await startOracle({ database })
  const connection = await oracledb.getConnection(oracle)
  return {
    connection,
    run: (...statements: string[]) => database.run('FINDATA', ...statements),
    async rows(sql: string, binds: oracledb.BindParameters = []) {
      const { rows = [] } = await connection.execute<unknown[]>(sql, binds, {
        outFormat: oracledb.OUT_FORMAT_ARRAY,
        fetchTypeHandler: ({ dbType }) =>
          dbType === oracledb.DB_TYPE_NUMBER ||
          dbType === oracledb.DB_TYPE_CLOB ||
          dbType === oracledb.DB_TYPE_NCLOB
            ? { type: oracledb.STRING }
            : dbType === oracledb.DB_TYPE_BLOB
              ? { type: oracledb.BUFFER }
              : undefined,
      })
      return rows
    },
    async describe(sql: string) {
      const { metaData = [] } = await connection.getStatementInfo(sql)
      return metaData.map(({ name, dbTypeName, precision, scale, byteSize, dbType }) => {
        const size = byteSize ?? 0
        const isText = /CHAR|RAW/.test(dbTypeName ?? '')
        return `${name} ${dbType === oracledb.DB_TYPE_ROWID ? 'ROWID' : dbTypeName}${isText ? ` ${size}` : ''}${precision === undefined ? '' : ` ${precision}`}${scale === undefined ? '' : ` ${scale}`}`
      })
    },
    async [Symbol.asyncDispose]() {
      expect(oracle.defects()).toEqual([])
      await connection.close()
      await oracle[Symbol.asyncDispose]()
    },
  }
}
