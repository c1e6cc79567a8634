import oracledb from 'oracledb'
import { describe, expect, test } from 'vitest'
import type { OracleDatabaseOptions } from '../src/oracle/sql/oracle-database.ts'
import { startOracle } from '../src/start-oracle.ts'
import { number, openDatabase, type Sql } from './sql-session.ts'

/** FIN owns two tables and views over them; READER may select all of them, and READER's past is what FLASHBACK grants allow. */
function openLedger(options: OracleDatabaseOptions = {}) {
  const { database, as } = openDatabase(options)
  database.run(
    'FIN',
    'CREATE TABLE ACCOUNTS (ID NUMBER PRIMARY KEY, BALANCE NUMBER)',
    'CREATE TABLE OWNERS (ID NUMBER, NAME VARCHAR2(10))',
    'INSERT INTO ACCOUNTS SELECT 1, 100 FROM DUAL UNION ALL SELECT 2, 50 FROM DUAL',
    "INSERT INTO OWNERS SELECT 1, 'ANN' FROM DUAL UNION ALL SELECT 2, 'BOB' FROM DUAL",
    'CREATE VIEW RICH AS SELECT * FROM ACCOUNTS WHERE BALANCE > 60',
    'CREATE VIEW RICHEST AS SELECT MAX(BALANCE) AS BALANCE FROM RICH',
    'GRANT SELECT ON ACCOUNTS TO READER',
    'GRANT SELECT ON OWNERS TO READER',
    'GRANT SELECT ON RICHEST TO READER',
  )
  database.run('SYS', 'GRANT EXECUTE ON DBMS_FLASHBACK TO FIN', 'GRANT CREATE PUBLIC SYNONYM TO FIN')
  const fin = as('FIN')
  return { database, as, fin, reader: as('READER'), scn: () => scnOf(fin) }
}

const scnOf = (sql: Sql) => sql.value('DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER') ?? ''
const past = (query: string) => `SELECT * FROM (${query}) AS OF SCN TO_NUMBER(:scn)`

describe('the system change number', () => {
  const calls = [
    'DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER',
    'dbms_flashback.get_system_change_number()',
    'SYS.DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER',
  ]

  test.each(calls)('%s needs EXECUTE, which can be taken away', (call) => {
    const { database, reader } = openLedger()
    const name = call.replace('()', '').toUpperCase().replaceAll('.', '"."')
    expect(reader.error(`SELECT ${call} FROM DUAL`)).toMatchObject({
      code: 904,
      message: `ORA-00904: "${name}": invalid identifier`,
    })
    database.run('SYS', 'GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO READER')
    expect(reader.value(call)).toMatch(/^\d{7}$/)
    database.run('SYS', 'REVOKE EXECUTE ON DBMS_FLASHBACK FROM READER')
    expect(reader.error(`SELECT ${call} FROM DUAL`).code).toBe(904)
  })

  test('a package takes EXECUTE and nothing else, a table anything but EXECUTE', () => {
    const { fin, as } = openLedger()
    expect(as('SYS').error('GRANT SELECT ON DBMS_FLASHBACK TO READER').code).toBe(2225)
    expect(fin.error('GRANT EXECUTE ON ACCOUNTS TO READER').code).toBe(2224)
    expect(fin.error('GRANT EXECUTE ON DBMS_FLASHBACK TO READER').code).toBe(1031)
    expect(fin.error('SELECT * FROM DBMS_FLASHBACK').code).toBe(4044)
  })

  test('it grows with every commit, and not without one', () => {
    const { database, scn } = openLedger()
    const first = scn()
    expect(scn()).toBe(first)
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = 1')
    expect(Number(scn())).toBeGreaterThan(Number(first))
  })

  test('CURRENT_SCN is read with SELECT, READ or SELECT ANY DICTIONARY, and moves on when read', () => {
    const { database, reader } = openLedger()
    const currentScn = 'SELECT CURRENT_SCN FROM V$DATABASE'
    expect(reader.error(currentScn).code).toBe(942)
    for (const privilege of ['SELECT ON V_$DATABASE', 'READ ON SYS.V_$DATABASE', 'SELECT ANY DICTIONARY']) {
      database.run('SYS', `GRANT ${privilege} TO READER`)
      const first = reader.rows(currentScn).flat()[0]
      expect(reader.rows(currentScn).flat()).toEqual([String(Number(first) + 1)])
      database.run('SYS', `REVOKE ${privilege} FROM READER`)
      expect(reader.error(currentScn).code).toBe(942)
    }
  })

  test('everybody can turn times into SCNs and back, in the zone of SYSDATE', () => {
    let time = Date.parse('2026-03-01T10:00:00Z')
    const { database, reader, scn } = openLedger({ now: () => new Date(time), timeZone: '+02:00' })
    const before = scn()
    time += 60_000
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = 0')
    const after = scn()
    time += 1000
    expect(reader.value('TIMESTAMP_TO_SCN(SYSTIMESTAMP)')).toBe(after)
    expect(reader.value("TIMESTAMP_TO_SCN(TIMESTAMP '2026-03-01 12:00:59')")).toBe(before)
    expect(reader.value("TIMESTAMP_TO_SCN(TIMESTAMP '2026-03-01 10:00:59 +00:00')")).toBe(before)
    expect(reader.value(`SCN_TO_TIMESTAMP(${after})`)).toBe('2026-03-01T12:01:00.000000000')
    expect(reader.error(`SELECT SCN_TO_TIMESTAMP(${after} + 1) FROM DUAL`).code).toBe(8181)
    expect(reader.error('SELECT SCN_TO_TIMESTAMP(1) FROM DUAL').code).toBe(8181)
    expect(reader.error("SELECT TIMESTAMP_TO_SCN(DATE '2020-01-01') FROM DUAL").code).toBe(8180)
    expect(reader.error('SELECT TIMESTAMP_TO_SCN(SYSTIMESTAMP + 1) FROM DUAL').code).toBe(8180)
  })
})

describe('AS OF a subquery', () => {
  test.each([
    ['a join', 'SELECT SUM(a.BALANCE) FROM ACCOUNTS a JOIN OWNERS o ON o.ID = a.ID', '150'],
    ['WITH', 'WITH b AS (SELECT BALANCE FROM ACCOUNTS) SELECT SUM(BALANCE) FROM b', '150'],
    ['UNION', 'SELECT MIN(BALANCE) B FROM ACCOUNTS UNION SELECT MIN(BALANCE) FROM ACCOUNTS', '50'],
    ['a view over a view', 'SELECT BALANCE FROM RICHEST', '100'],
    ['a synonym of a view', 'SELECT BALANCE FROM TOP_ONE', '100'],
    ['EXISTS', "SELECT COUNT(*) FROM DUAL WHERE EXISTS (SELECT 1 FROM OWNERS WHERE NAME = 'ANN')", '1'],
    ['a subquery as a value', 'SELECT (SELECT SUM(BALANCE) FROM ACCOUNTS) FROM DUAL', '150'],
    ['a subquery in FROM', 'SELECT COUNT(*) FROM (SELECT 1 FROM OWNERS) WHERE ROWNUM <= 5', '2'],
  ])('%s is all of the past', (_, query, value) => {
    const { database, fin, scn } = openLedger()
    database.run('FIN', 'CREATE SYNONYM TOP_ONE FOR RICHEST')
    const before = scn()
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = 7', 'DELETE FROM OWNERS')
    expect(fin.rows(past(query), number(before))).toEqual([[value]])
    expect(fin.rows(past(query), before)).toEqual([[value]])
    expect(fin.rows(query)).not.toEqual([[value]])
  })

  test('what stands beside it is of the present', () => {
    const { database, fin, scn } = openLedger()
    const before = scn()
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = BALANCE + 1')
    const rows = fin.rows(
      `SELECT a.BALANCE, p.BALANCE FROM ACCOUNTS a JOIN (SELECT * FROM ACCOUNTS) AS OF SCN ${before} p ON p.ID = a.ID ORDER BY 1`,
    )
    expect(rows).toEqual([
      ['51', '50'],
      ['101', '100'],
    ])
  })

  test('a moment can be a time', () => {
    let time = Date.parse('2026-03-01T10:00:00Z')
    const { database, fin } = openLedger({ now: () => new Date(time) })
    time += 60_000
    database.run('FIN', 'DELETE FROM ACCOUNTS')
    const count = (moment: string) =>
      fin.rows(`SELECT COUNT(*) FROM (SELECT * FROM ACCOUNTS) AS OF TIMESTAMP ${moment}`).flat()
    expect(count("SYSTIMESTAMP - INTERVAL '1' SECOND")).toEqual(['2'])
    expect(count('SYSTIMESTAMP')).toEqual(['0'])
    expect(fin.error('SELECT * FROM ACCOUNTS AS OF TIMESTAMP SYSTIMESTAMP + 1').code).toBe(8186)
  })

  test('every object that the user names needs FLASHBACK, what lies below a view does not', () => {
    const { database, reader, scn } = openLedger()
    const before = scn()
    database.run('FIN', 'DELETE FROM ACCOUNTS')
    const join = 'SELECT o.ID FROM FIN.OWNERS o LEFT JOIN FIN.RICHEST r ON r.BALANCE = 100'
    const parse = () => reader.session.parse(past(join))
    expect(parse).toThrow('ORA-01031')
    database.run('FIN', 'GRANT FLASHBACK ON OWNERS TO READER')
    expect(parse).toThrow('ORA-01031')
    database.run('FIN', 'GRANT FLASHBACK ON RICHEST TO READER')
    expect(reader.rows(past(join), before)).toEqual([['1'], ['2']])
    database.run('FIN', 'REVOKE FLASHBACK ON OWNERS FROM READER')
    expect(parse).toThrow('ORA-01031')
    database.run('SYS', 'GRANT FLASHBACK ANY TABLE TO READER')
    expect(reader.rows(past(join), before)).toEqual([['1'], ['2']])
    expect(() => reader.session.parse(past('SELECT * FROM FIN.RICH'))).toThrow('ORA-00942')
  })

  test('the owner of a view needs nothing but SELECT on what it reads', () => {
    const { database, reader, scn } = openLedger()
    database.run('FIN', 'GRANT SELECT ON ACCOUNTS TO DW')
    database.run(
      'DW',
      'CREATE VIEW COUNTED AS SELECT COUNT(*) AS N FROM FIN.ACCOUNTS',
      'GRANT SELECT ON COUNTED TO READER',
      'GRANT FLASHBACK ON COUNTED TO READER',
    )
    const before = scn()
    database.run('FIN', 'DELETE FROM ACCOUNTS')
    expect(reader.rows('SELECT N FROM DW.COUNTED AS OF SCN :scn', before)).toEqual([['2']])
    expect(reader.rows(past('SELECT N FROM DW.COUNTED'), before)).toEqual([['2']])
  })

  test.each([
    ['WHERE', 'SELECT 1 FROM DUAL WHERE EXISTS (SELECT 1 FROM FIN.ACCOUNTS)'],
    ['a value', 'SELECT (SELECT COUNT(*) FROM FIN.ACCOUNTS) FROM DUAL'],
    ['WITH', 'WITH a AS (SELECT * FROM FIN.ACCOUNTS) SELECT COUNT(*) FROM a'],
    ['UNION', 'SELECT 1 FROM DUAL UNION ALL SELECT ID FROM FIN.ACCOUNTS'],
  ])('an object named in %s needs FLASHBACK too', (_, query) => {
    const { database, reader } = openLedger()
    expect(() => reader.session.parse(past(query))).toThrow('ORA-01031')
    database.run('FIN', 'GRANT FLASHBACK ON ACCOUNTS TO READER')
    expect(() => reader.session.parse(past(query))).not.toThrow()
  })

  test('the dictionary and DUAL are read as they are now', () => {
    const { database, reader, scn } = openLedger()
    const before = scn()
    database.run('FIN', 'CREATE TABLE YOUNG (A NUMBER)', 'GRANT SELECT ON YOUNG TO READER')
    const query = "SELECT DUMMY, TABLE_NAME FROM DUAL, ALL_TABLES WHERE TABLE_NAME = 'YOUNG'"
    expect(reader.rows(past(query), before)).toEqual([['X', 'YOUNG']])
    expect(reader.error(past(query), String(Number(scn()) + 1)).code).toBe(8181)
  })

  test.each(['4000001.5', '-1', 'NULL', ':scn + 1', '99999999999'])('SCN %s is ORA-08181', (moment) => {
    const { fin, scn } = openLedger()
    const binds = moment.includes(':') ? [scn()] : []
    expect(fin.error(`SELECT * FROM (SELECT * FROM ACCOUNTS) AS OF SCN ${moment}`, ...binds).code).toBe(8181)
  })

  test('a table that WITH names outside is refused rather than read at another moment', () => {
    const { fin, scn } = openLedger()
    const query = `WITH a AS (SELECT * FROM ACCOUNTS) SELECT * FROM (SELECT * FROM a) AS OF SCN ${scn()}`
    expect(fin.error(query).code).toBe(3001)
    expect(fin.error(`WITH a AS (SELECT * FROM ACCOUNTS) SELECT * FROM a AS OF SCN ${scn()}`).code).toBe(3001)
  })

  test.each(['ALTER TABLE ACCOUNTS ADD NOTE VARCHAR2(10)', 'TRUNCATE TABLE ACCOUNTS'])(
    'the time before %s is ORA-01466',
    (ddl) => {
      const { database, fin, scn } = openLedger()
      const before = scn()
      database.run('FIN', ddl)
      expect(fin.error(past('SELECT * FROM ACCOUNTS'), before).code).toBe(1466)
      expect(fin.error(past('SELECT * FROM RICHEST'), before).code).toBe(1466)
    },
  )

  test('uncommitted changes of the own transaction are not of the past', () => {
    const { fin, scn } = openLedger()
    fin.run('DELETE FROM ACCOUNTS')
    expect(fin.rows(past('SELECT COUNT(*) FROM ACCOUNTS'), scn())).toEqual([['2']])
    expect(fin.rows('SELECT COUNT(*) FROM ACCOUNTS')).toEqual([['0']])
  })
})

describe('the end of the undo', () => {
  function openLongTable(options: OracleDatabaseOptions = {}) {
    const ledger = openLedger(options)
    ledger.database.addTable('FIN', {
      name: 'LINES',
      columns: [{ name: 'ID', type: { name: 'NUMBER' } }],
      rows: Array.from({ length: 2000 }, (_, index) => [String(index)]),
    })
    return ledger
  }
  const firstRows = (rows: Iterable<unknown>, count: number) => {
    const iterator = rows[Symbol.iterator]()
    for (let index = 0; index < count; index++) iterator.next()
    return iterator
  }

  test('what was overwritten is gone at once, what was not is still there', () => {
    const { database, fin, scn } = openLedger()
    const before = scn()
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = 0')
    expect(fin.rows(past('SELECT COUNT(*) FROM ACCOUNTS'), before)).toEqual([['2']])
    database.expireUndo()
    expect(fin.error(past('SELECT COUNT(*) FROM ACCOUNTS'), before).code).toBe(1555)
    expect(fin.error(past('SELECT COUNT(*) FROM RICHEST'), before).code).toBe(1555)
    expect(fin.rows(past('SELECT COUNT(*) FROM OWNERS'), before)).toEqual([['2']])
    const after = scn()
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = 1')
    expect(fin.rows(past('SELECT SUM(BALANCE) FROM ACCOUNTS'), after)).toEqual([['0']])
    expect(fin.error(past('SELECT COUNT(*) FROM ACCOUNTS'), before).code).toBe(1555)
  })

  test.each([
    ['AS OF SCN', (scn: string) => `AS OF SCN ${scn}`, []],
    ['in a read-only transaction', () => '', ['SET TRANSACTION READ ONLY']],
    ['of a statement of its own', () => '', []],
  ])('it ends a long read %s with ORA-01555', (_, asOf, preparation) => {
    const { database, fin, scn } = openLongTable()
    const before = scn()
    fin.run(...preparation)
    const { rows } = fin.session.parse(`SELECT ID FROM LINES ${asOf(before)}`).execute([])
    const reading = firstRows(rows, 1)
    database.run('FIN', 'UPDATE LINES SET ID = 0')
    reading.next()
    database.expireUndo()
    expect(() => reading.next()).toThrow('ORA-01555: snapshot too old')
  })

  test('time ends it as well, and a table that nobody changed is read to its end', () => {
    let time = Date.parse('2026-03-01T10:00:00Z')
    const { database, fin } = openLongTable({ now: () => new Date(time), undoRetentionMs: 1000 })
    const lines = firstRows(fin.session.parse('SELECT ID FROM LINES').execute([]).rows, 5)
    const owners = firstRows(fin.session.parse('SELECT ID FROM OWNERS').execute([]).rows, 1)
    database.run('FIN', 'DELETE FROM LINES')
    time += 1000
    expect(lines.next().done).toBe(false)
    time += 1
    expect(() => lines.next()).toThrow('ORA-01555')
    expect(owners.next().value).toEqual(['2'])
  })
})

describe('open transactions', () => {
  const time = Date.parse('2026-03-01T22:30:00Z')
  const open = () => openLedger({ now: () => new Date(time), timeZone: '+02:00' })

  test('they show from their first change to their end', () => {
    const { database, fin, reader, scn } = open()
    database.run('SYS', 'GRANT SELECT ON GV_$TRANSACTION TO READER', 'GRANT READ ON V_$TRANSACTION TO READER')
    const shown = () =>
      reader.rows('SELECT INST_ID, STATUS, START_TIME, START_DATE, START_SCN FROM GV$TRANSACTION')
    expect(shown()).toEqual([])
    fin.run('SET TRANSACTION READ ONLY')
    expect(shown()).toEqual([])
    fin.run('COMMIT', 'UPDATE ACCOUNTS SET BALANCE = 1 WHERE ID = 99')
    expect(shown()).toEqual([])
    fin.run('UPDATE ACCOUNTS SET BALANCE = 1')
    expect(shown()).toEqual([['1', 'ACTIVE', '03/02/26 00:30:00', '2026-03-02T00:30:00', scn()]])
    expect(reader.rows('SELECT COUNT(ADDR), MIN(STATUS) FROM V$TRANSACTION')).toEqual([['1', 'ACTIVE']])
    fin.run('ROLLBACK')
    expect(shown()).toEqual([])
  })

  test('a long UPDATE stamps its rows before its transaction begins', () => {
    let now = time
    const { database, fin, as } = openLedger({ now: () => new Date(now) })
    database.run('SYS', 'GRANT SELECT ANY DICTIONARY TO DBA_USER')
    const shown = () => as('DBA_USER').rows('SELECT START_DATE FROM V$TRANSACTION')
    const duringUpdate: unknown[] = []
    database.addFunction('FIN', {
      name: 'SLOWLY',
      returns: { name: 'NUMBER' },
      evaluate() {
        now += 30_000
        duringUpdate.push(shown())
        return '1'
      },
    })
    fin.run(
      'ALTER TABLE ACCOUNTS ADD CHANGED DATE',
      'UPDATE ACCOUNTS SET CHANGED = SYSDATE WHERE SLOWLY() = 1',
    )
    expect(duringUpdate).toEqual([[], []])
    expect(shown()).toEqual([['2026-03-01T22:31:00']])
    expect(fin.rows('SELECT DISTINCT CHANGED FROM ACCOUNTS')).toEqual([['2026-03-01T22:30:00']])
  })

  test('they do not show on a standby', () => {
    const { database, fin, as } = openLedger({ role: 'PHYSICAL STANDBY', isCluster: true })
    database.run('SYS', 'GRANT SELECT ANY DICTIONARY TO DBA_USER')
    const dba = as('DBA_USER')
    fin.run('DELETE FROM OWNERS')
    expect(dba.rows('SELECT COUNT(*) FROM GV$TRANSACTION')).toEqual([['0']])
    const role =
      "SELECT DATABASE_ROLE, SYS_CONTEXT('USERENV', 'DATABASE_ROLE'), PARALLEL FROM V$DATABASE, V$INSTANCE"
    expect(dba.rows(role)).toEqual([['PHYSICAL STANDBY', 'PHYSICAL STANDBY', 'YES']])
  })

  test('they can be joined with their sessions', () => {
    const { database, fin, as } = open()
    database.run('SYS', 'GRANT SELECT ANY DICTIONARY TO DBA_USER')
    fin.run('DELETE FROM OWNERS')
    const query =
      'SELECT s.USERNAME FROM V$TRANSACTION t JOIN V$SESSION s ON s.SADDR = t.SES_ADDR AND s.TADDR = t.ADDR'
    expect(as('DBA_USER').rows(query)).toEqual([['FIN']])
  })

  test.each(['V$TRANSACTION', 'GV$TRANSACTION'])('%s is private', (view) => {
    const { database, reader } = open()
    expect(reader.error(`SELECT * FROM ${view}`).code).toBe(942)
    database.run('SYS', `GRANT SELECT ON ${view.replace('$', '_$')} TO READER`)
    expect(reader.rows(`SELECT * FROM ${view}`)).toEqual([])
    database.run('SYS', `REVOKE SELECT ON ${view.replace('$', '_$')} FROM READER`)
    expect(reader.error(`SELECT * FROM ${view}`).code).toBe(942)
  })
})

test('the real driver reads the past with the SCN as a bind, and learns in mid-fetch that it is gone', async () => {
  const { database } = openLedger()
  database.run('SYS', 'GRANT EXECUTE ON DBMS_FLASHBACK TO FIN')
  database.addTable('FIN', {
    name: 'LINES',
    columns: [{ name: 'ID', type: { name: 'NUMBER' } }],
    rows: Array.from({ length: 5000 }, (_, index) => [String(index)]),
  })
  await using oracle = await startOracle({ database, users: { FIN: 'sandbox-only' } })
  const { connectString, user, password } = oracle
  await using connection = await oracledb.getConnection({ connectString, user, password })
  const { rows: moment } = await connection.execute<[number]>(
    'SELECT DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER FROM DUAL',
  )
  const scn = String(moment?.[0]?.[0])
  database.run('FIN', 'UPDATE LINES SET ID = 0')
  const query = 'SELECT ID FROM (SELECT ID FROM LINES) AS OF SCN TO_NUMBER(:scn)'
  const total = query.replace('SELECT ID', 'SELECT SUM(ID)')
  expect((await connection.execute(total, { scn })).rows).toEqual([[12497500]])
  expect((await connection.execute(total, { scn: Number(scn) })).rows).toEqual([[12497500]])

  const options = { resultSet: true, fetchArraySize: 10, prefetchRows: 10 }
  const { resultSet } = await connection.execute(query, { scn }, options)
  expect(await resultSet?.getRow()).toEqual([0])
  database.expireUndo()
  await expect(resultSet?.getRows(5000)).rejects.toMatchObject({ errorNum: 1555 })
  await resultSet?.close()
  expect(oracle.defects()).toEqual([])
})
