import { describe, expect, test } from 'vitest'
import { openDatabase } from './sql-session.ts'

const NUMBER = { name: 'NUMBER' } as const

/** FIN owns a table and a function that reads its rate from there. */
function openPriced() {
  const { database, as } = openDatabase()
  database.run(
    'FIN',
    'CREATE TABLE RATES (RATE NUMBER)',
    'INSERT INTO RATES VALUES (2)',
    'CREATE TABLE LINES (ID NUMBER, AMT NUMBER)',
    'INSERT INTO LINES SELECT 1, 10 FROM DUAL UNION ALL SELECT 2, NULL FROM DUAL',
  )
  database.addFunction('FIN', {
    name: 'PRICE',
    parameters: [NUMBER],
    returns: NUMBER,
    evaluate: ([amount = null], query) => {
      const rate = query('SELECT RATE FROM RATES WHERE RATE > :low', '0')[0]?.[0] ?? null
      return amount === null || rate === null ? null : String(Number(amount) * Number(rate))
    },
    references: ['RATES', 'FIN.RATES@AFAR'],
  })
  database.run('FIN', 'CREATE VIEW PRICED AS SELECT ID, PRICE(AMT) AS PRICE FROM LINES')
  database.run('SYS', 'GRANT EXECUTE ON DBMS_FLASHBACK TO FIN')
  return { database, as, fin: as('FIN'), reader: as('READER') }
}

describe('functions', () => {
  test('SQL and views call them for each row, with arguments of the types of the parameters', () => {
    const { fin } = openPriced()
    expect(fin.rows('SELECT PRICE, fin.price(ID) FROM PRICED ORDER BY ID')).toEqual([
      ['20', '2'],
      [null, '4'],
    ])
    expect(fin.rows("SELECT PRICE('1.5') FROM DUAL")).toEqual([['3']])
    expect(fin.columns('SELECT PRICE(1) AS P FROM DUAL')).toEqual(['P NUMBER'])
    expect(fin.error('SELECT PRICE(1, 2) FROM DUAL').code).toBe(6553)
    expect(fin.error("SELECT PRICE('x') FROM DUAL").code).toBe(1722)
  })

  test('the caller needs EXECUTE, but nothing on what they read, and nothing behind a view', () => {
    const { database, reader } = openPriced()
    database.run('FIN', 'GRANT SELECT ON PRICED TO READER')
    expect(reader.rows('SELECT PRICE FROM FIN.PRICED WHERE ID = 1')).toEqual([['20']])
    expect(reader.error('SELECT FIN.PRICE(1) FROM DUAL').message).toBe(
      'ORA-00904: "FIN"."PRICE": invalid identifier',
    )
    database.run('FIN', 'GRANT EXECUTE ON PRICE TO READER')
    expect(reader.rows('SELECT FIN.PRICE(1) FROM DUAL')).toEqual([['2']])
    database.run('FIN', 'REVOKE EXECUTE ON PRICE FROM READER')
    expect(reader.error('SELECT FIN.PRICE(1) FROM DUAL').code).toBe(904)
  })

  test('an AS OF around the call does not reach what they read, a read-only transaction does', () => {
    const { database, fin } = openPriced()
    const scn = fin.value('DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER')
    fin.run('SET TRANSACTION READ ONLY')
    database.run('FIN', 'UPDATE RATES SET RATE = 3', 'UPDATE LINES SET AMT = 100')
    const price = (asOf: string) => fin.rows(`SELECT PRICE FROM PRICED ${asOf} WHERE ID = 1`)
    expect(price('')).toEqual([['20']])
    fin.run('COMMIT')
    expect(price('')).toEqual([['300']])
    expect(price(`AS OF SCN ${scn}`)).toEqual([['30']])
  })

  test('the dictionary shows them and what they stand on', () => {
    const { database, fin, reader } = openPriced()
    const dependencies = `SELECT NAME, TYPE, REFERENCED_NAME, REFERENCED_TYPE, REFERENCED_LINK_NAME
      FROM ALL_DEPENDENCIES WHERE OWNER = 'FIN' ORDER BY NAME, REFERENCED_NAME, REFERENCED_LINK_NAME`
    expect(fin.rows(dependencies)).toEqual([
      ['PRICE', 'FUNCTION', 'RATES', 'UNDEFINED', 'AFAR'],
      ['PRICE', 'FUNCTION', 'RATES', 'TABLE', null],
      ['PRICED', 'VIEW', 'LINES', 'TABLE', null],
      ['PRICED', 'VIEW', 'PRICE', 'FUNCTION', null],
    ])
    const objects = "SELECT OBJECT_NAME, OBJECT_TYPE FROM ALL_OBJECTS WHERE OWNER = 'FIN'"
    expect(reader.rows(objects)).toEqual([])
    database.run('FIN', 'GRANT EXECUTE ON PRICE TO READER')
    expect(reader.rows(objects)).toEqual([['PRICE', 'FUNCTION']])
    expect(reader.rows(dependencies)).toHaveLength(2)
  })

  test('they change nothing, and a name stands for one thing', () => {
    const { database, fin } = openPriced()
    const returns = NUMBER
    database.addFunction('FIN', {
      name: 'WIPE',
      returns,
      evaluate: (_, query) => query('DELETE FROM LINES')[0]?.[0] ?? null,
    })
    expect(fin.error('SELECT WIPE() FROM DUAL').code).toBe(3001)
    expect(() => database.addFunction('FIN', { name: 'LINES', returns, evaluate: () => null })).toThrow(
      'ORA-00955',
    )
    expect(fin.error('SELECT * FROM PRICE').code).toBe(4044)
  })
})
