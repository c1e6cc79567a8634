import { takeSampleSnapshot } from '@findata/contracts'
import type { S3FaultEffect } from '@findata/sandbox'
import { expect } from 'vitest'
import { openStandIn } from './s3-place.ts'

/** Runs once for every call that a run makes, with the fault at that call, and expects what a run without one leaves. Returns how many calls. */
export async function surviveAtEveryCall(effect: S3FaultEffect, bytes: Uint8Array): Promise<number> {
  for (let call = 0; ; call++) {
    await using place = await openStandIn()
    place.server.faults.arm({ effect, afterMatches: call })
    const { index } = await takeSampleSnapshot({ store: place.openStore(), pieces: [Uint8Array.from(bytes)] })
    const wasHit = place.server.requests().some(({ fault }) => fault !== null)
    if (!wasHit) return call

    expect(index.snapshots.length, `fault at call ${call + 1}`).toBe(1)
    expect(
      Buffer.compare((await place.read('sample.json')) ?? Buffer.alloc(0), bytes),
      `fault at call ${call + 1}`,
    ).toBe(0)
    expect(await place.unfinishedUploads(), `fault at call ${call + 1}`).toBe(0)
    expect((await place.keys()).length, `fault at call ${call + 1}`).toBe(5)
  }
}
