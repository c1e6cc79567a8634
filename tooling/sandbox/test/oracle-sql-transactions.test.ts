import { describe, expect, test } from 'vitest'
import { openDatabase, type Sql } from './sql-session.ts'

function openAccounts(options = {}) {
  const { database, as } = openDatabase(options)
  database.run(
    'FIN',
    'CREATE TABLE ACCOUNTS (ID NUMBER PRIMARY KEY, BALANCE NUMBER(10,2))',
    'INSERT INTO ACCOUNTS VALUES (1, 100)',
    'INSERT INTO ACCOUNTS VALUES (2, 50)',
  )
  database.run('SYS', 'GRANT SELECT ON V_$DATABASE TO FIN')
  return { database, as, one: as('FIN'), two: as('FIN') }
}

const balances = (sql: Sql, asOf = '') => sql.rows(`SELECT BALANCE FROM ACCOUNTS ${asOf} ORDER BY ID`).flat()
const currentScn = (sql: Sql) => sql.rows('SELECT CURRENT_SCN FROM V$DATABASE').flat()[0] ?? ''

describe('transactions', () => {
  test('changes are visible to others from the commit on, and gone after a rollback', () => {
    const { one, two } = openAccounts()
    expect(one.run('UPDATE ACCOUNTS SET BALANCE = BALANCE - 30 WHERE ID = 1')).toBe(1)
    expect(one.session.isInTransaction).toBe(true)
    expect(balances(one)).toEqual(['70', '50'])
    expect(balances(two)).toEqual(['100', '50'])
    one.session.commit()
    expect(one.session.isInTransaction).toBe(false)
    expect(balances(two)).toEqual(['70', '50'])
    two.run('DELETE FROM ACCOUNTS', 'INSERT INTO ACCOUNTS VALUES (3, 1)', 'UPDATE ACCOUNTS SET BALANCE = 2')
    expect(balances(two)).toEqual(['2'])
    two.run('ROLLBACK')
    expect(balances(two)).toEqual(['70', '50'])
  })

  test('a statement that fails changes nothing, and what went before it in the transaction stays', () => {
    const { one } = openAccounts()
    one.run('UPDATE ACCOUNTS SET BALANCE = 1 WHERE ID = 1')
    expect(one.error('UPDATE ACCOUNTS SET BALANCE = 1 / (ID - 2)').code).toBe(1476)
    expect(one.error('INSERT INTO ACCOUNTS SELECT ID + 1, 0 FROM ACCOUNTS').message).toContain(
      'ORA-00001: unique constraint (FIN.ACCOUNTS_UK1) violated',
    )
    expect(balances(one)).toEqual(['1', '50'])
    expect(one.session.isInTransaction).toBe(true)
  })

  test('a failed first statement leaves no transaction behind', () => {
    const { one } = openAccounts()
    expect(one.error('UPDATE ACCOUNTS SET BALANCE = 123456789012').code).toBe(1438)
    expect(one.session.isInTransaction).toBe(false)
  })

  test('a row that another transaction holds is busy, other rows are not', () => {
    const { one, two } = openAccounts()
    one.run('UPDATE ACCOUNTS SET BALANCE = 0 WHERE ID = 1')
    expect(two.error('DELETE FROM ACCOUNTS WHERE ID = 1').code).toBe(54)
    two.run('UPDATE ACCOUNTS SET BALANCE = 7 WHERE ID = 2')
    two.session.commit()
    expect(balances(one)).toEqual(['0', '7'])
    one.session.commit()
    expect(balances(two)).toEqual(['0', '7'])
  })

  test('DDL commits, and waits for nobody', () => {
    const { one, two } = openAccounts()
    one.run('UPDATE ACCOUNTS SET BALANCE = 0 WHERE ID = 1')
    expect(two.error('DROP TABLE ACCOUNTS').code).toBe(54)
    one.run('CREATE TABLE OTHER (A NUMBER)')
    expect(one.session.isInTransaction).toBe(false)
    expect(balances(two)).toEqual(['0', '50'])
  })

  test('closing a session rolls back', () => {
    const { one, two } = openAccounts()
    one.run('DELETE FROM ACCOUNTS')
    one.session.close()
    expect(balances(two)).toEqual(['100', '50'])
  })

  test('an open result keeps the rows of its start', () => {
    const { one, two } = openAccounts()
    const rows = one.session.parse('SELECT ID FROM ACCOUNTS').execute([]).rows
    two.run('DELETE FROM ACCOUNTS', 'COMMIT')
    expect([...rows]).toEqual([['1'], ['2']])
  })
})

describe('read-only transactions', () => {
  test('every statement sees the moment of SET TRANSACTION', () => {
    const { database, one } = openAccounts()
    one.run('SET TRANSACTION READ ONLY')
    expect(one.session.isInTransaction).toBe(true)
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = 0')
    expect(balances(one)).toEqual(['100', '50'])
    one.run('COMMIT')
    expect(balances(one)).toEqual(['0', '0'])
  })

  test('they refuse changes, and must be first', () => {
    const { one } = openAccounts()
    one.run('SET TRANSACTION READ ONLY')
    expect(one.error('DELETE FROM ACCOUNTS').code).toBe(1456)
    expect(one.error('SET TRANSACTION READ ONLY').code).toBe(1453)
    one.run('ROLLBACK', 'DELETE FROM ACCOUNTS')
    expect(one.error('SET TRANSACTION READ ONLY').code).toBe(1453)
  })

  test('a writer that moves money between rows never changes the sum that a long reader sees', () => {
    const { database, one } = openAccounts()
    one.run('SET TRANSACTION READ ONLY')
    for (let step = 1; step <= 50; step++) {
      database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = BALANCE + DECODE(ID, 1, 1, -1)')
      expect(one.rows('SELECT SUM(BALANCE), MIN(BALANCE) FROM ACCOUNTS')).toEqual([['150', '50']])
    }
    one.run('COMMIT')
    expect(balances(one)).toEqual(['150', '0'])
  })
})

describe('row versions', () => {
  test('AS OF SCN reads the past of tables and of views over them', () => {
    const { database, one } = openAccounts()
    database.run('FIN', 'CREATE VIEW RICH AS SELECT * FROM ACCOUNTS WHERE BALANCE > 60')
    const before = currentScn(one)
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = BALANCE + 20')
    expect(balances(one, `AS OF SCN ${before}`)).toEqual(['100', '50'])
    expect(balances(one)).toEqual(['120', '70'])
    expect(one.rows(`SELECT COUNT(*) FROM RICH AS OF SCN :scn`, before)).toEqual([['1']])
    expect(one.rows('SELECT COUNT(*) FROM RICH')).toEqual([['2']])
  })

  test('a reader needs the FLASHBACK privilege on what it names, and nothing on what lies below', () => {
    const { database, as, one } = openAccounts()
    database.run('FIN', 'CREATE VIEW RICH AS SELECT * FROM ACCOUNTS', 'GRANT SELECT ON RICH TO READER')
    const before = currentScn(one)
    database.run('FIN', 'DELETE FROM ACCOUNTS')
    const past = `SELECT COUNT(*) FROM FIN.RICH AS OF SCN ${before}`
    const reader = as('READER')
    expect(reader.error(past).code).toBe(1031)
    database.run('FIN', 'GRANT FLASHBACK ON RICH TO READER')
    expect(reader.rows(past)).toEqual([['2']])
  })

  test('a moment to come is ORA-08181', () => {
    const { one } = openAccounts()
    expect(one.error(`SELECT * FROM ACCOUNTS AS OF SCN ${currentScn(one)} + 1`).code).toBe(8181)
  })

  test('what is older than the undo retention is ORA-01555, also inside a read-only transaction', () => {
    let time = Date.parse('2026-01-01T00:00:00Z')
    const { database, one, two } = openAccounts({ now: () => new Date(time), undoRetentionMs: 60_000 })
    const before = currentScn(two)
    one.run('SET TRANSACTION READ ONLY')
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = 0')
    time += 60_000
    expect(balances(one)).toEqual(['100', '50'])
    expect(balances(two, "AS OF TIMESTAMP TIMESTAMP '2026-01-01 00:00:30'")).toEqual(['0', '0'])
    time += 1
    expect(one.error('SELECT * FROM ACCOUNTS').code).toBe(1555)
    expect(two.error(`SELECT * FROM ACCOUNTS AS OF SCN ${before}`).message).toContain(
      'ORA-01555: snapshot too old',
    )
    database.run('FIN', 'UPDATE ACCOUNTS SET BALANCE = 1')
    expect(two.error(`SELECT * FROM ACCOUNTS AS OF SCN ${before}`).code).toBe(1555)
  })

  test('rows from before the table had its shape are ORA-01466', () => {
    const { database, one } = openAccounts()
    const before = currentScn(one)
    database.run('FIN', 'ALTER TABLE ACCOUNTS ADD NOTE VARCHAR2(10)')
    expect(one.error(`SELECT * FROM ACCOUNTS AS OF SCN ${before}`).code).toBe(1466)
    database.run('FIN', 'CREATE TABLE YOUNG (A NUMBER)')
    expect(one.error(`SELECT * FROM YOUNG AS OF SCN ${before}`).code).toBe(1466)
  })
})
