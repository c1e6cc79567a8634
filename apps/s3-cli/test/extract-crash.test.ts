import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CrashPoint, type CrashScene, crashAndRepeat, killAt, openCrashScene } from './crash-points.ts'

// The deep tests kill at every call; here is one of each kind.
let scene: CrashScene
beforeAll(async () => {
  scene = await openCrashScene('an earlier snapshot')
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
})

function pointAt(what: RegExp, at: CrashPoint['at']): CrashPoint {
  const point = scene.points.findLast((one) => one.at === at && what.test(one.what))
  if (!point) throw new Error(`a clean run makes no call like ${what}`)
  return point
}

test.concurrent.each([
  ['after', 'the data', 'one clean run leaves', /^PutObject snapshots\/.*data\.json\.gz/],
  ['before', 'the manifest', 'one clean run leaves', /^PutObject snapshots\/.*manifest\.json/],
  ['before', 'the commit', 'one clean run leaves', /^PutObject ledger\.manifest\.json/],
  ['after', 'the commit', 'one clean run leaves', /^PutObject ledger\.manifest\.json/],
  ['before', 'the plain file', 'one clean run leaves', /^PutObject ledger\.json/],
  ['after', 'the plain file', 'two clean runs leave', /^PutObject ledger\.json/],
  ['before', 'giving the lock back', 'two clean runs leave', /^PutObject locks\/ledger\.json/],
] as const)(
  'A8: killed %s the call for %s, the same command again leaves what %s',
  async (at, _, expected, what) => {
    const { wasFinished, differences } = await crashAndRepeat(scene, pointAt(what, at))
    expect(differences).toEqual([])
    expect(wasFinished).toBe(expected === 'two clean runs leave')
  },
)

test('A17: what a killed run committed is told as a change by the run that finishes it', async () => {
  const bucket = await scene.openBucket()
  await killAt(scene, bucket, pointAt(/^PutObject ledger\.json/, 'before'))
  const options = { env: { BUCKET: bucket } }
  const again = await scene.cli.runCli(['extract', 'ledger', '--skip-exit-code', '99'], options)
  expect(again).toMatchObject({ exitCode: 0, result: { recordTypes: [{ isChanged: true }] } })

  const diff = await scene.cli.runCli(['diff', 'ledger'], options)
  expect(diff.result).toMatchObject({ added: 2, removed: 1, changed: 3 })
})

test('a commit that was not finished stays when the rows have changed since', async () => {
  const bucket = await scene.openBucket()
  await killAt(scene, bucket, pointAt(/^PutObject ledger\.json/, 'before'))
  scene.cli.change(`INSERT INTO LEDGER (ENTRY_ID, UNIT) VALUES (900003, '6207')`)
  try {
    const again = await scene.cli.runCli(['extract', 'ledger'], { env: { BUCKET: bucket } })
    expect(again).toMatchObject({ exitCode: 0, result: { recordTypes: [{ isChanged: true, rows: 242 }] } })
    const list = await scene.cli.runCli(['list', 'ledger', '--json'], { env: { BUCKET: bucket } })
    expect(list.result.snapshots).toHaveLength(3)
  } finally {
    scene.cli.change('DELETE FROM LEDGER WHERE ENTRY_ID = 900003')
  }
})
