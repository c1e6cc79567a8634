import { expect, test } from 'vitest'
import {
  at,
  insert,
  LEDGER,
  ledger,
  openWindowScene,
  type WindowScene,
  windowed,
} from './support/open-windows.ts'

const NOT_KNOWN = expect.stringContaining('The transactions that were open at the moment are not known')
const ALL_KNOWN = expect.stringContaining('A long statement')

/** A transaction of 9:58 is open at 10:05. */
function openTransaction(scene: WindowScene): void {
  scene.setClock('09:58:00')
  scene.openWriter().write(insert('OPEN'))
  scene.setClock('10:05:00')
}

const OF_INSTANCE = [
  'REVOKE SELECT ON GV_$TRANSACTION FROM READER',
  'GRANT SELECT ON V_$TRANSACTION TO READER',
]
const INSTANCE = 'GRANT SELECT ON V_$INSTANCE TO READER'

test.each([
  ['all there are in a database that says it has one instance', false, [INSTANCE], ALL_KNOWN],
  ['not all there are where the database does not say that', false, [], NOT_KNOWN],
  ['not all there are in a cluster', true, [INSTANCE], NOT_KNOWN],
])('the transactions of one instance end a window, and are %s', async (_, isCluster, grants, proof) => {
  await using scene = await openWindowScene([LEDGER], { isCluster })
  scene.sys(...OF_INSTANCE, ...grants)
  openTransaction(scene)
  const { window } = await scene.run(ledger)
  expect(window).toMatchObject({ to: at('09:58:00'), boundedBy: 'open transaction', notProven: [proof] })
})

test('a standby shows none of what is open on its primary, and says so', async () => {
  await using scene = await openWindowScene([LEDGER], { role: 'PHYSICAL STANDBY' })
  openTransaction(scene)
  const { window } = await scene.run(ledger)
  expect(window).toMatchObject({ to: at('10:05:00'), boundedBy: 'clock', notProven: [NOT_KNOWN] })
})

test('a moment that may be older than the transactions that were looked at proves nothing of them', async () => {
  await using scene = await openWindowScene([LEDGER])
  scene.sys('REVOKE EXECUTE ON DBMS_FLASHBACK FROM READER')
  openTransaction(scene)
  const { window } = await scene.run(ledger)
  expect(window).toMatchObject({ to: at('09:58:00'), notProven: [NOT_KNOWN] })
})

test('what is open behind a database link is not known', async () => {
  await using scene = await openWindowScene([LEDGER])
  scene.sys(`CREATE PUBLIC DATABASE LINK AFAR CONNECT TO FIN IDENTIFIED BY "s3cret" USING 'SANDBOX'`)
  scene.fin(
    'CREATE VIEW FAR_LEDGER AS SELECT * FROM LEDGER@AFAR',
    'GRANT SELECT ON FAR_LEDGER TO READER',
    'GRANT FLASHBACK ON FAR_LEDGER TO READER',
  )
  const { window } = await scene.run(windowed('FAR_LEDGER', ['ID', 'CHANGED'], 'CHANGED'))
  expect(window.notProven).toEqual([NOT_KNOWN])
})
