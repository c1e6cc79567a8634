import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3'
import {
  commitSample,
  SAMPLE_RECORD_TYPE as SAMPLE,
  sampleCertificate,
  sampleManifest,
  sampleRunId,
  takeSampleSnapshot,
  writeSampleData,
} from '@findata/contracts'
import type { PipelineError } from '@findata/core'
import { expect, test } from 'vitest'
import { openStandIn, type StandIn } from './s3-place.ts'

const signal = new AbortController().signal
const DAY_MS = 24 * 60 * 60 * 1000

async function sweepUnderLock(place: StandIn, now: () => Date = () => new Date()) {
  const store = place.openStore({ now })
  await using _ = await store.lock(SAMPLE, sampleRunId(), { signal })
  return await store.sweep(SAMPLE, await store.readCurrent(SAMPLE))
}

async function beginUpload({ client, bucket }: StandIn, key: string) {
  await client.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key: bucket.fullKey(key) }))
}

test('unfinished uploads of the record type are aborted, those of others are not', async () => {
  await using place = await openStandIn()
  await beginUpload(place, 'snapshots/sample/20261122T133643Z-00000001/data.json.gz')
  await beginUpload(place, 'sample.json')
  await beginUpload(place, 'sample.json.backup')
  await beginUpload(place, 'snapshots/sample_two/20261122T133643Z-00000001/data.json.gz')

  const { removed } = await sweepUnderLock(place)
  expect(removed).toEqual(['snapshots/sample/20261122T133643Z-00000001/data.json.gz', 'sample.json'])
  expect(await place.unfinishedUploads()).toBe(2)
})

test('what a dead run left is removed by a later run after a day, and by the next one that commits at once', async () => {
  await using place = await openStandIn()
  await takeSampleSnapshot({ store: place.openStore() })
  const orphan = await writeSampleData({ store: place.openStore() })

  expect(await sweepUnderLock(place)).toEqual({ removed: [] })
  const later = new Date(Date.now() + DAY_MS + 60_000)
  expect(await sweepUnderLock(place, () => later)).toEqual({ removed: [orphan.key] })

  const other = await writeSampleData({ store: place.openStore() })
  await takeSampleSnapshot({ store: place.openStore() })
  expect(await place.read(other.key)).toBeUndefined()
})

test('a run that comes back after another took over and committed removes nothing of the other', async () => {
  await using place = await openStandIn()
  const store = place.openStore()
  const runId = sampleRunId()
  await using _ = await store.lock(SAMPLE, runId, { signal })
  await store.sweep(SAMPLE, undefined)
  const current = await commitSample({ store, runId }, await writeSampleData({ store, runId }), undefined)

  const taker = place.openStore({ now: () => new Date(Date.now() + 61_000) })
  const { index } = await takeSampleSnapshot({ store: taker })
  await beginUpload(place, 'snapshots/sample/20261122T133643Z-00000001/data.json.gz')
  expect(await store.sweep(SAMPLE, current)).toEqual({ removed: [] })
  expect(await place.read(index.current.data.key)).toBeDefined()
  expect(await place.unfinishedUploads()).toBe(1)
})

test('a missing index stops the next run before it removes anything, and says what to do', async () => {
  await using place = await openStandIn()
  const { index } = await takeSampleSnapshot({ store: place.openStore() })
  await takeSampleSnapshot({ store: place.openStore() })
  await place.delete('sample.manifest.json')
  const before = await place.keys()

  const later = place.openStore({ now: () => new Date(Date.now() + 2 * DAY_MS) })
  for (const store of [place.openStore(), later]) {
    const error = (await takeSampleSnapshot({ store }).catch((reason: unknown) => reason)) as PipelineError
    expect(error.code).toBe('FILE_INVALID')
    expect(error.message).toContain('Put back an earlier version of finance/test/sample.manifest.json')
    expect(error.message).toContain('delete finance/test/locks/sample.json')
    expect(await place.keys()).toEqual(before)
  }

  await place.delete('locks/sample.json')
  expect(await sweepUnderLock(place, () => new Date(Date.now() + 2 * DAY_MS))).toEqual({ removed: [] })
  const anew = await takeSampleSnapshot({ store: place.openStore() })
  expect(anew.index.snapshots.length).toBe(1)
  expect(await place.read(index.current.data.key)).toBeUndefined()
})

test('snapshots beyond the retention leave the index with the commit and the bucket with the sweep', async () => {
  await using place = await openStandIn()
  const old = new Date(Date.now() - 10 * DAY_MS)
  const store = place.openStore({ retention: { keepLast: 2, keepDays: 5 } })
  const taken = []
  for (let run = 0; run < 4; run++) taken.push(await takeSampleSnapshot({ store, takenAt: old }))

  const kept = taken.slice(2).map(({ index }) => index.current.runId)
  expect((await store.readCurrent(SAMPLE))?.index.snapshots.map(({ runId }) => runId)).toEqual(
    kept.toReversed(),
  )
  const keys = await place.keys()
  expect(keys.filter((key) => key.startsWith('snapshots/')).length).toBe(4)
  expect(keys.filter((key) => key.startsWith('certificates/')).length).toBe(2)
})

test('more than a thousand orphans are listed and removed', async () => {
  await using place = await openStandIn()
  const runIds = Array.from({ length: 1_010 }, (_, run) => `20261122T133643Z-${String(run).padStart(8, '0')}`)
  const write = async () => {
    for (let runId = runIds.pop(); runId; runId = runIds.pop()) {
      await place.overwrite(`snapshots/sample/${runId}/data.json.gz`, Buffer.from('x'))
    }
  }
  await Promise.all(Array.from({ length: 8 }, write))
  await takeSampleSnapshot({ store: place.openStore() })

  const keys = await place.keys()
  expect(keys.length).toBe(5)
}, 60_000)

test('the newest thirty certificates of refused runs are kept', async () => {
  await using place = await openStandIn()
  const store = place.openStore()
  const data = await writeSampleData({ store })
  const refusals: string[] = []
  for (let run = 0; run < 33; run++) {
    refusals.push(await store.writeRefusal(sampleCertificate(sampleManifest(SAMPLE, sampleRunId(), data))))
  }

  const { removed } = await sweepUnderLock(place)
  expect(removed.length).toBe(3)
  expect((await place.keys()).filter((key) => key.endsWith('.refused.json')).length).toBe(30)
})

test('sweeping and committing without the lock are defects', async () => {
  await using place = await openStandIn()
  const store = place.openStore()
  const { index } = await takeSampleSnapshot({ store })

  await expect(store.sweep(SAMPLE, undefined)).rejects.toThrow('lock of sample is not held')
  await expect(store.commit(SAMPLE, index, undefined)).rejects.toThrow('lock of sample is not held')
})
