import { gunzipSync, gzipSync } from 'node:zlib'
import type { PipelineError, SnapshotStore } from '@findata/core'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { expectCode } from './expect-code.ts'
import {
  commitSample,
  readAll,
  SAMPLE_RECORD_TYPE as SAMPLE,
  sampleCertificate,
  sampleIndex,
  sampleManifest,
  sampleRunId,
  takeSampleSnapshot,
  writeSampleData,
} from './sample-snapshot.ts'

/** An empty place of its own for one test, and a stranger's access to it. */
export interface SnapshotStorePlace extends AsyncDisposable {
  /** The store as another process would open it. */
  openStore(): SnapshotStore
  keys(): Promise<readonly string[]>
  read(key: string): Promise<Uint8Array | undefined>
  /** Puts an object in place without asking, as a stranger would. */
  overwrite(key: string, bytes: Uint8Array): Promise<void>
  delete(key: string): Promise<void>
  /** Uploads that were begun and neither finished nor aborted. */
  unfinishedUploads(): Promise<number>
}

const signal = new AbortController().signal
const PLAIN = `${SAMPLE}.json`

/** What every store of snapshots does; `open` gives an empty one. */
export function describeSnapshotStore(name: string, open: () => Promise<SnapshotStorePlace>): void {
  describe(`snapshot store: ${name}`, () => {
    test('there is nothing current before the first run', async () => {
      await using place = await open()
      const store = place.openStore()

      expect(await store.readCurrent(SAMPLE)).toBeUndefined()
      expect(await store.listRecordTypes()).toEqual([])
    })

    test('A8: a run leaves the plain array under the name it always had, and its snapshot beside it', async () => {
      await using place = await open()
      const text = Buffer.from('[{"ID":"13240.010"}]')
      const { index } = await takeSampleSnapshot({ store: place.openStore(), pieces: [text] })

      expect(Buffer.from((await place.read(PLAIN)) ?? []).toString()).toBe(text.toString())
      const { current } = index
      expect(gunzipSync((await place.read(current.data.key)) ?? Buffer.alloc(0))).toEqual(text)
      expect(await place.openStore().listRecordTypes()).toEqual([SAMPLE])
      expect((await place.openStore().readCurrent(SAMPLE))?.index).toEqual(index)
    })

    test('what was written reads back byte for byte, in whatever pieces it came', async () => {
      await using place = await open()
      const store = place.openStore()
      const pieces = fc.array(fc.uint8Array({ maxLength: 5_000 }), { maxLength: 20 })
      await fc.assert(
        fc.asyncProperty(pieces, fc.nat({ max: 400_000 }), async (small, large) => {
          const all = [...small, Buffer.alloc(large, 'findata'), ...small]
          const data = await writeSampleData({ store, pieces: all.map((piece) => Uint8Array.from(piece)) })
          expect(await readAll(store.readBack(data, { signal }).chunks)).toEqual(Buffer.concat(all))
          expect(data.plainBytes).toBe(Buffer.concat(all).length)
        }),
        { numRuns: 10 },
      )
    })

    test('A7: a run that is given up before its commit leaves the last good file and snapshot', async () => {
      await using place = await open()
      const store = place.openStore()
      const good = await takeSampleSnapshot({ store, pieces: [Buffer.from('["good"]')] })

      const runId = sampleRunId()
      {
        await using _ = await store.lock(SAMPLE, runId, { signal })
        const data = await writeSampleData({ store, runId, pieces: [Buffer.from('[]')] })
        await using plainFile = store.stagePlainFile(SAMPLE, runId, data, { signal })
        await readAll(plainFile.chunks)
      }

      expect(await store.readCurrent(SAMPLE)).toEqual(good)
      expect(Buffer.from((await place.read(PLAIN)) ?? []).toString()).toBe('["good"]')
      expect(await readAll(store.readBack(good.index.current.data, { signal }).chunks)).toEqual(
        Buffer.from('["good"]'),
      )
    })

    test('a staged plain file appears when it is published, not before', async () => {
      await using place = await open()
      const store = place.openStore()
      const runId = sampleRunId()
      const data = await writeSampleData({ store, runId, pieces: [Buffer.from('[1]')] })
      await using plainFile = store.stagePlainFile(SAMPLE, runId, data, { signal })
      expect(await readAll(plainFile.chunks)).toEqual(Buffer.from('[1]'))

      expect(await place.read(PLAIN)).toBeUndefined()
      expect(await plainFile.publish()).toEqual({ key: PLAIN, bytes: 3 })
      expect(await place.read(PLAIN)).toEqual(Uint8Array.from(Buffer.from('[1]')))
    })

    test('manifest and certificate written twice are one, and read as they were written', async () => {
      await using place = await open()
      const store = place.openStore()
      const runId = sampleRunId()
      const manifest = sampleManifest(SAMPLE, runId, await writeSampleData({ store, runId }))
      const certificate = sampleCertificate(manifest)
      const stored = await store.writeManifest(manifest, certificate)

      expect(await store.writeManifest(manifest, certificate)).toEqual(stored)
      const [entry] = sampleIndex(manifest, stored, undefined).snapshots
      if (!entry) throw new Error('The index has no entry')
      expect(await store.readManifest(entry)).toEqual(manifest)
      expect(await store.readCertificate(entry)).toEqual(certificate)
    })

    test('a manifest is never replaced by another', async () => {
      await using place = await open()
      const store = place.openStore()
      const runId = sampleRunId()
      const manifest = sampleManifest(SAMPLE, runId, await writeSampleData({ store, runId }))
      await store.writeManifest(manifest, sampleCertificate(manifest))
      const other = { ...manifest, querySha256: 'f'.repeat(64) }

      await expectCode('STORE_CONFLICT', store.writeManifest(other, sampleCertificate(other)))
      expect(
        JSON.parse(Buffer.from((await place.read(manifestKey(manifest.runId))) ?? []).toString()),
      ).toEqual(manifest)
    })

    test('a commit is refused when somebody else has committed since', async () => {
      await using place = await open()
      const store = place.openStore()
      const before = await takeSampleSnapshot({ store })
      const winner = await takeSampleSnapshot({ store })
      const runId = sampleRunId()
      await using _ = await store.lock(SAMPLE, runId, { signal })
      const data = await writeSampleData({ store, runId })

      await expectCode('STORE_CONFLICT', commitSample({ store, runId }, data, before))
      await expectCode('STORE_CONFLICT', commitSample({ store, runId }, data, undefined))
      expect(await store.readCurrent(SAMPLE)).toEqual(winner)
    })

    test('of ten runs that start at once, those that commit do so one after the other', async () => {
      await using place = await open()
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, () => takeSampleSnapshot({ store: place.openStore() })),
      )

      const committed = outcomes.filter(({ status }) => status === 'fulfilled')
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
      expect(committed.length).toBeGreaterThanOrEqual(1)
      for (const { reason } of refused) {
        expect(['LOCK_HELD', 'STORE_CONFLICT']).toContain((reason as PipelineError).code)
      }
      const current = await place.openStore().readCurrent(SAMPLE)
      expect(current?.index.snapshots.length).toBe(committed.length)
    })

    test('a locked record type names the run that holds it; others are free', async () => {
      await using place = await open()
      const runId = sampleRunId()
      await using _ = await place.openStore().lock(SAMPLE, runId, { signal })

      const error = await expectCode('LOCK_HELD', place.openStore().lock(SAMPLE, sampleRunId(), { signal }))
      expect(error.message).toContain(runId)
      await using other = await place.openStore().lock('other', sampleRunId(), { signal })
      expect(other.lost.aborted).toBe(false)
    })

    test('the fence of a lock grows with every holder', async () => {
      await using place = await open()
      const fences: number[] = []
      for (let holder = 0; holder < 3; holder++) {
        await using lock = await place.openStore().lock(SAMPLE, sampleRunId(), { signal })
        fences.push(lock.fence)
      }

      expect(fences).toEqual([1, 2, 3])
    })

    test.each([
      ['a flipped byte', (bytes: Buffer) => flip(bytes, bytes.length >> 1)],
      ['a flipped byte of the header', (bytes: Buffer) => flip(bytes, 1)],
      ['a flipped byte that unpacking does not notice', (bytes: Buffer) => flip(bytes, 4)],
      ['a missing last byte', (bytes: Buffer) => bytes.subarray(0, -1)],
      ['bytes after the end', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
      ['an empty object', () => Buffer.alloc(0)],
      ['another text, well packed', () => gzipSync('[{"ID":"2"}]')],
      ['a text that is not packed', (bytes: Buffer) => Buffer.alloc(bytes.length, '[]')],
    ])('%s in stored data is found and named when it is read', async (_, damage) => {
      await using place = await open()
      const store = place.openStore()
      const data = await writeSampleData({ store, pieces: [Buffer.from('[{"ID":"1"}]')] })
      await place.overwrite(data.key, damage(Buffer.from((await place.read(data.key)) ?? [])))

      const error = await expectCode('FILE_INVALID', readAll(store.readBack(data, { signal }).chunks))
      expect(error.message).toContain(data.key)
    })

    test('data that is gone is named when it is read', async () => {
      await using place = await open()
      const store = place.openStore()
      const data = await writeSampleData({ store })
      await place.delete(data.key)

      const error = await expectCode('FILE_INVALID', readAll(store.readBack(data, { signal }).chunks))
      expect(error.message).toContain(data.key)
    })

    test('damaged data cannot be published', async () => {
      await using place = await open()
      const store = place.openStore()
      const runId = sampleRunId()
      const data = await writeSampleData({ store, runId, pieces: [Buffer.from('[{"ID":"1"}]')] })
      await place.overwrite(data.key, gzipSync('[{"ID":"2"}]'))
      await using plainFile = store.stagePlainFile(SAMPLE, runId, data, { signal })

      await expectCode('FILE_INVALID', readAll(plainFile.chunks))
      await expect(plainFile.publish()).rejects.toThrow('before all of it was read back')
      expect(await place.read(PLAIN)).toBeUndefined()
    })

    test.each(['manifestKey', 'certificateKey'] as const)(
      'an altered or missing %s is found',
      async (which) => {
        await using place = await open()
        const store = place.openStore()
        const { index } = await takeSampleSnapshot({ store })
        const [entry] = index.snapshots
        if (!entry) throw new Error('The index has no entry')
        const readEntry = () =>
          which === 'manifestKey' ? store.readManifest(entry) : store.readCertificate(entry)

        const text = Buffer.from((await place.read(entry[which])) ?? []).toString()
        await place.overwrite(entry[which], Buffer.from(text.replace('"rows"', '"rowz"')))
        await expectCode('FILE_INVALID', readEntry())
        await place.delete(entry[which])
        await expectCode('FILE_INVALID', readEntry())
      },
    )

    test('an index that is not one of findata is refused', async () => {
      await using place = await open()
      await place.overwrite(`${SAMPLE}.manifest.json`, Buffer.from('{"kind":"findata-current","version":1'))

      await expectCode('FILE_INVALID', place.openStore().readCurrent(SAMPLE))
    })

    test('an older snapshot can be made current again, with its plain file', async () => {
      await using place = await open()
      const store = place.openStore()
      const first = await takeSampleSnapshot({ store, pieces: [Buffer.from('["first"]')] })
      const second = await takeSampleSnapshot({ store, pieces: [Buffer.from('["second"]')] })

      const runId = sampleRunId()
      const { current } = first.index
      {
        await using _ = await store.lock(SAMPLE, runId, { signal })
        await using plainFile = store.stagePlainFile(SAMPLE, runId, current.data, { signal })
        await readAll(plainFile.chunks)
        await store.commit(SAMPLE, { ...second.index, current, committedBy: runId }, second)
        await plainFile.publish()
      }

      expect((await store.readCurrent(SAMPLE))?.index.current).toEqual(current)
      expect(Buffer.from((await place.read(PLAIN)) ?? []).toString()).toBe('["first"]')
    })

    test('a sweep after the commit removes what no committed run owns, and nothing else', async () => {
      await using place = await open()
      const store = place.openStore()
      const abandoned = await writeSampleData({ store })
      const foreign = `snapshots/${SAMPLE}_archive/${sampleRunId()}/data.json.gz`
      await place.overwrite(foreign, Buffer.from('x'))
      const { index } = await takeSampleSnapshot({ store })
      await takeSampleSnapshot({ store })

      const keys = await place.keys()
      expect(keys).not.toContain(abandoned.key)
      expect(keys).toContain(foreign)
      expect(keys).toContain(index.current.data.key)
    })

    test('a sweep before any commit of its own removes the data of its own run, but not that of another young one', async () => {
      await using place = await open()
      const store = place.openStore()
      const stalled = await writeSampleData({ store })
      const runId = sampleRunId()
      await using _ = await store.lock(SAMPLE, runId, { signal })
      const own = await writeSampleData({ store, runId })

      expect(await store.sweep(SAMPLE, undefined)).toEqual({ removed: [own.key] })
      expect(await place.read(stalled.key)).toBeDefined()
    })

    test('a sweep leaves the uploads alone that its own run has under way', async () => {
      await using place = await open()
      const store = place.openStore()
      const runId = sampleRunId()
      await using _ = await store.lock(SAMPLE, runId, { signal })
      await using writer = store.writeData(SAMPLE, runId, { signal })
      const large = incompressible(20 * 1024 ** 2)
      for (let offset = 0; offset < large.length; offset += 1024 ** 2) {
        await writer.write(large.subarray(offset, offset + 1024 ** 2))
      }
      await vi.waitFor(async () => expect(await place.unfinishedUploads()).toBe(1))
      await store.sweep(SAMPLE, undefined)

      const data = await writer.finish()
      expect(Buffer.compare(await readAll(store.readBack(data, { signal }).chunks), large)).toBe(0)
    })

    test('the certificate of a refused run is kept, and survives a sweep', async () => {
      await using place = await open()
      const store = place.openStore()
      const runId = sampleRunId()
      const data = await writeSampleData({ store, runId })
      const key = await store.writeRefusal(sampleCertificate(sampleManifest(SAMPLE, runId, data)))
      await takeSampleSnapshot({ store })

      const kept = JSON.parse(Buffer.from((await place.read(key)) ?? []).toString()) as { runId: string }
      expect(kept.runId).toBe(runId)
    })

    test('a cancelled run leaves neither an object nor an unfinished upload', async () => {
      await using place = await open()
      const store = place.openStore()
      const cancel = new AbortController()
      const large = incompressible(20 * 1024 ** 2)
      {
        await using writer = store.writeData(SAMPLE, sampleRunId(), { signal: cancel.signal })
        await writer.write(large)
        cancel.abort(new Error('cancelled'))
        await expect(writer.write(large).then(() => writer.finish())).rejects.toThrow('cancelled')
      }

      expect(await place.keys()).toEqual([])
      expect(await place.unfinishedUploads()).toBe(0)
    })

    test('a writer that is disposed unfinished leaves nothing', async () => {
      await using place = await open()
      {
        await using writer = place.openStore().writeData(SAMPLE, sampleRunId(), { signal })
        await writer.write(incompressible(20 * 1024 ** 2))
      }

      expect(await place.keys()).toEqual([])
      expect(await place.unfinishedUploads()).toBe(0)
    })

    test('a large snapshot is read back, published and compared whole', async () => {
      await using place = await open()
      const large = incompressible(20 * 1024 ** 2 + 17)
      const { index } = await takeSampleSnapshot({ store: place.openStore(), pieces: [large.subarray()] })

      expect(index.current.data.plainBytes).toBe(large.length)
      expect(Buffer.compare((await place.read(PLAIN)) ?? Buffer.alloc(0), large)).toBe(0)
      expect(await place.unfinishedUploads()).toBe(0)
    })
  })
}

function manifestKey(runId: string): string {
  return `snapshots/${SAMPLE}/${runId}/manifest.json`
}

function flip(bytes: Buffer, position: number): Buffer {
  const damaged = Buffer.from(bytes)
  damaged.writeUInt8(damaged.readUInt8(position) ^ 1, position)
  return damaged
}

/** The same bytes every time, which gzip cannot make smaller. */
function incompressible(length: number): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = 1
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[index] = state
  }
  return Buffer.from(words.buffer, 0, length)
}
