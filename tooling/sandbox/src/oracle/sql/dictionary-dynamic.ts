import type { OracleType } from '../values.ts'
import { formatDate } from './calendar.ts'
import { wallClock } from './clock-time.ts'
import type { Row } from './compiled.ts'
import { type DictionaryBuilder, date, name, number, text } from './dictionary-builder.ts'
import { BANNER, dateText, sessionRow, VERSION } from './dictionary-rows.ts'
import type { Transaction } from './row-store.ts'

const address: OracleType = { name: 'RAW', size: 8 }
const SESSION_HEAP = 0x7000_0000
const TRANSACTION_HEAP = 0x6000_0000
const TRANSACTION_COLUMNS: Readonly<Record<string, OracleType>> = {
  ADDR: address,
  XIDUSN: number,
  XIDSLOT: number,
  XIDSQN: number,
  STATUS: text(16),
  START_TIME: text(20),
  START_SCNB: number,
  START_SCNW: number,
  START_SCN: number,
  START_DATE: date,
  SES_ADDR: address,
}

const addressOf = (heap: number, id: number): string => (heap + id * 0x100).toString(16).padStart(16, '0')

/** A transaction shows from its first change on; one that is read-only never does. */
const hasChanged = ({ changes }: Transaction): boolean => changes.size > 0

function transactionRow(
  { id, startedAt, startScn, sessionId }: Transaction,
  { databaseTimeZone }: DictionaryBuilder,
): Row {
  const started = formatDate(wallClock(startedAt, databaseTimeZone))
  const [year = '', month = '', day = ''] = started.slice(0, 10).split('-')
  return [
    addressOf(TRANSACTION_HEAP, id),
    String(1 + (id % 10)),
    String(id % 32),
    String(id),
    'ACTIVE',
    `${month}/${day}/${year.slice(-2)} ${started.slice(11)}`,
    String(startScn),
    '0',
    String(startScn),
    started,
    addressOf(SESSION_HEAP, sessionId),
  ]
}

/** The V$ views, which nobody but SYS reads without a grant, and the package that tells the SCN. */
export function addDynamicViews(builder: DictionaryBuilder): void {
  const { catalog, store, define, databaseRole, ...source } = builder
  const openMode = databaseRole === 'PRIMARY' ? 'READ WRITE' : 'READ ONLY WITH APPLY'
  define(
    'V_$VERSION',
    { BANNER: text(80), BANNER_FULL: text(160), BANNER_LEGACY: text(80), CON_ID: number },
    () => [[BANNER, `${BANNER}\nVersion ${VERSION}`, BANNER, '0']],
  )
  // Reading CURRENT_SCN moves it on, as in Oracle.
  define(
    'V_$DATABASE',
    { NAME: text(9), CREATED: date, CURRENT_SCN: number, OPEN_MODE: text(20), DATABASE_ROLE: text(16) },
    () => [[source.databaseName, dateText(source.createdAt), String(store.tick()), openMode, databaseRole]],
    false,
  )
  define(
    'V_$INSTANCE',
    { INSTANCE_NAME: text(16), HOST_NAME: text(64), VERSION: text(17), STATUS: text(12), PARALLEL: text(3) },
    () => [[source.databaseName, 'sandbox', VERSION, 'OPEN', source.isCluster ? 'YES' : 'NO']],
    false,
  )
  define(
    'V_$SESSION',
    {
      SID: number,
      'SERIAL#': number,
      USERNAME: name,
      STATUS: text(8),
      TYPE: text(10),
      OSUSER: name,
      MACHINE: text(64),
      TERMINAL: text(30),
      PROGRAM: text(48),
      MODULE: text(64),
      ACTION: text(64),
      CLIENT_INFO: text(64),
      CLIENT_IDENTIFIER: text(64),
      LOGON_TIME: date,
      SERVICE_NAME: text(64),
      SCHEMANAME: name,
      SADDR: address,
      TADDR: address,
    },
    (viewer) => {
      const transactionOf = new Map(
        [...store.transactions].filter(hasChanged).map(({ id, sessionId }) => [sessionId, id]),
      )
      return [...source.sessions()].map((session) => {
        const transaction = transactionOf.get(session.id)
        const taddr = transaction === undefined ? null : addressOf(TRANSACTION_HEAP, transaction)
        return [...sessionRow(session, session === viewer), addressOf(SESSION_HEAP, session.id), taddr]
      })
    },
    false,
  )

  // What the primary has open shows on the primary alone.
  const transactionRows = () =>
    databaseRole === 'PRIMARY'
      ? [...store.transactions].filter(hasChanged).map((transaction) => transactionRow(transaction, builder))
      : []
  define('V_$TRANSACTION', TRANSACTION_COLUMNS, transactionRows, false)
  define(
    'GV_$TRANSACTION',
    { INST_ID: number, ...TRANSACTION_COLUMNS },
    () => transactionRows().map((row) => ['1', ...row]),
    false,
  )

  catalog.add({ ...catalog.newObject('SYS', 'DBMS_FLASHBACK', source.createdAt), kind: 'package' })
  catalog.add({
    ...catalog.newObject('PUBLIC', 'DBMS_FLASHBACK', source.createdAt),
    kind: 'synonym',
    target: { schema: 'SYS', name: 'DBMS_FLASHBACK' },
  })
}
