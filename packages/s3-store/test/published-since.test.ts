import { SAMPLE_RECORD_TYPE as SAMPLE, sampleRunId, takeSampleSnapshot } from '@findata/contracts'
import { expect, test } from 'vitest'
import { openStandIn, type StandIn } from './s3-place.ts'

const signal = new AbortController().signal
const LATER_MS = 2_000

/** A snapshot that was written after all of these, as the store tells it. */
async function openSnapshot(earlier: (place: StandIn) => Promise<unknown> = async () => {}) {
  let ahead = 0
  await using opening = new AsyncDisposableStack()
  const place = opening.use(await openStandIn({ now: () => new Date(Date.now() + ahead) }))
  await earlier(place)
  ahead += LATER_MS
  const store = place.openStore()
  const { index } = await takeSampleSnapshot({ store })
  ahead += LATER_MS
  const closing = opening.move()
  return {
    place,
    mayBePublished: () => store.mayBePublished(SAMPLE, index.current.runId),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

async function lockAndGiveBack(place: StandIn, name: string) {
  await using _ = await place.openPublishStore().lockDestination(name, sampleRunId(), { signal })
}

test('what was sent before a snapshot was written is not of it, nor is what other record types are sent', async () => {
  await using scene = await openSnapshot(async (place) => {
    await lockAndGiveBack(place, `${SAMPLE}.data-tracker`)
    await place.overwrite(`certificates/${SAMPLE}/data-tracker/${sampleRunId()}.json`, Buffer.from('{}'))
  })
  await lockAndGiveBack(scene.place, `${SAMPLE}_two.data-tracker`)
  await lockAndGiveBack(scene.place, 'knack-account')
  await scene.place.overwrite(`certificates/${SAMPLE}/${sampleRunId()}.json`, Buffer.from('{}'))
  await scene.place.overwrite(`certificates/${SAMPLE}/${sampleRunId()}.refused.json`, Buffer.from('{}'))

  expect(await scene.mayBePublished()).toBe(false)
})

test('whoever locks a destination of the record type may plan or publish its snapshot', async () => {
  await using scene = await openSnapshot()
  await lockAndGiveBack(scene.place, `${SAMPLE}.data-tracker`)

  expect(await scene.mayBePublished()).toBe(true)
})

test('a certificate counts although the lock is gone', async () => {
  await using scene = await openSnapshot()
  const key = `certificates/${SAMPLE}/data-tracker/${sampleRunId()}.json`
  await scene.place.overwrite(key, Buffer.from('{}'))

  expect(await scene.mayBePublished()).toBe(true)
})

test('a snapshot whose manifest is gone counts as published, for nobody can tell', async () => {
  await using place = await openStandIn()

  expect(await place.openStore().mayBePublished(SAMPLE, sampleRunId())).toBe(true)
})
