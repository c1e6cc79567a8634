import { ListObjectsV2Command, paginateListObjectsV2 } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startS3 } from '../src/start-s3.ts'
import { BUCKET, clientOf, put } from './s3-client.ts'

const key = fc
  .array(fc.constantFrom('a', 'b', '/', '//', 'é', '😀', '\uff5e'), { minLength: 1, maxLength: 5 })
  .map((units) => units.join(''))

test('pages of any size add up to the listing that sorting and grouping by hand gives', async () => {
  await using server = await startS3()
  const client = clientOf(server)
  const names: string[] = [...new Set(fc.sample(key, { numRuns: 60, seed: 7 }))]
  for (const name of names) await put(client, name, 'x')

  await fc.assert(
    fc.asyncProperty(
      fc.record({
        prefix: fc.oneof(fc.constant(''), key),
        delimiter: fc.constantFrom('', '/', 'b'),
        size: fc.integer({ min: 1, max: 9 }),
      }),
      async ({ prefix, delimiter, size }) => {
        const pages = await Array.fromAsync(
          paginateListObjectsV2(
            { client, pageSize: size },
            { Bucket: BUCKET, Prefix: prefix, ...(delimiter === '' ? {} : { Delimiter: delimiter }) },
          ),
        )
        const listed = pages.map(({ Contents = [], CommonPrefixes = [] }) => [
          ...Contents.map(({ Key }) => Key),
          ...CommonPrefixes.map(({ Prefix }) => Prefix),
        ])

        expect(listed.flat().sort()).toEqual(expectedListing(names, prefix, delimiter).toSorted())
        expect(listed.slice(0, -1).every((page) => page.length === size)).toBe(true)
      },
    ),
    { numRuns: 60 },
  )
})

test('a start in the middle gives the rest', async () => {
  await using server = await startS3()
  const client = clientOf(server)
  const names = ['a', 'b', 'b/1', 'b0', 'c', 'é', '😀']
  for (const name of names) await put(client, name, 'x')

  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.constantFrom(...names), key), async (StartAfter) => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET, StartAfter }))
      const after = names.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(StartAfter)) > 0)

      expect(Contents.map(({ Key }) => Key)).toEqual(after)
    }),
    { numRuns: 30 },
  )
})

function expectedListing(names: readonly string[], prefix: string, delimiter: string): string[] {
  const selected = names.filter((name) => name.startsWith(prefix))
  if (delimiter === '') return selected
  return [
    ...new Set(
      selected.map((name) => {
        const [first = '', ...rest] = name.slice(prefix.length).split(delimiter)
        return rest.length === 0 ? name : `${prefix}${first}${delimiter}`
      }),
    ),
  ]
}
