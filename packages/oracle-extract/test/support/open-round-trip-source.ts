import type { ExtractorUnderTest } from '@findata/contracts'
import { createOracleDatabase, startOracle } from '@findata/sandbox'
import { expect } from 'vitest'
import { createOracleExtractor, openOraclePool } from '../../src/index.ts'
import { insertRows, type Login } from './fill-tables.ts'

/** Nothing of what we read may depend on it. */
export const ODD_SESSION = [
  `ALTER SESSION SET NLS_NUMERIC_CHARACTERS = ',.' NLS_DATE_FORMAT = 'DD-MM-RR' NLS_TIMESTAMP_FORMAT = 'DD/MM/RR HH24'`,
  `ALTER SESSION SET NLS_TIMESTAMP_TZ_FORMAT = 'RR' NLS_CALENDAR = 'THAI BUDDHA' TIME_ZONE = '+05:45'`,
]

export interface RoundTripOracle extends ExtractorUnderTest {
  readonly login: Login
}

interface RoundTripOracleOptions {
  readonly rowCompression?: boolean
  /** Of the connect string. */
  readonly parameter?: string
  readonly afterLogon?: readonly string[]
  readonly timeZone?: string
}

/** An Oracle without a table. */
export async function openRoundTripOracle({
  rowCompression = true,
  parameter = '',
  afterLogon = [],
  timeZone = '+00:00',
}: RoundTripOracleOptions = {}): Promise<RoundTripOracle> {
  const database = createOracleDatabase({ afterLogon, timeZone })
  const server = await startOracle({ database, rowCompression })
  const { user, password } = server
  const login = { user, password, connectString: `${server.connectString}${parameter}` }
  const pool = openOraclePool({ ...login, password: () => password })
  return {
    login,
    extractor: createOracleExtractor(pool),
    // Not through a session that the trigger changed: the statements of the contract name no calendar.
    run: async (...statements) => database.run(user, ...statements),
    insert: (statement, rows) => insertRows(login, statement, rows),
    async [Symbol.asyncDispose]() {
      await pool[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      expect(server.defects()).toEqual([])
    },
  }
}
