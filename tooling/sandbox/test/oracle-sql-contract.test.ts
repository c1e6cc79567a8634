import { describeOracleSql, type SqlUnderTest } from '@findata/contracts'
import oracledb from 'oracledb'
import type { BindValue } from '../src/oracle/database.ts'
import { createOracleDatabase } from '../src/oracle/sql/oracle-database.ts'
import { startOracle } from '../src/start-oracle.ts'

describeOracleSql('the SQL engine', async (): Promise<SqlUnderTest> => {
  const session = createOracleDatabase().openSession('CONTRACT')
  return {
    async execute(sql, binds) {
      const values = binds.map(toBind)
      const statement = session.parse(
        sql,
        values.map(({ type }) => type),
      )
      const rows = [...statement.execute(values).rows]
      session.commit()
      return rows
    },
    async [Symbol.asyncDispose]() {
      session.close()
    },
  }
})

describeOracleSql('the SQL engine behind the real driver', async (): Promise<SqlUnderTest> => {
  const server = await startOracle({ database: createOracleDatabase() })
  const { connectString, user, password } = server
  const connection = await oracledb.getConnection({ connectString, user, password })
  return {
    async execute(sql, binds) {
      const { rows } = await connection.execute<(string | null)[]>(sql, [...binds], {
        autoCommit: true,
        fetchTypeHandler: ({ dbType }) =>
          dbType === oracledb.DB_TYPE_NUMBER ? { type: oracledb.STRING } : undefined,
      })
      return rows ?? []
    },
    async [Symbol.asyncDispose]() {
      await connection.close()
      await server[Symbol.asyncDispose]()
    },
  }
})

function toBind(value: string | number | null): BindValue {
  if (typeof value === 'number') return { type: { name: 'NUMBER' }, value: String(value) }
  return { type: { name: 'VARCHAR2', size: Math.max(1, Buffer.byteLength(value ?? '')) }, value }
}
