import { createOracleDatabase } from '@findata/sandbox'
import { describe, expect, test } from 'vitest'
import { countedSum, lines, openWarehouse, reading, sumOf, type Warehouse } from './support/open-warehouse.ts'

const { signal } = new AbortController()

describe('the label', () => {
  test('is the SCN where it is told, all may be read as of it and all that stands behind is shown', async () => {
    await using warehouse = await openWarehouse()
    await using snapshot = await warehouse.open([lines])
    expect(snapshot.consistency).toEqual({
      label: 'scn',
      scn: expect.stringMatching(/^\d{7,}$/),
      fixedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
    })
    expect(snapshot.executions(lines)).toBe(0)
  })

  test('needs no right to tell SCNs: V$DATABASE and TIMESTAMP_TO_SCN tell them too', async () => {
    await using warehouse = await openWarehouse()
    warehouse.sys('REVOKE EXECUTE ON DBMS_FLASHBACK FROM READER', 'GRANT SELECT ON V_$DATABASE TO READER')
    expect(await warehouse.labelOf(lines)).toEqual({ label: 'scn', because: [] })
    warehouse.sys('REVOKE SELECT ON V_$DATABASE FROM READER')
    expect(await warehouse.labelOf(lines)).toEqual({ label: 'scn', because: [] })
    const asked = warehouse.server.statements().map(({ sql }) => sql)
    expect(asked.filter((sql) => /^SELECT (CURRENT_SCN|TIMESTAMP_TO_SCN)/.test(sql))).toHaveLength(2)
  })

  test('is a read-only transaction where a view may not be read as of an SCN, with the grant that helps', async () => {
    await using warehouse = await openWarehouse()
    warehouse.fin('CREATE SYNONYM OTHERS FOR LINES', 'GRANT SELECT ON LINES TO READER')
    const two = reading('FIN.OTHERS', 'two')
    expect(await warehouse.labelOf(lines, two)).toEqual({
      label: 'read-only transaction',
      because: [
        'two: it may not be read as of an SCN (ORA-01031); GRANT FLASHBACK ON FIN.LINES TO READER would allow it.',
      ],
    })
    warehouse.fin('GRANT FLASHBACK ON LINES TO READER')
    expect(await warehouse.labelOf(lines, two)).toEqual({ label: 'scn', because: [] })
  })

  test('asks for the grant in a form that works for names in mixed case', async () => {
    await using warehouse = await openWarehouse()
    warehouse.fin('CREATE VIEW "Ledger_Vw" AS SELECT * FROM LINES', 'GRANT SELECT ON "Ledger_Vw" TO READER')
    const ledger = reading('FIN."Ledger_Vw"')
    const { because } = await warehouse.labelOf(ledger)
    const grant = /GRANT .* TO READER/.exec(because.join())?.[0] ?? ''
    expect(grant).toBe('GRANT FLASHBACK ON FIN."Ledger_Vw" TO READER')
    warehouse.fin(grant)
    expect(await warehouse.labelOf(ledger)).toEqual({ label: 'scn', because: [] })
  })

  test.each([
    [907, 'missing right parenthesis'],
    [8187, 'snapshot expression not allowed here'],
    [1466, 'unable to read data - table definition has changed'],
    [22818, 'subquery expressions not allowed here'],
  ])('is a read-only transaction where a query cannot be read as of an SCN (ORA-%i)', async (code, text) => {
    await using warehouse = await openWarehouse()
    warehouse.server.faults.arm({ kind: 'error-on-call', statement: 'AS OF SCN', code, text, times: 9 })
    const refused = `ORA-${String(code).padStart(5, '0')}`
    expect(await warehouse.labelOf(lines)).toEqual({
      label: 'read-only transaction',
      because: [
        `lines: Oracle does not read its query as of an SCN (${refused}); one of another form may be.`,
      ],
    })
  })

  test('says that links are not visible where the dictionary is not readable', async () => {
    await using warehouse = await openWarehouse()
    const text = 'table or view does not exist'
    warehouse.server.faults.arm({ kind: 'error-on-call', statement: 'ALL_DEPENDENCIES', code: 942, text })
    expect(await warehouse.labelOf(lines)).toEqual({
      label: 'scn, links not visible',
      because: [expect.stringContaining('lines: what stands behind its query is not shown')],
    })
  })

  test('is a read-only transaction where the database cannot tell an SCN', async () => {
    await using warehouse = await openWarehouse()
    warehouse.sys('REVOKE EXECUTE ON DBMS_FLASHBACK FROM READER')
    warehouse.server.faults.arm({
      kind: 'error-on-call',
      statement: 'TIMESTAMP_TO_SCN',
      code: 8180,
      text: 'no snapshot found based on specified time',
    })
    expect(await warehouse.labelOf(lines)).toEqual({
      label: 'read-only transaction',
      because: [
        'No SCN is told: GRANT EXECUTE ON SYS.DBMS_FLASHBACK TO READER, or GRANT SELECT ON SYS.V_$DATABASE TO READER, would tell it.',
      ],
    })
  })

  test('does not wait for views of the database that do not answer', async () => {
    await using warehouse = await openWarehouse(undefined, { connectTimeoutMs: 200 })
    const { faults } = warehouse.server
    faults.arm({ kind: 'never-answer', statement: String.raw`FROM GV\$TRANSACTION` })
    faults.arm({ kind: 'never-answer', statement: 'DBMS_FLASHBACK' })
    expect(await warehouse.labelOf(lines)).toEqual({ label: 'scn', because: [] })
  })

  test('is per statement where a read-only transaction is refused as well', async () => {
    await using warehouse = await openWarehouse()
    warehouse.fin('REVOKE FLASHBACK ON LINES_VW FROM READER')
    const { faults } = warehouse.server
    faults.arm({
      kind: 'error-on-call',
      statement: 'SET TRANSACTION',
      code: 1031,
      text: 'insufficient privileges',
    })
    const { label, because } = await warehouse.labelOf(lines)
    expect(label).toBe('per statement')
    expect(because).toEqual([
      expect.stringContaining('GRANT FLASHBACK ON FIN.LINES_VW TO READER'),
      expect.stringContaining('No read-only transaction can be opened'),
    ])
  })

  test('says that links are not visible where a view below is not shown, until it is', async () => {
    await using warehouse = await openWarehouse()
    warehouse.fin(
      'CREATE VIEW OUTER_VW AS SELECT * FROM LINES_VW',
      'CREATE VIEW HIDDEN_VW AS SELECT * FROM LINES',
      'CREATE VIEW DEEP_VW AS SELECT h.* FROM HIDDEN_VW h JOIN OUTER_VW o ON o.ID = h.ID',
      'GRANT SELECT ON DEEP_VW TO READER',
      'GRANT FLASHBACK ON DEEP_VW TO READER',
      'GRANT SELECT ON OUTER_VW TO READER',
    )
    const deep = reading('FIN.DEEP_VW')
    expect(await warehouse.labelOf(deep)).toEqual({
      label: 'scn, links not visible',
      because: [
        'lines: what FIN.HIDDEN_VW stands on is not shown, and a database link may be among it; GRANT SELECT ON FIN.HIDDEN_VW TO READER would show it.',
      ],
    })
    warehouse.fin('GRANT SELECT ON HIDDEN_VW TO READER')
    expect(await warehouse.labelOf(deep)).toEqual({ label: 'scn', because: [] })
  })

  test.each([
    ['in the query', 'AMOUNTS@AFAR', 'AMOUNTS@AFAR'],
    ['in a view', 'FIN.FAR_VW', 'AMOUNTS@AFAR in FIN.FAR_VW'],
    ['in a view of a view', 'FIN.NESTED_VW', 'AMOUNTS@AFAR in FIN.FAR_VW'],
    ['in a synonym', 'FAR_SYNONYM', 'FIN.AMOUNTS@AFAR in READER.FAR_SYNONYM'],
    ['in a public synonym', 'FAR_AMOUNTS', 'AMOUNTS@AFAR in PUBLIC.FAR_AMOUNTS'],
    [
      'in a subquery',
      '(SELECT * FROM LINES_HERE WHERE ID IN (SELECT ID FROM FAR_AMOUNTS))',
      'AMOUNTS@AFAR in PUBLIC.FAR_AMOUNTS',
    ],
  ])('is per statement where a database link stands %s', async (_, source, link) => {
    await using warehouse = await openWarehouse()
    const afar = createOracleDatabase({ name: 'AFAR' })
    warehouse.database.addRemote('afar', afar)
    afar.run('FIN', 'CREATE TABLE AMOUNTS (ID NUMBER, AMOUNT NUMBER)', 'INSERT INTO AMOUNTS VALUES (1, 7)')
    warehouse.sys(
      `CREATE PUBLIC DATABASE LINK AFAR CONNECT TO FIN IDENTIFIED BY "s3cret" USING 'afar'`,
      'GRANT FLASHBACK ANY TABLE TO READER',
      'GRANT SELECT ANY TABLE TO READER',
    )
    warehouse.fin(
      'CREATE VIEW FAR_VW AS SELECT * FROM AMOUNTS@AFAR',
      'CREATE VIEW NESTED_VW AS SELECT f.* FROM FAR_VW f JOIN LINES l ON l.ID = f.ID',
      'CREATE PUBLIC SYNONYM FAR_AMOUNTS FOR AMOUNTS@AFAR',
      'CREATE PUBLIC SYNONYM LINES_HERE FOR LINES',
    )
    warehouse.database.run('READER', 'CREATE SYNONYM FAR_SYNONYM FOR FIN.AMOUNTS@AFAR')
    await using snapshot = await warehouse.open([lines, reading(source, 'far')])
    const { label, because } = snapshot.consistency
    expect({ label, because }).toEqual({
      label: 'per statement',
      because: [
        `far: ${link} lies behind a database link, where neither an SCN nor a transaction of this database fixes the moment; a copy on this side (a materialized view) would be of one moment with the rest.`,
      ],
    })
    // What is on this side belongs to one moment all the same.
    warehouse.fin('DELETE FROM LINES WHERE ID = 1')
    expect(await sumOf(snapshot, lines)).toBe(100)
  })

  test.each([
    ['a view calls', 'SELECT ID, AMOUNT FROM FIN.RATED_VW', 'FIN.RATE in FIN.RATED_VW'],
    ['the query calls', 'SELECT ID, FIN.RATE(AMOUNT) AS AMOUNT FROM FIN.LINES_VW', 'FIN.RATE'],
    [
      'the query calls by a synonym',
      'SELECT ID, RATE_IT(AMOUNT) AS AMOUNT FROM FIN.LINES_VW',
      'FIN.RATE in PUBLIC.RATE_IT',
    ],
  ])('is a read-only transaction where %s stored code', async (_, query, code) => {
    await using warehouse = await openWarehouse()
    warehouse.database.addFunction('FIN', {
      name: 'RATE',
      parameters: [{ name: 'NUMBER' }],
      returns: { name: 'NUMBER' },
      references: ['LINES'],
      evaluate: ([amount = null]) => amount,
    })
    warehouse.fin(
      'CREATE VIEW RATED_VW AS SELECT ID, RATE(AMOUNT) AS AMOUNT FROM LINES',
      'GRANT SELECT ON RATED_VW TO READER',
      'GRANT FLASHBACK ON RATED_VW TO READER',
      'GRANT EXECUTE ON RATE TO READER',
      'CREATE PUBLIC SYNONYM RATE_IT FOR RATE',
    )
    const rated = { ...lines, name: 'rated', query }
    expect(await warehouse.labelOf(lines, rated)).toEqual({
      label: 'read-only transaction',
      because: [
        `rated: what ${code} reads itself does not follow an SCN, only a transaction; a query without stored code would follow it.`,
      ],
    })
  })

  test('is not weakened by a function of SQL, nor by an alias with the name of a function', async () => {
    await using warehouse = await openWarehouse()
    warehouse.database.addFunction('READER', {
      name: 'V',
      returns: { name: 'NUMBER' },
      evaluate: () => '1',
    })
    const query =
      "SELECT v.ID, ROUND(v.AMOUNT, 2) AS AMOUNT FROM FIN.LINES_VW v, DUAL WHERE 'V' <> 'v()' AND 0 < (SELECT COUNT(*) FROM ALL_TABLES)"
    expect(await warehouse.labelOf({ ...lines, query })).toEqual({ label: 'scn', because: [] })
  })

  test.each([
    [
      'names what WITH names elsewhere',
      'SELECT f.ID, f.AMOUNT FROM (WITH FAR AS (SELECT 1 X FROM DUAL) SELECT X FROM FAR) JOIN FAR f ON X = 1',
    ],
    [
      'names what WITH names later',
      'WITH NEAR AS (SELECT * FROM FAR), FAR AS (SELECT * FROM NEAR) SELECT ID, AMOUNT FROM FAR',
    ],
  ])('knows a database link where a query %s', async (_, query) => {
    await using warehouse = await openWarehouse()
    const afar = createOracleDatabase({ name: 'AFAR' })
    warehouse.database.addRemote('afar', afar)
    afar.run('FIN', 'CREATE TABLE AMOUNTS (ID NUMBER, AMOUNT NUMBER)')
    warehouse.sys(`CREATE PUBLIC DATABASE LINK AFAR CONNECT TO FIN IDENTIFIED BY "s3cret" USING 'afar'`)
    warehouse.database.run('READER', 'CREATE SYNONYM FAR FOR FIN.AMOUNTS@AFAR')
    expect(await warehouse.labelOf({ ...lines, query })).toMatchObject({
      label: 'per statement',
      because: [expect.stringContaining('FIN.AMOUNTS@AFAR in READER.FAR')],
    })
  })

  test('does not wait for a view behind a database link that does not answer, nor speak of it', async () => {
    await using warehouse = await openWarehouse()
    warehouse.fin('CREATE VIEW FAR_VW AS SELECT * FROM LINES', 'GRANT SELECT ON FAR_VW TO READER')
    const far = reading('FIN.FAR_VW', 'far')
    const text = 'TNS:no listener\nORA-02063: preceding line from AFAR'
    const { faults } = warehouse.server
    faults.arm({ kind: 'error-on-call', statement: 'FAR_VW', code: 12541, text, times: 9 })
    await using snapshot = await warehouse.open([far, lines])
    expect(snapshot.consistency).toMatchObject({ label: 'scn' })
    expect(await sumOf(snapshot, lines)).toBe(100)
    await expect(sumOf(snapshot, far)).rejects.toMatchObject({ name: 'TransientError' })
  })

  test('does not wait for a view that cannot be parsed for now, nor speak of it', async () => {
    await using warehouse = await openWarehouse()
    warehouse.fin('CREATE VIEW BUSY_VW AS SELECT * FROM LINES', 'GRANT SELECT ON BUSY_VW TO READER')
    const busy = { ...reading('FIN.BUSY_VW', 'busy'), statementTimeoutMs: 50 }
    warehouse.server.faults.arm({ kind: 'never-answer', statement: 'BUSY_VW' })
    await using snapshot = await warehouse.open([busy, lines])
    expect(snapshot.consistency).toMatchObject({ label: 'scn' })
    expect(await sumOf(snapshot, lines)).toBe(100)
    await expect(sumOf(snapshot, busy)).rejects.toMatchObject({
      name: 'TransientError',
      code: 'ORACLE_SNAPSHOT_TOO_OLD',
      message: expect.stringContaining('the next moment will cover it'),
    })
  })

  test('is not weakened by a record type whose query is mistaken: its error comes when it is read', async () => {
    await using warehouse = await openWarehouse()
    const gone = reading('FIN.GONE_VW', 'gone')
    const lacking = { ...lines, name: 'lacking', query: 'SELECT ID, AMOUNTS FROM FIN.LINES_VW' }
    const unbound = { ...lines, name: 'unbound', query: 'SELECT ID, AMOUNT FROM FIN.LINES_VW WHERE ID = :id' }
    await using snapshot = await warehouse.open([gone, lacking, unbound, lines])
    expect(snapshot.consistency).toMatchObject({ label: 'scn' })
    await expect(snapshot.describe(gone, { signal })).rejects.toMatchObject({ code: 'ORACLE_VIEW_MISSING' })
    await expect(snapshot.describe(lacking, { signal })).rejects.toMatchObject({ code: 'COLUMNS_MISSING' })
    await expect(snapshot.describe(unbound, { signal })).rejects.toMatchObject({
      code: 'ORACLE_QUERY_INVALID',
    })
    expect(await sumOf(snapshot, lines)).toBe(100)
  })
})

test('the clock is read first, then the open transactions, then the SCN', async () => {
  await using warehouse = await openWarehouse()
  await warehouse.labelOf(lines)
  const asked = warehouse.server.statements().map(({ sql }) => sql)
  const [clock, transactions, scn] = ['SYSDATE', 'GV$TRANSACTION', 'GET_SYSTEM_CHANGE_NUMBER'].map((word) =>
    asked.findIndex((sql) => sql.includes(word)),
  )
  expect(clock).toBeGreaterThan(0)
  expect(transactions).toBeGreaterThan(clock ?? 0)
  expect(scn).toBeGreaterThan(transactions ?? 0)
  expect(asked.filter((sql) => sql.includes('LINES_VW'))).toEqual([])
})

describe('a sum that moves between rows while they are read', () => {
  const move = ({ fin }: Warehouse) => {
    let from = 0
    return () => {
      from = (from % 4) + 1
      fin(
        `UPDATE LINES SET AMOUNT = CASE WHEN ID = ${from} THEN AMOUNT - 5 ELSE AMOUNT + 5 END WHERE ID IN (${from}, ${(from % 4) + 1});\n`,
      )
    }
  }

  test.each([
    ['at an SCN', 'scn', []],
    ['in a read-only transaction', 'read-only transaction', ['REVOKE FLASHBACK ON LINES_VW FROM READER']],
  ])('is exact %s, in rows and totals', async (_, label, preparation) => {
    await using warehouse = await openWarehouse()
    warehouse.fin(...preparation)
    const others = { ...lines, name: 'others' }
    const moveOn = move(warehouse)
    await using snapshot = await warehouse.open([lines, others])
    expect(snapshot.consistency.label).toBe(label)
    for (const recordType of [lines, others]) {
      moveOn()
      warehouse.fin('INSERT INTO LINES VALUES (99, 1000)')
      expect(await countedSum(snapshot, recordType)).toBe('100')
      expect(await sumOf(snapshot, recordType, moveOn)).toBe(100)
    }
  })

  test('is that of another moment in each statement where nothing better is allowed', async () => {
    await using warehouse = await openWarehouse()
    warehouse.fin('REVOKE FLASHBACK ON LINES_VW FROM READER')
    warehouse.server.faults.arm({
      kind: 'error-on-call',
      statement: 'SET TRANSACTION',
      code: 1031,
      text: 'insufficient privileges',
    })
    await using snapshot = await warehouse.open([lines])
    expect(await countedSum(snapshot, lines)).toBe('100')
    warehouse.fin('INSERT INTO LINES VALUES (99, 1000)')
    expect(await sumOf(snapshot, lines)).toBe(1100)
    expect(snapshot.consistency.label).toBe('per statement')
  })
})
