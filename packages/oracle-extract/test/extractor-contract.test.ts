import { describeExtractor, type ExtractorUnderTest } from '@findata/contracts'
import { createOracleDatabase, type OracleServer, startOracle } from '@findata/sandbox'
import { afterAll, beforeAll, expect } from 'vitest'
import { createOracleExtractor, openOraclePool } from '../src/index.ts'
import { insertRows, runStatements } from './support/fill-tables.ts'

let server: OracleServer
beforeAll(async () => {
  server = await startOracle({ database: createOracleDatabase() })
})
afterAll(async () => {
  expect(server.defects()).toEqual([])
  await server[Symbol.asyncDispose]()
})

describeExtractor('the extractor on the stand-in', async () => openSource(server))

const {
  TEST_ORACLE_CONNECT_STRING: connectString,
  TEST_ORACLE_USER: user,
  TEST_ORACLE_PASSWORD: password,
} = process.env

if (connectString && user && password) {
  describeExtractor('the extractor on a real Oracle', async () =>
    openSource({ connectString, user, password }),
  )
}

function openSource(settings: { connectString: string; user: string; password: string }): ExtractorUnderTest {
  const { connectString, user, password } = settings
  const pool = openOraclePool({ connectString, user, password: () => password })
  return {
    extractor: createOracleExtractor(pool),
    run: (...statements) => runStatements(settings, statements),
    insert: (statement, rows) => insertRows(settings, statement, rows),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
    },
  }
}
