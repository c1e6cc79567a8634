import { expect, test } from 'vitest'
import { createUpload } from '../src/multipart-upload.ts'
import { createPartBuffers, partBytes } from '../src/part-buffers.ts'
import { openStandIn, type StandIn } from './s3-place.ts'
import { incompressible } from './sample-bytes.ts'

const MIB = 1024 ** 2
const PART = 5 * MIB
const signal = new AbortController().signal

function upload(place: StandIn, buffers = createPartBuffers(), uploadSignal = signal) {
  const object = { key: 'large.bin', contentType: 'application/octet-stream', runId: 'run' }
  return createUpload(place.bucket, object, { buffers, openUploads: new Set(), signal: uploadSignal })
}

test('a stream of 200 MB never holds more than four parts', async () => {
  await using place = await openStandIn()
  const buffers = createPartBuffers()
  const chunk = incompressible(MIB)
  {
    await using writing = upload(place, buffers)
    for (let written = 0; written < 200; written++) await writing.write(chunk)
    await writing.end()
    await writing.complete({ ifAbsent: true })
  }

  expect(buffers.peak).toBeLessThanOrEqual(4)
  expect((await place.bucket.head('large.bin'))?.bytes).toBe(200 * MIB)
})

test.each([0, 1, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 1])(
  'an object of %i bytes arrives whole, in as few calls as possible',
  async (length) => {
    await using place = await openStandIn()
    const bytes = incompressible(length)
    {
      await using writing = upload(place)
      for (let offset = 0; offset < length; offset += 3 * MIB) {
        await writing.write(bytes.subarray(offset, offset + 3 * MIB))
      }
      await writing.end()
      await writing.complete({ ifAbsent: true })
    }

    const parts = Math.ceil(length / PART)
    expect(place.server.callCount()).toBe(parts > 1 ? parts + 2 : 1)
    expect(Buffer.compare((await place.read('large.bin')) ?? Buffer.alloc(1), bytes)).toBe(0)
  },
)

test('the bytes may be used again by who wrote them', async () => {
  await using place = await openStandIn()
  const chunk = Buffer.alloc(4 * MIB)
  {
    await using writing = upload(place)
    for (let value = 1; value <= 5; value++) await writing.write(chunk.fill(value))
    chunk.fill(0)
    await writing.end()
    await writing.complete({ ifAbsent: true })
  }

  const found = (await place.read('large.bin')) ?? Buffer.alloc(0)
  expect([0, 1, 2, 3, 4].map((piece) => found[piece * 4 * MIB])).toEqual([1, 2, 3, 4, 5])
})

test('a part that fails for good ends the upload with that error and leaves nothing', async () => {
  await using place = await openStandIn()
  place.server.faults.arm({ effect: { kind: 'disk-full' }, operations: ['UploadPart'], times: 'always' })
  const buffers = createPartBuffers()
  const failing = async () => {
    await using writing = upload(place, buffers)
    for (let written = 0; written < 10; written++) await writing.write(incompressible(PART))
    await writing.end()
  }

  await expect(failing()).rejects.toMatchObject({ code: 'STORE_BUSY' })
  expect(await place.unfinishedUploads()).toBe(0)
  expect(buffers.peak).toBeLessThanOrEqual(4)
})

test('a writer that is faster than the store waits for it', async () => {
  await using place = await openStandIn()
  const held = place.server.faults.arm({
    effect: { kind: 'hold', at: 'before' },
    operations: ['UploadPart'],
    times: 'always',
  })
  await using writing = upload(place)
  const state = { isAhead: false }
  const ahead = (async () => {
    for (let part = 0; part < 5; part++) await writing.write(incompressible(PART))
    state.isAhead = true
  })()
  await held.arrived()
  expect(state.isAhead).toBe(false)
  held.release()
  await ahead

  expect(state.isAhead).toBe(true)
})

test('parts grow so that 10,000 of them hold more than 400 GB', () => {
  const sizes = Array.from({ length: 10_000 }, (_, index) => partBytes(index + 1))

  expect(sizes[0]).toBe(PART)
  expect(sizes[1_499]).toBe(PART)
  expect(sizes[1_500]).toBe(2 * PART)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(400e9)
})
