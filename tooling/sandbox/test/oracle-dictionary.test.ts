import { describe, expect, test } from 'vitest'
import { openDatabase } from './sql-session.ts'

/** DW's views for READER stand on tables, views, synonyms and links that READER has no right to. */
function openWarehouse() {
  const { database, as } = openDatabase({ name: 'HERE', now: () => new Date('2026-03-01T10:00:00Z') })
  database.run(
    'SYS',
    'GRANT CREATE PUBLIC SYNONYM TO DW',
    `CREATE PUBLIC DATABASE LINK AFAR CONNECT TO DW IDENTIFIED BY "x" USING 'HERE'`,
  )
  database.run(
    'DW',
    'CREATE TABLE UNITS (ID NUMBER PRIMARY KEY, DEPT NUMBER, NAME VARCHAR2(10), UNIQUE (DEPT, NAME))',
    'CREATE TABLE SECRET (ID NUMBER)',
    'CREATE VIEW INNER_VW AS SELECT * FROM UNITS',
    'CREATE SYNONYM UNIT_NAMES FOR UNITS',
    'CREATE PUBLIC SYNONYM DW_UNITS FOR UNITS_VW',
    'CREATE PUBLIC SYNONYM DW_SECRET FOR SECRET',
    'CREATE PUBLIC SYNONYM FAR_UNITS FOR UNITS@AFAR',
    `CREATE VIEW UNITS_VW AS
       WITH u AS (SELECT * FROM INNER_VW), UNITS AS (SELECT * FROM u)
       SELECT UPPER(u.NAME) AS NAME FROM UNITS u JOIN FAR_UNITS f ON f.ID = u.ID
       WHERE u.ID IN (SELECT ID FROM DW.UNITS@AFAR) AND EXISTS (SELECT 1 FROM UNIT_NAMES)
       UNION ALL SELECT (SELECT MAX(NAME) FROM UNIT_NAMES) FROM SYS.DUAL`,
    'GRANT SELECT ON UNITS_VW TO READER',
  )
  return { database, as, dw: as('DW'), reader: as('READER') }
}

const DEPENDENCIES =
  'SELECT TYPE, REFERENCED_OWNER, REFERENCED_NAME, REFERENCED_TYPE, REFERENCED_LINK_NAME, DEPENDENCY_TYPE FROM ALL_DEPENDENCIES'
const SORTED = 'ORDER BY REFERENCED_NAME, REFERENCED_OWNER'

describe('dependencies', () => {
  test('a view has a row for each object that it names itself, anywhere in its text', () => {
    const { reader } = openWarehouse()
    expect(reader.rows(`${DEPENDENCIES} WHERE OWNER = 'DW' AND NAME = 'UNITS_VW' ${SORTED}`)).toEqual([
      ['VIEW', 'SYS', 'DUAL', 'TABLE', null, 'HARD'],
      ['VIEW', 'PUBLIC', 'FAR_UNITS', 'SYNONYM', null, 'HARD'],
      ['VIEW', 'DW', 'INNER_VW', 'VIEW', null, 'HARD'],
      ['VIEW', 'DW', 'UNITS', 'UNDEFINED', 'AFAR', 'HARD'],
      ['VIEW', 'DW', 'UNIT_NAMES', 'SYNONYM', null, 'HARD'],
    ])
  })

  test('synonyms lead on, to links as well', () => {
    const { reader } = openWarehouse()
    expect(reader.rows(`${DEPENDENCIES} WHERE OWNER = 'PUBLIC' AND NAME = 'FAR_UNITS'`)).toEqual([
      ['SYNONYM', null, 'UNITS', 'UNDEFINED', 'AFAR', 'HARD'],
    ])
    expect(reader.rows(`${DEPENDENCIES} WHERE NAME = 'DW_UNITS'`)).toEqual([
      ['SYNONYM', 'DW', 'UNITS_VW', 'VIEW', null, 'HARD'],
    ])
  })

  test('what the viewer has no right to stays dark until it is granted', () => {
    const { database, reader, dw } = openWarehouse()
    const names = `SELECT DISTINCT NAME FROM ALL_DEPENDENCIES WHERE OWNER = 'DW' OR NAME LIKE 'DW%' ORDER BY 1`
    expect(reader.rows(names).flat()).toEqual(['DW_SECRET', 'DW_UNITS', 'UNITS_VW'])
    database.run('DW', 'GRANT FLASHBACK ON INNER_VW TO READER')
    expect(reader.rows(names).flat()).toEqual(['DW_SECRET', 'DW_UNITS', 'INNER_VW', 'UNITS_VW'])
    expect(dw.rows('SELECT DISTINCT NAME FROM USER_DEPENDENCIES ORDER BY 1').flat()).toEqual([
      'INNER_VW',
      'UNITS_VW',
      'UNIT_NAMES',
    ])
  })

  test('an object that is gone is NON-EXISTENT', () => {
    const { database, dw } = openWarehouse()
    database.run('DW', 'DROP VIEW INNER_VW')
    const query = "SELECT REFERENCED_TYPE FROM USER_DEPENDENCIES WHERE REFERENCED_NAME = 'INNER_VW'"
    expect(dw.rows(query)).toEqual([['NON-EXISTENT']])
  })
})

describe('objects', () => {
  test('ALL_OBJECTS holds everything that the viewer has any privilege on, and every public synonym', () => {
    const { database, reader } = openWarehouse()
    const objects = () =>
      reader
        .rows(
          `SELECT OWNER || '.' || OBJECT_NAME || ' ' || OBJECT_TYPE FROM ALL_OBJECTS
           WHERE OWNER = 'DW' OR OBJECT_NAME LIKE 'DW%' OR OBJECT_NAME LIKE 'DBMS%' OR OBJECT_NAME IN ('DUAL', 'V_$TRANSACTION') ORDER BY 1`,
        )
        .flat()
    expect(objects()).toEqual([
      'DW.UNITS_VW VIEW',
      'PUBLIC.DBMS_FLASHBACK SYNONYM',
      'PUBLIC.DUAL SYNONYM',
      'PUBLIC.DW_SECRET SYNONYM',
      'PUBLIC.DW_UNITS SYNONYM',
      'SYS.DUAL TABLE',
    ])
    database.run('DW', 'GRANT FLASHBACK ON SECRET TO READER')
    database.run('SYS', 'GRANT READ ON V_$TRANSACTION TO READER', 'GRANT EXECUTE ON DBMS_FLASHBACK TO READER')
    expect(objects()).toEqual([
      'DW.SECRET TABLE',
      'DW.UNITS_VW VIEW',
      'PUBLIC.DBMS_FLASHBACK SYNONYM',
      'PUBLIC.DUAL SYNONYM',
      'PUBLIC.DW_SECRET SYNONYM',
      'PUBLIC.DW_UNITS SYNONYM',
      'SYS.DBMS_FLASHBACK PACKAGE',
      'SYS.DUAL TABLE',
      'SYS.V_$TRANSACTION VIEW',
    ])
  })

  test('ALL_SYNONYMS tells all public synonyms, of links and of what the viewer may not see too', () => {
    const { reader } = openWarehouse()
    const query = `SELECT OWNER, SYNONYM_NAME, TABLE_OWNER, TABLE_NAME, DB_LINK FROM ALL_SYNONYMS
      WHERE OWNER = 'PUBLIC' AND (TABLE_OWNER IS NULL OR TABLE_OWNER <> 'SYS') ORDER BY 2`
    expect(reader.rows(query)).toEqual([
      ['PUBLIC', 'DW_SECRET', 'DW', 'SECRET', null],
      ['PUBLIC', 'DW_UNITS', 'DW', 'UNITS_VW', null],
      ['PUBLIC', 'FAR_UNITS', null, 'UNITS', 'AFAR'],
    ])
  })
})

describe('tables', () => {
  test('ALL_CONSTRAINTS and ALL_CONS_COLUMNS tell primary and unique keys of visible tables', () => {
    const { database, reader, dw } = openWarehouse()
    const query = `SELECT c.CONSTRAINT_TYPE, c.TABLE_NAME, c.STATUS, k.COLUMN_NAME, k.POSITION
      FROM ALL_CONSTRAINTS c JOIN ALL_CONS_COLUMNS k ON k.OWNER = c.OWNER AND k.CONSTRAINT_NAME = c.CONSTRAINT_NAME
      ORDER BY 1, 2, 5`
    expect(reader.rows(query)).toEqual([])
    database.run('DW', 'GRANT SELECT ON UNITS TO READER')
    const keys = [
      ['P', 'UNITS', 'ENABLED', 'ID', '1'],
      ['U', 'UNITS', 'ENABLED', 'DEPT', '1'],
      ['U', 'UNITS', 'ENABLED', 'NAME', '2'],
    ]
    expect(reader.rows(query)).toEqual(keys)
    database.run(
      'DW',
      'CREATE TABLE PAIRS (C NUMBER, A NUMBER, B NUMBER, PRIMARY KEY (B, A))',
      'ALTER TABLE PAIRS DROP COLUMN C',
    )
    expect(dw.rows(query.replace('ORDER BY', "WHERE c.TABLE_NAME = 'PAIRS' ORDER BY"))).toEqual([
      ['P', 'PAIRS', 'ENABLED', 'B', '1'],
      ['P', 'PAIRS', 'ENABLED', 'A', '2'],
    ])
  })

  test('ALL_TAB_STATISTICS tells rows and since when', () => {
    const { database, dw } = openWarehouse()
    const query =
      "SELECT NUM_ROWS, LAST_ANALYZED FROM ALL_TAB_STATISTICS WHERE OWNER = 'DW' AND TABLE_NAME = 'SECRET'"
    expect(dw.rows(query)).toEqual([['0', '2026-03-01T10:00:00']])
    database.run('DW', 'INSERT INTO SECRET VALUES (1)')
    expect(dw.rows(query)).toEqual([['1', '2026-03-01T10:00:00']])
  })
})
