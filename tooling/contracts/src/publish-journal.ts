import { gunzipSync, gzipSync } from 'node:zlib'
import type { Intent, PublishStore } from '@findata/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectCode } from './expect-code.ts'
import type { PublishStorePlace } from './publish-store.ts'
import {
  sampleIntent as intent,
  sampleReceipt as receipt,
  receiptLines,
  sampleJournalRunId as runId,
} from './sample-journal.ts'

const signal = new AbortController().signal
const TARGET = { recordType: 'task_orders', destination: 'data-tracker' }
const FOLDER = `receipts/${TARGET.recordType}/${TARGET.destination}/`

/** What every journal of a store of publishing does, within a suite; `open` gives an empty store. */
export function testPublishJournal(open: () => Promise<PublishStorePlace>): void {
  test('before the first run nothing was sent and nothing is rejected', async () => {
    await using place = await open()
    const store = place.openStore()
    await using journal = await store.openJournal(TARGET, runId(1), { signal })

    expect(journal.unanswered).toEqual([])
    expect(await store.readRejects(TARGET)).toBeUndefined()
    expect(await historyOf(place, 'K1')).toEqual([])
  })

  test('a run that sends nothing leaves nothing', async () => {
    await using place = await open()
    await sendRun(place, 1, async (journal) => {
      await journal.writeIntents([])
      await journal.writeReceipts([])
      await journal.settle()
    })

    expect(await place.keys()).toEqual([])
  })

  test('a finished run is one object with what was sent and answered, a line each', async () => {
    await using place = await open()
    await sendRun(place, 1, async (journal) => {
      await journal.writeIntents([intent(1, 1), intent(1, 2)])
      await journal.writeReceipts([receipt(1, 1), receipt(1, 2, 'refused')])
      await journal.writeIntents([intent(1, 3, 'update')])
      await journal.writeReceipts([receipt(1, 3)])
      await journal.settle()
    })

    expect(await place.keys()).toEqual([`${FOLDER}${runId(1)}.ndjson.gz`])
    const lines = await linesOf(place, 1)
    expect(lines).toEqual([
      { part: '000001.intents', intent: intent(1, 1) },
      { part: '000001.intents', intent: intent(1, 2) },
      { part: '000002.receipts', receipt: receipt(1, 1) },
      { part: '000002.receipts', receipt: receipt(1, 2, 'refused') },
      { part: '000003.intents', intent: intent(1, 3, 'update') },
      { part: '000004.receipts', receipt: receipt(1, 3) },
    ])
    expect(await unansweredFor(place, 2)).toEqual([])
  })

  test('what killed runs sent without an answer is told to the next run, oldest first', async () => {
    await using place = await open()
    for (const run of [1, 2]) {
      await sendRun(place, run, async (journal) => {
        await journal.writeIntents([intent(run, 1), intent(run, 2, 'update'), intent(run, 3, 'delete')])
        await journal.writeReceipts([receipt(run, 2)])
      })
    }

    expect(await unansweredFor(place, 3)).toEqual([
      intent(1, 1),
      intent(1, 3, 'delete'),
      intent(2, 1),
      intent(2, 3, 'delete'),
    ])
  })

  test.each(['done', 'found', 'refused', 'not sent'] as const)('%s is an answer', async (outcome) => {
    await using place = await open()
    await sendRun(place, 1, async (journal) => {
      await journal.writeIntents([intent(1, 1)])
      await journal.writeReceipts([receipt(1, 1, 'unclear')])
      await journal.writeReceipts([receipt(1, 1, outcome)])
    })

    expect(await unansweredFor(place, 2)).toEqual([])
  })

  test('A42: an unclear create stays unanswered through runs that settle, until one of them says what came of it', async () => {
    await using place = await open()
    await sendRun(place, 1, async (journal) => {
      await journal.writeIntents([intent(1, 1), intent(1, 2)])
      await journal.writeReceipts([receipt(1, 1), receipt(1, 2, 'unclear')])
      await journal.settle()
    })
    await sendRun(place, 2, async (journal) => {
      expect(journal.unanswered).toEqual([intent(1, 2)])
      await journal.writeReceipts([receipt(1, 2, 'unclear', 'still nothing')])
      await journal.settle()
    })
    await sendRun(place, 3, async (journal) => {
      expect(journal.unanswered).toEqual([intent(1, 2)])
      await journal.writeReceipts([receipt(1, 2, 'found')])
      await journal.settle()
    })

    expect(await unansweredFor(place, 4)).toEqual([])
    expect(await place.keys()).toEqual([`${FOLDER}${runId(1)}.ndjson.gz`])
    expect(await historyOf(place, 'K2')).toEqual([{ intent: intent(1, 2), receipt: receipt(1, 2, 'found') }])
  })

  test.each(['update', 'delete'] as const)(
    'an unclear %s is unanswered for the next run, and at an end when that settles',
    async (kind) => {
      await using place = await open()
      await sendRun(place, 1, async (journal) => {
        await journal.writeIntents([intent(1, 1, kind)])
        await journal.settle()
      })
      await sendRun(place, 2, async (journal) => {
        expect(journal.unanswered).toEqual([intent(1, 1, kind)])
        await journal.settle()
      })

      expect(await unansweredFor(place, 3)).toEqual([])
      expect(await place.keys()).toEqual([`${FOLDER}${runId(1)}.ndjson.gz`])
      expect(await historyOf(place, 'K1')).toEqual([{ intent: intent(1, 1, kind), receipt: undefined }])
    },
  )

  test('settling folds every run that is resolved and leaves the others', async () => {
    await using place = await open()
    for (const run of [1, 2]) {
      await sendRun(place, run, (journal) => journal.writeIntents([intent(run, 1)]))
    }
    await sendRun(place, 3, async (journal) => {
      await journal.writeReceipts([receipt(2, 1, 'not sent')])
      await journal.writeIntents([intent(3, 1)])
      await journal.writeReceipts([receipt(3, 1)])
      await journal.settle()
    })

    const folded = (await place.keys()).filter((key) => key.endsWith('.gz'))
    expect(folded).toEqual([`${FOLDER}${runId(2)}.ndjson.gz`, `${FOLDER}${runId(3)}.ndjson.gz`])
    expect(await unansweredFor(place, 4)).toEqual([intent(1, 1)])
  })

  test('a receipt for a run that waits for none is a defect', async () => {
    await using place = await open()
    await sendRun(place, 2, async (journal) => {
      await expect(journal.writeReceipts([receipt(1, 1)])).rejects.toThrow('no write that waits')
    })
  })

  test('what was answered is written down although the run is stopped, and no intent is', async () => {
    await using place = await open()
    const stop = new AbortController()
    const store = place.openStore()
    await using journal = await store.openJournal(TARGET, runId(1), { signal: stop.signal })
    await journal.writeIntents([intent(1, 1)])
    stop.abort(new Error('stopped'))

    await journal.writeReceipts([receipt(1, 1)])
    await expect(journal.writeIntents([intent(1, 2)])).rejects.toThrow('stopped')
    expect(await unansweredFor(place, 2)).toEqual([])
    expect(await historyOf(place, 'K2')).toEqual([])
  })

  test('destinations and record types are apart', async () => {
    await using place = await open()
    const store = place.openStore()
    for (const target of [
      { ...TARGET, destination: 'data' },
      { ...TARGET, recordType: 'task' },
    ]) {
      await using journal = await store.openJournal(target, runId(1), { signal })
      await journal.writeIntents([intent(1, 1)])
    }

    expect(await unansweredFor(place, 2)).toEqual([])
    expect(await historyOf(place, 'K1')).toEqual([])
  })

  test('A46: the history of a record is newest first, of finished and of killed runs, with the last answer', async () => {
    await using place = await open()
    await sendRun(place, 1, async (journal) => {
      await journal.writeIntents([intent(1, 1), intent(1, 2)])
      await journal.writeReceipts([receipt(1, 1), receipt(1, 2)])
      await journal.settle()
    })
    await sendRun(place, 2, (journal) => journal.writeIntents([intent(2, 1, 'update')]))
    await sendRun(place, 3, async (journal) => {
      await journal.writeIntents([intent(3, 1, 'update'), { ...intent(3, 2, 'update'), key: 'K1' }])
      await journal.writeReceipts([receipt(3, 1, 'refused')])
    })

    expect(await historyOf(place, 'K1')).toEqual([
      { intent: { ...intent(3, 2, 'update'), key: 'K1' }, receipt: undefined },
      { intent: intent(3, 1, 'update'), receipt: receipt(3, 1, 'refused') },
      { intent: intent(2, 1, 'update'), receipt: undefined },
      { intent: intent(1, 1), receipt: receipt(1, 1) },
    ])
  })

  test('one record is found among thousands, also when its key is part of others', async () => {
    await using place = await open()
    const numbers = Array.from({ length: 3_000 }, (_, index) => index + 1)
    await sendRun(place, 1, async (journal) => {
      for (let start = 0; start < numbers.length; start += 1_000) {
        const some = numbers.slice(start, start + 1_000)
        await journal.writeIntents(some.map((number) => intent(1, number)))
        await journal.writeReceipts(some.map((number) => receipt(1, number)))
      }
      await journal.settle()
    })

    expect(await historyOf(place, 'K12')).toEqual([{ intent: intent(1, 12), receipt: receipt(1, 12) }])
    expect((await linesOf(place, 1)).length).toBe(6_000)
  })

  test('keys, values and answers of any text come back as they were', async () => {
    await using place = await open()
    const text = fc.string({ unit: 'grapheme' })
    const change = fc.record({
      field: fc.string({ unit: 'grapheme', minLength: 1 }),
      from: fc.option(text),
      to: fc.option(text),
    })
    const record = fc.record({ key: text, id: fc.option(text), changes: fc.array(change), answer: text })
    let run = 100
    const sendAndRead = fc.asyncProperty(record, async ({ key, id, changes, answer }) => {
      run++
      const sent = { ...intent(run, 1), key, id, changes }
      const answered = { ...receipt(run, 1), id, answer }
      await sendRun(place, run, async (journal) => {
        await journal.writeIntents([sent])
        await journal.writeReceipts([answered])
        if (run % 2 === 0) await journal.settle()
      })
      for await (const newest of place.openStore().readHistory(TARGET, key)) {
        expect(newest).toEqual({ intent: sent, receipt: answered })
        break
      }
    })
    await fc.assert(sendAndRead, { numRuns: 20 })
  })

  test.each([
    ['cut short', (text: string) => text.slice(0, -10)],
    ['something else', () => '{"kind":"findata-lock","version":1}'],
    ['of a later version', (text: string) => text.replace('"version":1', '"version":2')],
    ['of another run', (text: string) => text.replaceAll(runId(1), runId(9))],
    ['empty', () => ''],
  ])('a part that is %s is named, and stops the next run', async (_, spoil) => {
    await using place = await open()
    await sendRun(place, 1, (journal) => journal.writeIntents([intent(1, 1)]))
    const [key = ''] = await place.keys()
    await place.overwrite(key, Buffer.from(spoil(textOf(await place.read(key)))))

    const error = await expectCode('FILE_INVALID', unansweredFor(place, 2))
    expect(error.message).toContain(key)
    expect(error.details).toHaveProperty('nextStep')
  })

  test('an object among the parts that no run wrote is named', async () => {
    await using place = await open()
    await place.overwrite(`${FOLDER}parts/notes.txt`, Buffer.from('x'))

    const error = await expectCode('FILE_INVALID', unansweredFor(place, 1))
    expect(error.message).toContain('parts/notes.txt')
  })

  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, -9)],
    ['cut between lines', (bytes: Buffer) => gzipSync(gunzipSync(bytes).subarray(0, -40))],
    ['not packed', () => Buffer.from('{"kind":"findata-receipts"}\n')],
    ['something else, well packed', () => gzipSync('[]\n')],
    ['a line of something else', (bytes: Buffer) => gzipSync(`${gunzipSync(bytes)}{"K1":1}\n`)],
    ['empty', () => Buffer.alloc(0)],
  ])('receipts of a finished run that are %s are named when they are read', async (_, spoil) => {
    await using place = await open()
    await sendRun(place, 1, async (journal) => {
      await journal.writeIntents([intent(1, 1)])
      await journal.writeReceipts([receipt(1, 1)])
      await journal.settle()
    })
    const [key = ''] = await place.keys()
    await place.overwrite(key, spoil(Buffer.from((await place.read(key)) ?? [])))

    const error = await expectCode('FILE_INVALID', historyOf(place, 'K1'))
    expect(error.message).toContain(key)
    expect(error.details).toHaveProperty('nextStep')
  })
}

async function sendRun(
  place: PublishStorePlace,
  run: number,
  send: (journal: Awaited<ReturnType<PublishStore['openJournal']>>) => Promise<void>,
): Promise<void> {
  await using journal = await place.openStore().openJournal(TARGET, runId(run), { signal })
  await send(journal)
}

async function unansweredFor(place: PublishStorePlace, run: number): Promise<readonly Intent[]> {
  await using journal = await place.openStore().openJournal(TARGET, runId(run), { signal })
  return journal.unanswered
}

async function historyOf(place: PublishStorePlace, key: string) {
  return await Array.fromAsync(place.openStore().readHistory(TARGET, key))
}

async function linesOf(place: PublishStorePlace, run: number): Promise<unknown[]> {
  const [header, ...lines] = receiptLines(await place.read(`${FOLDER}${runId(run)}.ndjson.gz`))
  expect(header).toEqual({ version: 1, kind: 'findata-receipts', ...TARGET, runId: runId(run) })
  return lines
}

function textOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString()
}
