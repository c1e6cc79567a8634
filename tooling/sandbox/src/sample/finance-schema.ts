import type { OracleDatabase, TableDefinition } from '../oracle/database.ts'
import type { OracleType } from '../oracle/values.ts'
import { makeFinanceRows, type TableRows } from './finance-rows.ts'

/** The account that findata logs in with; it owns nothing and reads through synonyms and grants. */
export const FINANCE_READER = 'FINDATA'
/** The department that owns the tables and views. */
const OWNER = 'FINDW'
/** A second owner, as the real sub-project view has. */
const PROJECTS_OWNER = 'MSTR_IA_DEV'

const number = (precision?: number, scale?: number): OracleType =>
  precision === undefined ? { name: 'NUMBER' } : { name: 'NUMBER', precision, scale: scale ?? 0 }
const varchar2 = (size: number): OracleType => ({ name: 'VARCHAR2', size })
const DATE: OracleType = { name: 'DATE' }
const MONEY = number(18, 2)

type Columns = Readonly<Record<string, OracleType>>

const COLUMNS = {
  taskOrders: {
    TASK_ORDER_DEPT: varchar2(4),
    TASK_ORDER_ID: varchar2(16),
    TASK_ORDER_DESC: varchar2(250),
    TASK_ORDER_STATUS: varchar2(20),
    TASK_ORDER_TYPE: varchar2(30),
    TK_CURR_AMOUNT: MONEY,
    CHARGED_AMOUNT: MONEY,
    TASK_ORDER_BAL: MONEY,
    TASK_ORDER_ESTIMATOR: varchar2(100),
    LAST_UPDATE_DATE: DATE,
  },
  buyerFdus: { TASK_ORD_CD: varchar2(16), BYR_FDU: varchar2(14), LINE_NO: number(10) },
  departmentUnits: {
    DEPT_UNIT_ID: number(12),
    DEPT_ID: number(12),
    DEPT: varchar2(4),
    UNIT: varchar2(4),
    UNIT_LONG_NAME: varchar2(100),
    UNIT_SHORT_NAME: varchar2(30),
    DEPT_UNIT_STATUS: varchar2(10),
  },
  objectCodes: {
    OBJ_ID: number(),
    OBJ_CLASS_ID: number(),
    OBJ_CATEGORY_ID: number(),
    OBJ_TYPE_ID: number(),
    OBJ_GROUP_ID: number(),
    OBJ_CODE: number(4),
    OBJ_LONG_NAME: varchar2(100),
    OBJ_SHORT_NAME: varchar2(30),
    OBJ_DESC: varchar2(250),
    OBJ_REIMB_ELIG_STATUS: varchar2(10),
    OBJ_STATUS: varchar2(10),
    ACT_FL: number(1),
  },
  masterAgreements: {
    DOC_CD: varchar2(8),
    DOC_DEPT_CD: varchar2(4),
    DOC_ID: varchar2(20),
    DOC_DSCR: varchar2(250),
    DOC_PHASE_CD: number(2),
    VEND_CUST_CD: varchar2(20),
    LGL_NM: varchar2(100),
  },
  fdus: {
    DEPT_CODE_NAME: varchar2(60),
    SUB_PROJECT_ID: number(),
    SUBPROJECT_ID_UK: number(),
    SP_NUMBER_TXT: varchar2(20),
    FDU_ID: number(),
    FDU: varchar2(14),
    FUND: varchar2(4),
    FUNDNAME: varchar2(60),
    DEPT: varchar2(4),
    DEPT_ID: number(),
    DEPT_UNIT_ID: number(),
    DEPT_UNIT_STATUS: varchar2(10),
    UNIT: varchar2(4),
    UNIT_LONG_NAME: varchar2(100),
    UNIT_SHORT_NAME: varchar2(30),
  },
  subprojects: {
    PROJECT_NUMBER: number(),
    SP_NUMBER_TXT: varchar2(20),
    SP_NAME: varchar2(250),
    SP_DESCRIPTION: varchar2(4000),
    SP_DETAILED_SCOPE: { name: 'CLOB' },
    SUB_PROJECT_MANAGER: varchar2(100),
    SUB_PROJECT_MANAGING_DEPT: varchar2(4),
    SP_STATUS: varchar2(20),
  },
  fduBalances: {
    FDU: varchar2(14),
    FDU_STATUS: varchar2(10),
    FUND: varchar2(4),
    FUND_LONG_NAME: varchar2(60),
    DEPT: varchar2(4),
    DEPT_LONG_NAME: varchar2(60),
    LVL1_DIV_CODE: varchar2(10),
    LVL1_DIV_LONG_NAME: varchar2(60),
    LVL2_GP_CODE: varchar2(10),
    LVL2_GP_LONG_NAME: varchar2(60),
    UNIT: varchar2(4),
    UNIT_LONG_NAME: varchar2(100),
    FAO_ID: number(),
    SP_NUMBER: varchar2(20),
    SP_NAME: varchar2(250),
    SP_STATUS: varchar2(20),
    APP: MONEY,
    EXP: MONEY,
    OBL: MONEY,
    ENC: MONEY,
    FDU_BAL: MONEY,
  },
} as const satisfies Record<string, Columns>

/** Fills a database with the finance sample of day one: tables, the views over them, synonyms and grants for the reader. */
export function addFinanceSchema(database: OracleDatabase, seed?: number): void {
  const rows = makeFinanceRows(seed)
  const add = (schema: string, name: string, columns: Columns, tableRows: TableRows) =>
    database.addTable(schema, toTable(name, columns, tableRows))

  add(OWNER, 'TASK_ORDERS', COLUMNS.taskOrders, rows.taskOrders)
  add(OWNER, 'TASK_ORDER_BUYERS', COLUMNS.buyerFdus, rows.buyerFdus)
  add(OWNER, 'DEPARTMENT_UNITS', COLUMNS.departmentUnits, rows.departmentUnits)
  add(OWNER, 'OBJECT_CODES', COLUMNS.objectCodes, rows.objectCodes)
  add(OWNER, 'MASTER_AGREEMENTS', COLUMNS.masterAgreements, rows.masterAgreements)
  add(OWNER, 'SUBPROJECT_FDUS', COLUMNS.fdus, rows.fdus)
  add(PROJECTS_OWNER, 'SUBPROJECTS', COLUMNS.subprojects, rows.subprojects)
  add(PROJECTS_OWNER, 'FDU_BALANCES', COLUMNS.fduBalances, rows.fduBalances)

  view(database, OWNER, 'DEPT_2400_TK_VW', 'TASK_ORDERS', Object.keys(COLUMNS.taskOrders))
  view(database, OWNER, 'REL_BUYER_SELLER_FDU_TK', 'TASK_ORDER_BUYERS', ['TASK_ORD_CD', 'BYR_FDU'])
  view(database, OWNER, 'LU_DEPT_UNITS', 'DEPARTMENT_UNITS', Object.keys(COLUMNS.departmentUnits))
  view(database, OWNER, 'LU_OBJ_CD', 'OBJECT_CODES', Object.keys(COLUMNS.objectCodes))
  view(database, OWNER, 'DEPT_2400_MA_VW', 'MASTER_AGREEMENTS', Object.keys(COLUMNS.masterAgreements))
  view(database, OWNER, 'ATD_SUBPROJECT_FDU_VW', 'SUBPROJECT_FDUS', Object.keys(COLUMNS.fdus))
  view(database, PROJECTS_OWNER, 'DEPT_2400_SUBPRJ_VW', 'SUBPROJECTS', Object.keys(COLUMNS.subprojects))
  view(database, PROJECTS_OWNER, 'ATD_FDUS_VW', 'FDU_BALANCES', Object.keys(COLUMNS.fduBalances))
  grantFlashback(database)
}

const FLASHBACK_GRANTS: readonly (readonly [owner: string, privilege: string])[] = [
  ['SYS', 'EXECUTE ON DBMS_FLASHBACK'],
  ['SYS', 'SELECT ON GV_$TRANSACTION'],
  [OWNER, 'FLASHBACK ON DEPT_2400_TK_VW'],
  [OWNER, 'FLASHBACK ON REL_BUYER_SELLER_FDU_TK'],
  [OWNER, 'FLASHBACK ON LU_DEPT_UNITS'],
  [OWNER, 'FLASHBACK ON LU_OBJ_CD'],
  [OWNER, 'FLASHBACK ON DEPT_2400_MA_VW'],
  [OWNER, 'FLASHBACK ON ATD_SUBPROJECT_FDU_VW'],
  [PROJECTS_OWNER, 'FLASHBACK ON DEPT_2400_SUBPRJ_VW'],
  [PROJECTS_OWNER, 'FLASHBACK ON ATD_FDUS_VW'],
]

/** Lets the reader read the views as of an SCN, and see open transactions. */
export function grantFlashback(database: OracleDatabase): void {
  for (const [owner, privilege] of FLASHBACK_GRANTS) {
    database.run(owner, `GRANT ${privilege} TO ${FINANCE_READER}`)
  }
}

/** Takes back what `grantFlashback` gave, as a careful DBA may. */
export function revokeFlashback(database: OracleDatabase): void {
  for (const [owner, privilege] of FLASHBACK_GRANTS) {
    database.run(owner, `REVOKE ${privilege} FROM ${FINANCE_READER}`)
  }
}

const TRANSFER_ORDERS = ['24MOVE0001', '24MOVE0002'] as const

/** Two task orders to move money between. */
export function addTransferOrders(database: OracleDatabase): void {
  const insert = (id: string) =>
    `INSERT INTO TASK_ORDERS VALUES ('2400', '${id}', 'Reserve', 'Active', 'Memo', 1000, 0, 1000, NULL, DATE '2026-11-23')`
  database.run(OWNER, ...TRANSFER_ORDERS.map(insert))
}

export function removeTransferOrders(database: OracleDatabase): void {
  database.run(OWNER, `DELETE FROM TASK_ORDERS WHERE TASK_ORDER_ID IN ('${TRANSFER_ORDERS.join("', '")}')`)
}

/** Moves a cent from one of them to the other in one transaction: the sum over all orders stays what it is. */
export function transferCent(database: OracleDatabase): void {
  const [from, to] = TRANSFER_ORDERS
  const change = (sign: '+' | '-', id: string) =>
    `UPDATE TASK_ORDERS SET TK_CURR_AMOUNT = TK_CURR_AMOUNT ${sign} 0.01 WHERE TASK_ORDER_ID = '${id}'`
  database.run(OWNER, change('-', from), change('+', to))
}

/** Changes, adds and removes some records, as a working day does. */
export function applyFinanceDayTwo(database: OracleDatabase): void {
  database.run(
    OWNER,
    "UPDATE TASK_ORDERS SET CHARGED_AMOUNT = CHARGED_AMOUNT + 12.34, TASK_ORDER_BAL = TASK_ORDER_BAL - 12.34, LAST_UPDATE_DATE = DATE '2026-11-23' WHERE TASK_ORDER_ID LIKE '%7'",
    "UPDATE TASK_ORDERS SET TASK_ORDER_STATUS = 'Inactive' WHERE TASK_ORDER_ID LIKE '24000021%'",
    "DELETE FROM TASK_ORDERS WHERE TASK_ORDER_ID LIKE '24000033%'",
    "INSERT INTO TASK_ORDERS VALUES ('2400', '2400009001', 'Señal nueva en <7th St>', 'Active', 'Memo', 1500.5, 0, 1500.5, NULL, DATE '2026-11-23')",
    "INSERT INTO TASK_ORDERS VALUES ('6200', '62ART4B052', NULL, 'Active', 'Internal Billed', 0.01, 0.02, -0.01, 'B. Nguyen', DATE '2026-11-23')",
    "INSERT INTO TASK_ORDER_BUYERS VALUES ('2400009001', '5610 2400 4200', 900001)",
    "INSERT INTO TASK_ORDER_BUYERS VALUES ('2400009001', '5610 2400 4100', 900002)",
    "UPDATE DEPARTMENT_UNITS SET UNIT_LONG_NAME = 'Pay station replacement' WHERE UNIT LIKE '20%'",
    "INSERT INTO DEPARTMENT_UNITS VALUES (359999999, 180999999, '2400', '9042', 'Parking initiatives', '2400-9042', 'Active')",
    'DELETE FROM OBJECT_CODES WHERE OBJ_CODE IN (5007, 5077)',
    "UPDATE MASTER_AGREEMENTS SET DOC_PHASE_CD = 3 WHERE DOC_ID LIKE 'GA19%'",
    "UPDATE SUBPROJECT_FDUS SET DEPT_UNIT_STATUS = 'Inactive' WHERE UNIT LIKE '21%'",
  )
  database.run(
    PROJECTS_OWNER,
    "UPDATE SUBPROJECTS SET SP_STATUS = 'Closed' WHERE PROJECT_NUMBER BETWEEN 5100 AND 5110",
    "INSERT INTO SUBPROJECTS VALUES (13240, '13240.020', 'Phase two', 'ระยะที่สอง', 'Design and survey', 'E. Suwannarat', '2400', 'Planned')",
  )
}

/** Empties a view's table, as a failed load on the other side of the fence does. */
export function emptyDepartmentUnits(database: OracleDatabase): void {
  database.run(OWNER, 'DELETE FROM DEPARTMENT_UNITS')
}

function toTable(name: string, columns: Columns, rows: TableRows): TableDefinition {
  return { name, columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })), rows }
}

function view(
  database: OracleDatabase,
  owner: string,
  name: string,
  table: string,
  columns: readonly string[],
): void {
  database.run(
    owner,
    `CREATE VIEW ${name} AS SELECT ${columns.join(', ')} FROM ${table}`,
    `GRANT SELECT ON ${name} TO ${FINANCE_READER}`,
  )
  if (owner === OWNER) database.run(FINANCE_READER, `CREATE SYNONYM ${name} FOR ${owner}.${name}`)
}
