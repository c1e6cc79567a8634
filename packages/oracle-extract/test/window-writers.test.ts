import fc from 'fast-check'
import { expect, test } from 'vitest'
import { insert, LEDGER, ledger, openWindowScene, type WindowRun } from './support/open-windows.ts'

const WRITERS = 3
const clockOf = (second: number) =>
  `10:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`

/** What happens next: a writer writes or commits, or a run reads a window. */
const steps = fc.array(
  fc.record({
    does: fc.constantFrom('write', 'write', 'write', 'commit', 'read'),
    writer: fc.nat(WRITERS - 1),
    seconds: fc.nat(20),
  }),
  { minLength: 5, maxLength: 60 },
)

test('of writers that commit when they like every row is read, and none is late, without any overlap', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      await using scene = await openWindowScene([LEDGER])
      const writers = Array.from({ length: WRITERS }, () => scene.openWriter())
      const read = new Set<unknown>()
      let second = 0
      let written = 0
      let last: WindowRun | undefined
      const readWindow = async () => {
        last = await scene.run(ledger, { after: last })
        expect(last.countedRows).toBe(last.rows.length)
        expect(last.census.late?.worst ?? 0).toBe(0)
        for (const id of last.ids) read.add(id)
      }

      for (const { does, writer, seconds } of history) {
        second += seconds
        scene.setClock(clockOf(second))
        if (does === 'write') writers[writer]?.write(insert(`R${written++}`))
        else if (does === 'commit') writers[writer]?.commit()
        else await readWindow()
      }
      for (const writer of writers) writer.commit()
      await readWindow()
      expect(read.size).toBe(written)
    }),
    { numRuns: 10 },
  )
})
