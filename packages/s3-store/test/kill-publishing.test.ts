import { CreateMultipartUploadCommand, type S3Client } from '@aws-sdk/client-s3'
import {
  sampleIntent as intent,
  sampleReceipt as receipt,
  receiptLines,
  sampleJournalRunId as runId,
  takeSampleSnapshot,
} from '@findata/contracts'
import type { PublishStore } from '@findata/core'
import { expect, test } from 'vitest'
import { openS3Client } from '../src/open-s3-client.ts'
import { openStandIn, type StandIn } from './s3-place.ts'

const signal = new AbortController().signal
const TARGET = { recordType: 'sample', destination: 'data-tracker' }
const FOLDER = 'receipts/sample/data-tracker/'
const DAY_MS = 24 * 60 * 60 * 1000

/** A client of a process that is killed at one of its calls: before it leaves, or when its answer is on the way. */
function openDyingClient(
  { server, prefix }: StandIn,
  calls: number,
  when: 'before' | 'after',
): S3Client & Disposable & { readonly isDead: boolean } {
  const { region, url: endpoint } = server
  const client = openS3Client({ bucket: 'findata', prefix, region, endpoint })
  let left = calls
  client.middlewareStack.add(
    (next) => async (args) => {
      left--
      if (left < 0 || (left === 0 && when === 'before')) throw new Error('killed')
      const answer = await next(args)
      if (left === 0) throw new Error('killed')
      return answer
    },
    { step: 'finalizeRequest' },
  )
  return Object.defineProperty(client, 'isDead', { get: () => left <= 0 }) as typeof client & {
    readonly isDead: boolean
  }
}

/** Run 1 left a create without an answer; run 2 finds it, sends two of its own and settles. */
async function runTwo(store: PublishStore) {
  await using journal = await store.openJournal(TARGET, runId(2), { signal })
  await journal.writeReceipts(journal.unanswered.map(({ sequence }) => receipt(1, sequence, 'found')))
  await journal.writeIntents([intent(2, 1), intent(2, 2)])
  await journal.writeReceipts([receipt(2, 1), receipt(2, 2)])
  await journal.settle()
}

test.each(['before', 'after'] as const)(
  'a run that is killed %s any call of its journal loses and doubles nothing once a later run has settled',
  async (when) => {
    for (let calls = 1; ; calls++) {
      await using place = await openStandIn()
      {
        await using journal = await place.openPublishStore().openJournal(TARGET, runId(1), { signal })
        await journal.writeIntents([intent(1, 1), intent(1, 2)])
        await journal.writeReceipts([receipt(1, 1)])
      }
      using client = openDyingClient(place, calls, when)
      await runTwo(place.openPublishStore(client)).catch((error: Error) => {
        expect(error.message).toBe('killed')
      })
      const wasKilled = client.isDead

      {
        await using journal = await place.openPublishStore().openJournal(TARGET, runId(3), { signal })
        await journal.writeReceipts(
          journal.unanswered.map((open) => ({ ...receipt(0, open.sequence, 'found'), runId: open.runId })),
        )
        await journal.settle()
      }
      const at = `killed ${when} call ${calls}`
      const keys = await place.keys()
      expect(
        keys.filter((key) => key.includes('/parts/')),
        at,
      ).toEqual([])
      expect(keys[0], at).toBe(`${FOLDER}${runId(1)}.ndjson.gz`)
      for (const key of keys) {
        const [, ...entries] = receiptLines(await place.read(key))
        const sent = entries.flatMap(({ intent }) => intent?.sequence ?? [])
        const answered = entries.flatMap(({ receipt }) => receipt?.sequence ?? [])
        expect(sent, at).toEqual([1, 2])
        expect(answered.sort(), at).toEqual([1, 2])
      }
      await using last = await place.openPublishStore().openJournal(TARGET, runId(4), { signal })
      expect(last.unanswered, at).toEqual([])
      if (!wasKilled) break
    }
  },
)

test('a run that was stalled while another settled its writes cannot take its lines away, and its late answer is kept', async () => {
  await using place = await openStandIn()
  await using stalled = await place.openPublishStore().openJournal(TARGET, runId(1), { signal })
  await stalled.writeIntents([intent(1, 1)])
  {
    await using taker = await place.openPublishStore().openJournal(TARGET, runId(2), { signal })
    await taker.writeReceipts([receipt(1, 1, 'found')])
    await taker.settle()
  }
  await stalled.writeReceipts([receipt(1, 1)])
  await stalled.settle()

  const [key = '', ...others] = await place.keys()
  expect(others).toEqual([])
  const [, ...lines] = receiptLines(await place.read(key))
  expect(lines.map(({ part }) => part)).toEqual([
    '000001.intents',
    `${runId(2)}.000001.receipts`,
    '000002.receipts',
  ])
})

test('parts whose writes got no answer are written once', async () => {
  await using place = await openStandIn()
  await using journal = await place.openPublishStore().openJournal(TARGET, runId(1), { signal })
  // The look at what became of it fails as well: only the content tells.
  place.server.faults.arm({ effect: { kind: 'lost-reply' }, operations: ['PutObject'], times: 2 })
  place.server.faults.arm({ effect: { kind: 'internal-error' }, operations: ['HeadObject'], times: 4 })
  await journal.writeIntents([intent(1, 1)])
  await journal.writeReceipts([receipt(1, 1)])
  await journal.settle()

  expect(await place.keys()).toEqual([`${FOLDER}${runId(1)}.ndjson.gz`])
})

test('the next run aborts what a killed one had begun to upload, and not that of another destination', async () => {
  await using place = await openStandIn()
  for (const folder of [FOLDER, 'receipts/sample/data-tracker-two/']) {
    const Key = place.bucket.fullKey(`${folder}${runId(1)}.ndjson.gz`)
    await place.client.send(new CreateMultipartUploadCommand({ Bucket: place.bucket.name, Key }))
  }
  await using _ = await place.openPublishStore().openJournal(TARGET, runId(2), { signal })

  expect(await place.unfinishedUploads()).toBe(1)
})

test('the lock of a destination is not the lock of a record type of its name', async () => {
  await using place = await openStandIn()
  await using _ = await place.openStore().lock('knack-atd', runId(1), { signal })
  await using other = await place.openPublishStore().lockDestination('knack-atd', runId(2), { signal })

  expect(other.lost.aborted).toBe(false)
})

test('the sweep of a record type touches nothing of its publishing', async () => {
  await using place = await openStandIn()
  const kept = [
    `${FOLDER}${runId(1)}.ndjson.gz`,
    `${FOLDER}parts/${runId(2)}/000001.intents.json`,
    'rejects/sample/data-tracker.json',
    `certificates/sample/data-tracker/${runId(1)}.json`,
    `certificates/sample/data-tracker/${runId(2)}.refused.json`,
  ]
  for (const key of kept) await place.overwrite(key, Buffer.from('x'))
  await takeSampleSnapshot({ store: place.openStore() })
  const later = place.openStore({ now: () => new Date(Date.now() + 2 * DAY_MS) })
  await takeSampleSnapshot({ store: later })
  await using _ = await later.lock('sample', runId(9), { signal })
  await later.sweep('sample', await later.readCurrent('sample'))

  expect(await place.keys()).toEqual(expect.arrayContaining(kept))
})
