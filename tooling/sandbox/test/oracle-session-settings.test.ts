import { describe, expect, test } from 'vitest'
import { openSql } from './sql-session.ts'

describe('a session with a decimal comma', () => {
  const sql = openSql({ afterLogon: [`ALTER SESSION SET NLS_NUMERIC_CHARACTERS = ',.'`] })

  test.each([
    ['TO_CHAR(-0.5)', '-,5'],
    [`1.5 || ''`, '1,5'],
    [`TO_CHAR(1234.5, 'TM9')`, '1234,5'],
    [`TO_CHAR(1234.5, '9G990D00')`, ' 1.234,50'],
    [`TO_CHAR(1234.5, '9,990.00')`, ' 1,234.50'],
    [`TO_CHAR(1.5, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')`, '1.5'],
    [`TO_BINARY_DOUBLE('1,5') || ''`, '1,5'],
    [`TO_NUMBER('1,5')`, '1.5'],
    [`TO_NUMBER('1.234,5', '9G999D9')`, '1234.5'],
    [`TO_NUMBER('1.5', '9.9')`, '1.5'],
    [`TO_NUMBER('1.5', '9D9', 'NLS_NUMERIC_CHARACTERS=''.,''')`, '1.5'],
    [`'2,5' + 0.25`, '2.75'],
    [`(SELECT VALUE FROM NLS_SESSION_PARAMETERS WHERE PARAMETER = 'NLS_NUMERIC_CHARACTERS')`, ',.'],
    [`(SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_NUMERIC_CHARACTERS')`, '.,'],
  ])('%s is %s', (expression, value) => {
    expect(sql.value(expression)).toBe(value)
  })

  test('takes no text with a point for a number', () => {
    expect(sql.error(`SELECT TO_NUMBER('1.5') FROM DUAL`).code).toBe(1722)
  })

  test('can have its point back', () => {
    const other = openSql({ afterLogon: [`ALTER SESSION SET NLS_NUMERIC_CHARACTERS = ',.'`] })
    other.run(`ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'`)
    expect(other.value('TO_CHAR(0.5)')).toBe('.5')
  })
})

describe('a session that counts Buddhist years', () => {
  const sql = openSql({ afterLogon: [`ALTER SESSION SET NLS_CALENDAR = 'THAI BUDDHA'`] })

  test.each([
    [`TO_CHAR(DATE '2026-03-08', 'YYYY-MM-DD')`, '2569-03-08'],
    [`TO_CHAR(TIMESTAMP '2026-03-08 02:30:00', 'YYYY')`, '2569'],
    [`DATE '2026-03-08' || ''`, '08-MAR-69'],
    [`TO_CHAR(DATE '2026-03-08', 'YYYY', 'NLS_CALENDAR=GREGORIAN')`, '2026'],
    [`TO_DATE('2026-03-08', 'YYYY-MM-DD', 'NLS_CALENDAR=GREGORIAN')`, '2026-03-08T00:00:00'],
  ])('%s is %s', (expression, value) => {
    expect(sql.value(expression)).toBe(value)
  })

  test.each([`TO_DATE('2569-03-08', 'YYYY-MM-DD')`, `ADD_MONTHS('08-MAR-69', 1)`])(
    'does not read %s',
    (expression) => {
      expect(sql.error(`SELECT ${expression} FROM DUAL`).code).toBe(3001)
    },
  )
})

test('large objects can be empty, which is not NULL, but text made of them is', () => {
  const sql = openSql()
  sql.run('CREATE TABLE L (C CLOB, B BLOB)', 'INSERT INTO L VALUES (EMPTY_CLOB(), EMPTY_BLOB())')
  expect(sql.rows('SELECT COUNT(*), MAX(LENGTH(C)) FROM L WHERE C IS NOT NULL AND B IS NOT NULL')).toEqual([
    ['1', '0'],
  ])
  expect(sql.rows('SELECT TO_CHAR(C) FROM L')).toEqual([[null]])
})
