import { describe, expect, test } from 'vitest'
import { openDatabase } from './sql-session.ts'

/** FIN reads its own tables and, through links, those of LEDGER in this database and in another one. */
function openLinked() {
  const here = openDatabase({ name: 'HERE' })
  const there = openDatabase({ name: 'THERE' })
  here.database.addRemote('there', there.database)
  for (const { database } of [here, there])
    database.run(
      'LEDGER',
      'CREATE TABLE RATES (ID NUMBER(4), RATE NUMBER)',
      'INSERT INTO RATES VALUES (1, 10)',
    )
  here.database.run('SYS', 'GRANT EXECUTE ON DBMS_FLASHBACK TO FIN')
  here.database.run(
    'FIN',
    'CREATE TABLE LINES (ID NUMBER)',
    'INSERT INTO LINES VALUES (1)',
    `CREATE DATABASE LINK AFAR CONNECT TO LEDGER IDENTIFIED BY "s3cret" USING 'there'`,
    `CREATE DATABASE LINK NEAR CONNECT TO LEDGER IDENTIFIED BY "s3cret" USING 'HERE'`,
    'CREATE SYNONYM FAR_RATES FOR RATES@AFAR',
    'CREATE VIEW PRICED AS SELECT l.ID, r.RATE FROM LINES l JOIN FAR_RATES r ON r.ID = l.ID',
  )
  return { here, there, fin: here.as('FIN') }
}

const PLACES = ['RATES@AFAR', 'LEDGER.RATES@AFAR', 'rates@near', 'FAR_RATES', 'PRICED']

describe('database links', () => {
  test.each(PLACES)('%s is read with its types', (place) => {
    const { fin } = openLinked()
    expect(fin.rows(`SELECT r.ID, r.RATE FROM ${place} r WHERE r.RATE > 5`)).toEqual([['1', '10']])
  })

  test('columns are described as the other side describes them', () => {
    const { fin } = openLinked()
    expect(fin.columns('SELECT * FROM RATES@AFAR')).toEqual(['ID NUMBER(4,0)', 'RATE NUMBER'])
  })

  test.each(PLACES)('%s is of the present, whatever moment is asked for', (place) => {
    const { here, there, fin } = openLinked()
    const scn = fin.value('DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER')
    fin.run('SET TRANSACTION READ ONLY')
    for (const { database } of [here, there]) database.run('LEDGER', 'UPDATE RATES SET RATE = 20')
    expect(fin.rows(`SELECT RATE FROM ${place}`)).toEqual([['20']])
    expect(fin.rows(`SELECT RATE FROM ${place} AS OF SCN ${scn}`)).toEqual([['20']])
    expect(fin.rows(`SELECT * FROM (SELECT RATE FROM ${place}) AS OF SCN ${scn}`)).toEqual([['20']])
  })

  test('a link that nobody made is ORA-02019, one that leads nowhere ORA-12154', () => {
    const { here, fin } = openLinked()
    here.database.run('FIN', `CREATE DATABASE LINK LOST CONNECT TO X IDENTIFIED BY "y" USING 'nowhere'`)
    expect(fin.error('SELECT * FROM RATES@NOBODY').code).toBe(2019)
    expect(fin.error('SELECT * FROM RATES@LOST').code).toBe(12154)
    here.database.run('FIN', 'DROP DATABASE LINK AFAR')
    expect(fin.error('SELECT * FROM RATES@AFAR').code).toBe(2019)
    expect(fin.error('SELECT * FROM PRICED').code).toBe(2019)
    expect(fin.error('DROP DATABASE LINK AFAR').code).toBe(2024)
  })

  test('what the other side refuses names the link', () => {
    const { fin } = openLinked()
    expect(fin.error('SELECT * FROM NOTHING@AFAR')).toMatchObject({
      code: 942,
      message: 'ORA-00942: table or view does not exist\nORA-02063: preceding line from AFAR',
    })
  })

  test('a private link is its owner’s, a public one everybody’s, and views use that of their owner', () => {
    const { here, fin } = openLinked()
    here.database.run('FIN', 'GRANT SELECT ON PRICED TO READER')
    const reader = here.as('READER')
    expect(reader.error('SELECT * FROM LEDGER.RATES@AFAR').code).toBe(2019)
    expect(reader.rows('SELECT RATE FROM FIN.PRICED')).toEqual([['10']])
    const create = `CREATE PUBLIC DATABASE LINK AFAR CONNECT TO LEDGER IDENTIFIED BY "x" USING 'there'`
    expect(fin.error(create).code).toBe(1031)
    here.database.run('SYS', create)
    expect(reader.rows('SELECT RATE FROM RATES@AFAR')).toEqual([['10']])
    expect(reader.rows('SELECT OWNER, DB_LINK, USERNAME, HOST FROM ALL_DB_LINKS')).toEqual([
      ['PUBLIC', 'AFAR', 'LEDGER', 'there'],
    ])
    expect(reader.rows('SELECT DB_LINK FROM USER_DB_LINKS')).toEqual([])
    expect(fin.rows('SELECT DB_LINK FROM USER_DB_LINKS ORDER BY 1').flat()).toEqual(['AFAR', 'NEAR'])
    here.database.run('SYS', 'REVOKE CREATE DATABASE LINK FROM READER')
    expect(reader.error(create.replace('PUBLIC ', '')).code).toBe(1031)
  })

  test('nothing is written through them', () => {
    const { fin } = openLinked()
    expect(fin.error('DELETE FROM FAR_RATES').code).toBe(3001)
    expect(fin.error('INSERT INTO FAR_RATES VALUES (2, 2)').code).toBe(3001)
    expect(fin.error('GRANT SELECT ON FAR_RATES TO READER').code).toBe(2021)
  })
})
