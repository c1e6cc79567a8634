import { type PublishStore, type Rejects, stringifyCertificate } from '@findata/core'
import { describe, expect, test } from 'vitest'
import { expectCode } from './expect-code.ts'
import { testPublishJournal } from './publish-journal.ts'
import { sampleJournalRunId as runId } from './sample-journal.ts'
import { sampleCertificate, sampleManifest } from './sample-snapshot.ts'

/** An empty place of its own for one test, and a stranger's access to it. */
export interface PublishStorePlace extends AsyncDisposable {
  /** The store as another process would open it. */
  openStore(): PublishStore
  /** All keys but those of locks. */
  keys(): Promise<readonly string[]>
  read(key: string): Promise<Uint8Array | undefined>
  /** Puts an object in place without asking, as a stranger would. */
  overwrite(key: string, bytes: Uint8Array): Promise<void>
}

const signal = new AbortController().signal
const TARGET = { recordType: 'task_orders', destination: 'data-tracker' }
const HASHES = { sha256: '0'.repeat(64), plainBytes: 1, plainSha256: '0'.repeat(64) }

/** What every store of publishing does; `open` gives an empty one. */
export function describePublishStore(name: string, open: () => Promise<PublishStorePlace>): void {
  describe(`publish store: ${name}`, () => {
    testPublishJournal(open)

    test('two runs of one destination are kept apart, and told who holds it', async () => {
      await using place = await open()
      const locks = ['task_orders.data-tracker', 'knack-atd']
      await using _ = await place.openStore().lockDestination(locks[0] ?? '', runId(1), { signal })

      const error = await expectCode(
        'LOCK_HELD',
        place.openStore().lockDestination(locks[0] ?? '', runId(2), { signal }),
      )
      expect(error.message).toContain(runId(1))
      await using other = await place.openStore().lockDestination(locks[1] ?? '', runId(2), { signal })
      expect(other.lost.aborted).toBe(false)
    })

    test('the list of rejected records is replaced by every run, and gone when it is empty', async () => {
      await using place = await open()
      const rejects = (run: number, records: Rejects['records']): Rejects => ({
        ...TARGET,
        runId: runId(run),
        at: '2026-11-22T13:36:43.000Z',
        records,
      })
      const first = rejects(1, [{ key: 'K1', status: 'refused', reason: '400: "status" is required' }])
      const second = rejects(2, [{ key: 'K2', status: 'held', reason: 'no answer' }])

      await place.openStore().writeRejects(first)
      expect(await place.openStore().readRejects(TARGET)).toEqual(first)
      await place.openStore().writeRejects(second)
      expect(await place.openStore().readRejects(TARGET)).toEqual(second)
      expect(await place.openStore().readRejects({ ...TARGET, destination: 'socrata' })).toBeUndefined()
      await place.openStore().writeRejects(rejects(3, []))
      await place.openStore().writeRejects(rejects(4, []))
      expect(await place.openStore().readRejects(TARGET)).toBeUndefined()
      expect(await place.keys()).toEqual([])
    })

    test('a certificate is kept by run and destination; written twice it is one, and never replaced', async () => {
      await using place = await open()
      const data = { key: 'data.json.gz', compression: 'gzip', bytes: 1, ...HASHES } as const
      const certificate = sampleCertificate(sampleManifest(TARGET.recordType, runId(1), data))
      const write = (destination: string) =>
        place.openStore().writePublishCertificate(certificate, destination)
      const keys = new Set([await write('data-tracker'), await write('data-tracker'), await write('socrata')])

      expect([...keys]).toEqual(await place.keys())
      expect(keys.size).toBe(2)
      const [key = ''] = keys
      expect(Buffer.from((await place.read(key)) ?? []).toString()).toBe(stringifyCertificate(certificate))
      const other = { ...certificate, executions: 2 }
      await expectCode('STORE_CONFLICT', place.openStore().writePublishCertificate(other, TARGET.destination))
    })

    test('publications are listed by destination, newest first, and nothing else among them', async () => {
      await using place = await open()
      const data = { key: 'data.json.gz', compression: 'gzip', bytes: 1, ...HASHES } as const
      const store = place.openStore()
      const keys: string[] = []
      for (const run of [2, 1, 3]) {
        const certificate = sampleCertificate(sampleManifest(TARGET.recordType, runId(run), data))
        keys[run] = await store.writePublishCertificate(certificate, TARGET.destination)
        await store.writePublishCertificate(certificate, `${TARGET.destination}-2`)
      }
      await place.overwrite(
        `certificates/${TARGET.recordType}/${TARGET.destination}/notes.txt`,
        Buffer.from('x'),
      )

      expect(await store.listPublications(TARGET)).toEqual(
        [3, 2, 1].map((run) => ({ runId: runId(run), certificateKey: keys[run] })),
      )
      expect(await store.listPublications({ ...TARGET, destination: 'nowhere' })).toEqual([])
    })

    test('a list of rejected records that is none of findata is named', async () => {
      await using place = await open()
      await place.overwrite('rejects/task_orders/data-tracker.json', Buffer.from('{}'))

      const error = await expectCode('FILE_INVALID', place.openStore().readRejects(TARGET))
      expect(error.message).toContain('rejects/task_orders/data-tracker.json')
    })
  })
}
