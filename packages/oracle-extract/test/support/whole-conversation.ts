import type { PipelineError, RecordType, Value } from '@findata/core'
import { createOracleExtractor, type OraclePool } from '../../src/index.ts'
import { openTestOracle, type TestOracle, USER } from './open-oracle.ts'
import { testRecordType } from './record-type.ts'

type Options = NonNullable<Parameters<typeof openTestOracle>[1]> & {
  /** What a DBA would grant for an SCN; without, a read-only transaction is the moment. */
  readonly hasGrants?: boolean
}
type Rows = readonly (readonly Value[])[]

const DOCUMENTS = 7
/** Longer than a packet. */
const LONG_TEXT = 'Grüße 🌍 '.repeat(1_500)

/** All that one snapshot can be asked for, sorted by id. */
export interface Conversation {
  readonly label: string
  readonly columns: readonly string[]
  readonly counted: number
  readonly sum: string | undefined
  readonly rows: Rows
  readonly keys: Rows
}

/** An Oracle with documents that have a text of their own, and what one snapshot tells of them. */
export interface ConversationOracle extends TestOracle {
  readonly expectedConversation: Conversation
  /** Everything, from the connection to its end; what goes wrong is the answer. */
  converse(pool: OraclePool, statementTimeoutMs: number): Promise<Conversation | Error>
}

export async function openConversationOracle({
  hasGrants = true,
  ...options
}: Options = {}): Promise<ConversationOracle> {
  const oracle = await openTestOracle(0, options)
  oracle.server.database.run(
    'LEDGER',
    'CREATE TABLE DOCUMENTS (ID NUMBER(10) NOT NULL, AMOUNT NUMBER(18,2), BODY CLOB)',
    ...Array.from(
      { length: DOCUMENTS },
      (_, index) => `INSERT INTO DOCUMENTS VALUES (${index + 1}, ${index}.25, ${bodyOf(index).sql})`,
    ),
    `GRANT SELECT ON DOCUMENTS TO ${USER}`,
  )
  if (hasGrants) {
    oracle.server.database.run(
      'SYS',
      `GRANT EXECUTE ON DBMS_FLASHBACK TO ${USER}`,
      `GRANT SELECT ON GV_$TRANSACTION TO ${USER}`,
      `GRANT FLASHBACK ON LEDGER.DOCUMENTS TO ${USER}`,
    )
  }
  const documents = testRecordType({
    name: 'documents',
    query: 'SELECT ID, AMOUNT, BODY FROM LEDGER.DOCUMENTS',
    columns: ['ID', 'AMOUNT', 'BODY'],
    money: [{ column: 'AMOUNT', scale: 2 }],
    maxLobLength: 100_000,
    maxExecutions: 9,
  })
  const rows = Array.from({ length: DOCUMENTS }, (_, index) => [
    String(index + 1),
    `${index}.25`,
    bodyOf(index).text,
  ])
  return {
    ...oracle,
    expectedConversation: {
      label: hasGrants ? 'scn' : 'read-only transaction',
      columns: ['ID', 'AMOUNT', 'BODY'],
      counted: DOCUMENTS,
      sum: '22.75',
      rows,
      keys: rows.map(([id = null]) => [id]),
    },
    async converse(pool, statementTimeoutMs) {
      try {
        return await converse(pool, { ...documents, statementTimeoutMs })
      } catch (cause) {
        return cause as PipelineError
      }
    },
  }
}

async function converse(pool: OraclePool, documents: RecordType): Promise<Conversation> {
  const { signal } = new AbortController()
  const recordTypes = [documents]
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes })
  const columns = await snapshot.describe(documents, { signal })
  const { totals } = await snapshot.totals(documents, { signal })
  const rows = await Array.fromAsync(snapshot.extract(documents, { batchSize: 3, signal }))
  const keys = await Array.fromAsync(snapshot.keys(documents, { batchSize: 5, signal }))
  return {
    label: snapshot.consistency.label,
    columns: columns.map(({ name }) => name),
    counted: totals.rows,
    sum: totals.money.AMOUNT?.sum,
    rows: sorted(rows.flat()),
    keys: sorted(keys.flat()),
  }
}

function bodyOf(index: number): { readonly text: string | null; readonly sql: string } {
  if (index === 1) return { text: null, sql: 'NULL' }
  if (index !== 4) return { text: `body ${index}`, sql: `'body ${index}'` }
  return {
    text: LONG_TEXT,
    sql: LONG_TEXT.match(/.{1,2000}/gu)
      ?.map((part) => `TO_CLOB('${part}')`)
      .join(' || ') as string,
  }
}

function sorted(rows: Rows): Rows {
  return rows.toSorted(([a = null], [b = null]) => Number(a) - Number(b))
}
