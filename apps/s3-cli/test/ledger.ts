import type { OracleDatabase, OracleType } from '@findata/sandbox'

export const LEDGER_OWNER = 'FINDATA'

/** The configuration that declares the record type `ledger`. */
export const LEDGER_CONFIG = {
  recordTypes: {
    ledger: {
      query: 'SELECT ENTRY_ID, UNIT, MEMO, SCOPE, AMOUNT, POSTED_ON, CHANGED_AT FROM LEDGER_V',
      columns: ['ENTRY_ID', 'UNIT', 'MEMO', 'SCOPE', 'AMOUNT', 'POSTED_ON', 'CHANGED_AT'],
      rowKey: ['ENTRY_ID'],
      money: ['AMOUNT'],
    },
  },
}

const COLUMNS: readonly { readonly name: string; readonly type: OracleType }[] = [
  { name: 'ENTRY_ID', type: { name: 'NUMBER', precision: 10, scale: 0 } },
  { name: 'UNIT', type: { name: 'VARCHAR2', size: 4 } },
  { name: 'MEMO', type: { name: 'VARCHAR2', size: 250 } },
  { name: 'SCOPE', type: { name: 'CLOB' } },
  { name: 'AMOUNT', type: { name: 'NUMBER', precision: 18, scale: 2 } },
  { name: 'POSTED_ON', type: { name: 'DATE' } },
  { name: 'CHANGED_AT', type: { name: 'TIMESTAMP', fractionalDigits: 6 } },
]

const MEMOS = ['<50 acres', 'ถนนสุขุมวิท', 'señal', 'a "quoted" word', null, '24ROW51000']

/** A table and the view that is read; the same rows for the same arguments. */
export function addLedger(
  database: OracleDatabase,
  { rows, textLength }: { readonly rows: number; readonly textLength: number },
): void {
  database.addTable(LEDGER_OWNER, {
    name: 'LEDGER',
    columns: COLUMNS.map((column, i) => ({ ...column, isNullable: i > 0 })),
    rows: Array.from({ length: rows }, (_, i) => [
      String(i + 1),
      String(6000 + (i % 7)),
      MEMOS[i % MEMOS.length] ?? null,
      i % 5 === 4 ? null : noise(i, textLength),
      i % 11 === 10 ? null : amount(i),
      `2026-03-${String(1 + (i % 28)).padStart(2, '0')}T02:30:00`,
      `2026-11-01T01:30:00.${String(i % 1_000_000).padStart(6, '0')}000`,
    ]),
  })
  database.run(
    LEDGER_OWNER,
    'CREATE VIEW LEDGER_V AS SELECT ENTRY_ID, UNIT, MEMO, SCOPE, AMOUNT, POSTED_ON, CHANGED_AT FROM LEDGER',
  )
}

/** What the next day changes, adds and removes. */
export const LEDGER_DAY_TWO = [
  `UPDATE LEDGER SET AMOUNT = AMOUNT + 0.01, MEMO = 'corrected' WHERE ENTRY_ID IN (1, 2, 3)`,
  'DELETE FROM LEDGER WHERE ENTRY_ID = 4',
  `INSERT INTO LEDGER (ENTRY_ID, UNIT, AMOUNT) VALUES (900001, '6207', 9999999999999999.99)`,
  `INSERT INTO LEDGER (ENTRY_ID, UNIT, AMOUNT) VALUES (900002, '6207', -9999999999999999.99)`,
]

function amount(row: number): string {
  const cents = 1 + ((row * 37_117) % 1_000_000) * 10
  return `${row % 4 === 3 ? '-' : ''}${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Text that looks random, so that it stays long when it is compressed. */
function noise(row: number, length: number): string {
  let state = Math.imul(row + 1, 0x9e3779b1)
  let text = ''
  while (text.length < length) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5
    text += LETTERS[(state >>> 24) & 63]
  }
  return text
}
