import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { ODD_KEYS, put } from './object-rows.ts'
import { allOf, type S3Namespace, type S3Row } from './s3-row.ts'

const NAMES = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e/4', 'f']

export const listRows: readonly S3Row[] = [
  {
    title: 'lists what is under a prefix, with sizes and ETags',
    async run(s3) {
      const { ETag } = await put(s3, 'in/one', 'four')
      await put(s3, 'out', 'x')
      const answer = await list(s3, { Prefix: s3.key('in/') })

      expect(answer).toMatchObject({ KeyCount: 1, IsTruncated: false })
      expect(answer.Contents).toMatchObject([{ Key: s3.key('in/one'), Size: 4, ETag }])
    },
  },
  {
    title: 'lists nothing under a prefix without objects',
    async run(s3) {
      expect(await list(s3, { Prefix: s3.key('void/') })).toMatchObject({ KeyCount: 0, IsTruncated: false })
    },
  },
  {
    title: 'lists page by page',
    async run(s3) {
      await putAll(s3)
      const pages = await allOf(
        paginateListObjectsV2({ client: s3.client, pageSize: 3 }, { Bucket: s3.bucket, Prefix: s3.prefix }),
      )

      expect(pages.map(({ KeyCount }) => KeyCount)).toEqual([3, 3, 1])
      expect(pages.flatMap(keysOf)).toEqual(NAMES.map(s3.key))
    },
  },
  {
    title: 'rolls keys up under a delimiter',
    async run(s3) {
      await putAll(s3)
      const answer = await list(s3, { Delimiter: '/' })

      expect(keysOf(answer)).toEqual(['a', 'd', 'f'].map(s3.key))
      expect(prefixesOf(answer)).toEqual(['b/', 'e/'].map(s3.key))
      expect(answer.KeyCount).toBe(5)
    },
  },
  {
    title: 'rolls keys up page by page, each prefix once',
    async run(s3) {
      await putAll(s3)
      const pages = await allOf(
        paginateListObjectsV2(
          { client: s3.client, pageSize: 2 },
          { Bucket: s3.bucket, Prefix: s3.prefix, Delimiter: '/' },
        ),
      )

      expect(pages.flatMap(keysOf)).toEqual(['a', 'd', 'f'].map(s3.key))
      expect(pages.flatMap(prefixesOf)).toEqual(['b/', 'e/'].map(s3.key))
      expect(pages).toHaveLength(3)
    },
  },
  {
    title: 'starts after a key, whether it exists or not',
    async run(s3) {
      await putAll(s3)

      expect(keysOf(await list(s3, { StartAfter: s3.key('b/2') }))).toEqual(
        ['b/c/3', 'd', 'e/4', 'f'].map(s3.key),
      )
      expect(keysOf(await list(s3, { StartAfter: s3.key('c') }))).toEqual(['d', 'e/4', 'f'].map(s3.key))
    },
  },
  {
    title: 'answers no more than MaxKeys',
    async run(s3) {
      await putAll(s3)

      expect(await list(s3, { MaxKeys: 2 })).toMatchObject({ KeyCount: 2, MaxKeys: 2, IsTruncated: true })
    },
  },
  {
    title: 'lists in the order of UTF-8 bytes',
    async run(s3) {
      // In UTF-16 the last one would come before the one in the middle.
      const names = ['B', 'a', 'a-b', 'a/b', 'é', '\uff5e', '😀']
      for (const name of names.toReversed()) await put(s3, name, 'x')

      expect(keysOf(await list(s3, {}))).toEqual(names.map(s3.key))
    },
  },
  {
    title: 'lists odd keys as they are',
    async run(s3) {
      for (const name of ODD_KEYS) await put(s3, name, 'x')

      expect(keysOf(await list(s3, {})).sort()).toEqual(ODD_KEYS.map(s3.key).sort())
    },
  },
  {
    title: 'percent-encodes keys on demand',
    async run(s3) {
      await put(s3, 'ü&b/ c+d', 'x')
      const answer = await list(s3, { EncodingType: 'url' })

      expect(answer.EncodingType).toBe('url')
      expect(keysOf(answer)).toEqual([s3.key('%C3%BC%26b/+c%2Bd')])
    },
  },
]

async function putAll(s3: S3Namespace): Promise<void> {
  for (const name of NAMES.toReversed()) await put(s3, name, name)
}

function list(s3: S3Namespace, more: Partial<ListObjectsV2CommandInput>) {
  return s3.client.send(new ListObjectsV2Command({ Bucket: s3.bucket, Prefix: s3.prefix, ...more }))
}

function keysOf({ Contents = [] }: ListObjectsV2CommandOutput): (string | undefined)[] {
  return Contents.map(({ Key }) => Key)
}

function prefixesOf({ CommonPrefixes = [] }: ListObjectsV2CommandOutput): (string | undefined)[] {
  return CommonPrefixes.map(({ Prefix }) => Prefix)
}
