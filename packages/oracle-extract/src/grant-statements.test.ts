import { expect, test } from 'vitest'
import { grantStatement } from './grant-statements.ts'

test.each([
  ['FINDW.LEDGER_VW', 'FINDATA', 'FINDW.LEDGER_VW TO FINDATA'],
  ['SYS.GV_$TRANSACTION', 'FINDATA', 'SYS.GV_$TRANSACTION TO FINDATA'],
  ['FINDW.Ledger_Vw', 'FINDATA', 'FINDW."Ledger_Vw" TO FINDATA'],
  ['findw.LEDGER VW', 'Findata', '"findw"."LEDGER VW" TO "Findata"'],
  ['FINDW.ORDER', 'FINDATA', 'FINDW."ORDER" TO FINDATA'],
  ['FINDW.2ND', 'FINDATA', 'FINDW."2ND" TO FINDATA'],
  ['FINDW._VW', 'FINDATA', 'FINDW."_VW" TO FINDATA'],
])('a grant on %s to %s quotes what is not plain upper case', (object, user, expected) => {
  expect(grantStatement('FLASHBACK', object, user)).toBe(`GRANT FLASHBACK ON ${expected}`)
})
