import { TerminalError, TransientError } from '@findata/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ReadPage, type RecordPage, readEachOnce } from './record-pages.ts'

type Item = { readonly id: string }

const items = (count: number, prefix = 'r'): Item[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}` }))

interface ListOptions {
  /** Pages are never larger. */
  readonly cap?: number
  readonly totalOff?: (read: number) => number
  /** Called after each page, with how many have been read. */
  readonly afterPage?: (read: number) => void
}

/** A list that is paged as it is at the moment of each call, and the pages that were asked for. */
function startList(list: Item[], { cap = 1_000, totalOff = () => 0, afterPage }: ListOptions = {}) {
  const asked: [page: number, rows: number][] = []
  const readPage: ReadPage<Item> = async (page, rows) => {
    asked.push([page, rows])
    const size = Math.min(rows, cap)
    const total = list.length + totalOff(asked.length)
    const answer: RecordPage<Item> = {
      records: list.slice((page - 1) * size, page * size),
      totalRecords: total,
      totalPages: Math.ceil(total / size),
    }
    afterPage?.(asked.length)
    return answer
  }
  return { asked, readPage }
}

async function readAll(readPage: ReadPage<Item>): Promise<string[]> {
  const ids: string[] = []
  for await (const records of readEachOnce(readPage)) ids.push(...records.map(({ id }) => id))
  return ids
}

const idsOf = (list: readonly Item[]) => list.map(({ id }) => id)

test('ends at a short page and asks for nothing twice', async () => {
  const list = items(2_500)
  const { asked, readPage } = startList(list)

  expect(await readAll(readPage)).toEqual(idsOf(list))
  expect(asked).toEqual([1, 2, 3].map((page) => [page, 1_000]))
})

test('ends at an empty page behind full ones', async () => {
  const list = items(2_000)
  const { asked, readPage } = startList(list)

  expect(await readAll(readPage)).toEqual(idsOf(list))
  expect(asked).toHaveLength(3)
})

test.each([-7, 3, 10])('reads once when every total is wrong by %i', async (off) => {
  const list = items(1_500)
  const { asked, readPage } = startList(list, { totalOff: () => off })

  expect(await readAll(readPage)).toEqual(idsOf(list))
  expect(asked).toHaveLength(2)
})

test('reads again, and only once, when the total is too wrong for an estimate', async () => {
  const list = items(1_500)
  const { asked, readPage } = startList(list, { totalOff: () => 40 })

  expect(await readAll(readPage)).toEqual(idsOf(list))
  expect(asked.map(([page]) => page)).toEqual([1, 2, 1, 2])
})

test('finds the record that slipped into a page that was read', async () => {
  const list = items(2_500)
  const { readPage } = startList(list, { afterPage: (read) => read === 1 && list.shift() })

  expect((await readAll(readPage)).toSorted()).toEqual(idsOf(items(2_500)).toSorted())
})

test('finds the record that slipped away when another moved to the end', async () => {
  const list = items(2_500)
  const { readPage } = startList(list, {
    afterPage: (read) => read === 1 && list.push(list.shift() as Item),
  })

  expect((await readAll(readPage)).toSorted()).toEqual(idsOf(items(2_500)).toSorted())
})

test('finds the record that slipped away in a second pass too', async () => {
  const list = items(2_500)
  const { readPage } = startList(list, {
    afterPage(read) {
      if (read === 1 || read === 4) list.shift()
      if (read === 2) list.unshift(...list.splice(1_500, 1))
    },
  })

  expect((await readAll(readPage)).filter((id) => id === 'r1000')).toEqual(['r1000'])
})

test('goes on behind a short page when the server gives fewer rows than it is asked for', async () => {
  const list = items(1_200)
  const { readPage } = startList(list, { cap: 500 })

  expect(await readAll(readPage)).toEqual(idsOf(list))
})

test('yields nothing for an empty object', async () => {
  const { asked, readPage } = startList([])

  expect(await readAll(readPage)).toEqual([])
  expect(asked).toHaveLength(1)
})

const busy = () => new TransientError('DESTINATION_BUSY', 'failing', { details: { status: 500 } })

test('goes on with half the rows from where a page was too large', async () => {
  const list = items(2_300)
  const { readPage } = startList(list)
  const served: [number, number][] = []

  const ids = await readAll(async (page, rows, isLastSize) => {
    if (page === 2 && rows === 1_000) throw busy()
    if (rows === 500 && page === 4) throw busy()
    served.push([page, rows])
    return readPage(page, rows, isLastSize)
  })

  expect(ids).toEqual(idsOf(list))
  expect(served).toEqual([[1, 1_000], [3, 500], ...[7, 8, 9, 10].map((page) => [page, 250])])
})

test('gives up when the smallest page fails too', async () => {
  const sizes: [number, boolean][] = []

  const reading = readAll(async (_page, rows, isLastSize) => {
    sizes.push([rows, isLastSize])
    throw busy()
  })

  await expect(reading).rejects.toMatchObject({ code: 'DESTINATION_BUSY' })
  expect(sizes).toEqual([
    [1_000, false],
    [500, false],
    [250, false],
    [125, true],
  ])
})

test.each([
  ['a refusal', new TerminalError('DESTINATION_MISSING', 'gone', { details: { status: 404 } })],
  ['a limit', new TransientError('DESTINATION_BUSY', 'limit', { details: { status: 429 } })],
  [
    'a server that is not there',
    new TransientError('DESTINATION_UNREACHABLE', 'refused', { details: { wasSent: false } }),
  ],
])('does not ask for smaller pages after %s', async (_name, error) => {
  let calls = 0

  const reading = readAll(async () => {
    calls++
    throw error
  })

  await expect(reading).rejects.toBe(error)
  expect(calls).toBe(1)
})

test('finds every record that was there all the time, and each only once, whatever changes between the pages', async () => {
  const change = fc.record({
    afterPage: fc.integer({ min: 1, max: 6 }),
    kind: fc.constantFrom('remove', 'insert', 'move'),
    from: fc.nat(200),
    to: fc.nat(200),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 60 }),
      // One change between two pages: a record that goes and one that comes at once look as if nothing had happened.
      fc.uniqueArray(change, { maxLength: 4, selector: ({ afterPage }) => afterPage }),
      async (count, changes) => {
        const list = items(count)
        const gone = new Set<string>()
        const { readPage } = startList(list, {
          cap: 10,
          afterPage(read) {
            const due = changes.find(({ afterPage }) => afterPage === read)
            if (!due) return
            const at = (place: number) => place % (list.length + 1)
            if (due.kind === 'insert') {
              list.splice(at(due.to), 0, { id: `new${read}` })
              return
            }
            const [taken] = list.splice(at(due.from), 1)
            if (taken && due.kind === 'remove') gone.add(taken.id)
            if (taken && due.kind === 'move') list.splice(at(due.to), 0, taken)
          },
        })

        const ids = await readAll(readPage)

        expect(new Set(ids).size).toBe(ids.length)
        const missed = idsOf(list).filter((id) => id.startsWith('r') && !gone.has(id) && !ids.includes(id))
        expect(missed).toEqual([])
      },
    ),
    { numRuns: 500 },
  )
})
