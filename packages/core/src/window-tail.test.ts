import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTailRows, openTail } from './window-tail.ts'

const window = { from: null, to: '9' }
const words = fc.oneof(fc.nat(2), fc.integer({ min: 0xffff_fffd, max: 0xffff_ffff }))
const hashes = fc.tuple(words, words, words, words)

test('a tail has the hashes that went into it, and no other that begins alike', () => {
  fc.assert(
    fc.property(fc.array(hashes, { maxLength: 40 }), fc.array(hashes), (known, others) => {
      const rows = createTailRows('number', { window, overlap: 0, maxRows: 100 })
      for (const hash of known) rows.add('5', Uint32Array.from(hash))
      const tail = openTail('number', rows.finish('5'), { from: '5', to: '9' })
      const texts = new Set(known.map(String))
      for (const hash of [...known, ...others]) {
        expect(tail?.has(Uint32Array.from(hash))).toBe(texts.has(String(hash)))
      }
    }),
  )
})
