import { checkCertificate, type SnapshotStore, type SourceSnapshot, TransientError } from '@findata/core'
import { expect, test } from 'vitest'
import { openSnapshotScene, type SnapshotScene } from './snapshot-scene.ts'

const fail = () => Promise.reject(new TransientError('STORE_BUSY', 'The store is busy.'))

test('a run that is stopped while it commits still puts the plain file in place', async () => {
  await using scene = await openSnapshotScene()
  const stop = new AbortController()
  const commit: SnapshotStore['commit'] = async (...index) => {
    stop.abort(new Error('stopped'))
    return await scene.store.commit(...index)
  }

  await scene.take({ store: { ...scene.store, commit }, signal: stop.signal })

  expect(await scene.plainFile()).toBe('[\n{"ID":"a","AMOUNT":1},\n{"ID":"b","AMOUNT":2}\n]\n')
})

test('a run that is stopped just before its commit changes nothing', async () => {
  await using scene = await openSnapshotScene()
  const stop = new AbortController()
  const writeManifest: SnapshotStore['writeManifest'] = async (...manifest) => {
    stop.abort(new Error('stopped'))
    return await scene.store.writeManifest(...manifest)
  }

  const run = scene.take({ store: { ...scene.store, writeManifest }, signal: stop.signal })

  await expect(run).rejects.toThrow('stopped')
  expect(await scene.store.readCurrent('ledger')).toBeUndefined()
  expect(await scene.plainFile()).toBeUndefined()
})

test.each(['writeRefusal', 'sweep'] as const)(
  'figures that differ are told as such also when the store fails at %s',
  async (step) => {
    await using scene = await openSnapshotScene()
    let isRefused = false
    const store: SnapshotStore = {
      ...scene.store,
      writeRefusal: (certificate) => {
        isRefused = true
        return step === 'writeRefusal' ? fail() : scene.store.writeRefusal(certificate)
      },
      sweep: (...index) => (isRefused ? fail() : scene.store.sweep(...index)),
    }
    const source = (real: SourceSnapshot): SourceSnapshot => ({
      ...real,
      async totals(...query) {
        const { totals, leftOut } = await real.totals(...query)
        const { AMOUNT } = totals.money
        return {
          totals: { ...totals, money: AMOUNT ? { AMOUNT: { ...AMOUNT, sum: '4' } } : {} },
          leftOut,
        }
      },
    })

    await expect(scene.take({ store, source })).rejects.toMatchObject({
      code: 'BALANCE_DIFFERS',
      message: expect.stringMatching(/source 4, read 3.*After that the store failed: The store is busy\.$/s),
    })
  },
)

/** Two runs over the same rows, the first with a step of its store that fails, and what the first is to the second. */
async function takeTwice(scene: SnapshotScene, broken: Partial<SnapshotStore>) {
  const first = '20261122T130000Z-00000001'
  await scene.take({ store: { ...scene.store, ...broken }, id: first }).catch(() => {})
  const { previous } = await scene.take({ id: '20261123T130000Z-00000002' })
  const current = await scene.store.readCurrent('ledger')
  return { first, previous: previous?.runId, kept: current?.index.snapshots.length }
}

test('a run takes the place of one with the same rows that ended before its plain file was in place', async () => {
  await using scene = await openSnapshotScene()
  const stagePlainFile: SnapshotStore['stagePlainFile'] = (...data) => ({
    ...scene.store.stagePlainFile(...data),
    publish: fail,
  })

  expect(await takeTwice(scene, { stagePlainFile })).toMatchObject({ previous: undefined, kept: 1 })
})

test('a run whose plain file is in place keeps its snapshot, whatever failed after it', async () => {
  await using scene = await openSnapshotScene()
  const sweep: SnapshotStore['sweep'] = async (recordType, current) => {
    const isAfterCommit = (await scene.store.readCurrent(recordType)) !== undefined
    return isAfterCommit ? await fail() : await scene.store.sweep(recordType, current)
  }

  const { first, previous, kept } = await takeTwice(scene, { sweep })

  expect({ previous, kept }).toEqual({ previous: first, kept: 2 })
})

test('a plain file that somebody removed does not make an earlier snapshot give way', async () => {
  await using scene = await openSnapshotScene()
  scene.change("DELETE FROM LEDGER WHERE ID = 'a'")
  await scene.take({ id: '20261121T130000Z-00000000' })
  scene.change("INSERT INTO LEDGER VALUES ('a', 1)")
  const { previous: first } = await scene.take({ id: '20261122T130000Z-00000001' })
  const store = { ...scene.store, readPlainFileRunId: async () => undefined }

  const { previous } = await scene.take({ store, id: '20261123T130000Z-00000002' })

  const current = await scene.store.readCurrent('ledger')
  expect(first?.runId).toBe('20261121T130000Z-00000000')
  expect(previous?.runId).toBe('20261122T130000Z-00000001')
  expect(current?.index.snapshots).toHaveLength(3)
})

test('a clock that is set back during the run leaves a certificate that holds', async () => {
  await using scene = await openSnapshotScene()
  const times = ['2026-11-22T13:00:00Z', '2026-11-22T12:00:00Z']
  const now = () => new Date(times.length > 1 ? (times.shift() as string) : (times[0] as string))

  const { certificate } = await scene.take({ now })

  expect(checkCertificate(certificate)).toEqual([])
})
