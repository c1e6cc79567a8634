import { gunzipSync } from 'node:zlib'
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3'

/** Not kept in the way that a run came about: who, when, and what was hashed with either in it. */
const VARIABLE_NAMES = new Set([
  // A run that tried again executed more.
  'executions',
  'fence',
  'process',
  'scn',
  'started',
  'certificateSha256',
  'manifestSha256',
  'selfSha256',
])
const MOMENT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g
const RUN_ID = /\d{8}T\d{6}Z-[0-9a-f]{8}/g

/**
 * Every object with its content, content type and names of metadata, and every unfinished upload. Run ids become `<run 1>`,
 * `<run 2>`… in the order of their commits; moments, SCN, fence and process numbers and the hashes over them become placeholders.
 */
export async function readBucketState(
  client: S3Client,
  bucket: string,
): Promise<Readonly<Record<string, string>>> {
  const keys: string[] = []
  const { Contents = [], IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket: bucket }))
  if (IsTruncated) throw new Error('the bucket has more objects than one page')
  for (const { Key } of Contents) if (Key !== undefined) keys.push(Key)

  const texts = await readTexts(client, bucket, keys)
  const order = new Map(runIdsIn(texts).map((runId, i) => [runId, `<run ${i + 1}>`]))
  const withoutRuns = (text: string) => text.replaceAll(RUN_ID, (runId) => order.get(runId) ?? runId)

  const state = new Map<string, string>()
  for (const [key, text] of texts) state.set(withoutRuns(key), withoutRuns(text))
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  for (const { Key = '', UploadId = '' } of Uploads)
    state.set(`unfinished upload ${withoutRuns(Key)} ${UploadId}`, '')
  return Object.fromEntries([...state].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Those of committed snapshots as they were taken, then the others; two of one second would have no order of their own. */
function runIdsIn(texts: ReadonlyMap<string, string>): readonly string[] {
  const committed = [...texts]
    .filter(([key]) => key.endsWith('.manifest.json'))
    .flatMap(([, text]) => (text.slice(text.indexOf('"snapshots"')).match(RUN_ID) ?? []).toReversed())
  const all = [...texts].flatMap((keyAndText) => keyAndText.join().match(RUN_ID) ?? [])
  return [...new Set([...committed, ...all.toSorted()])]
}

async function readTexts(
  client: S3Client,
  bucket: string,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const texts = await Promise.all(
    keys.map(async (key): Promise<[string, string]> => {
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      const body = Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
      const head = `${answer.ContentType} ${Object.keys(answer.Metadata ?? {}).toSorted()}`
      return [key, `${head}\n${toText(key, body)}`]
    }),
  )
  return new Map(texts)
}

function toText(key: string, body: Buffer): string {
  if (key.endsWith('.gz')) return gunzipSync(body).toString()
  const isRows = !key.includes('/') && !key.endsWith('.manifest.json')
  if (isRows || !key.endsWith('.json')) return body.toString()
  return JSON.stringify(
    JSON.parse(body.toString(), (name, value: unknown) => (VARIABLE_NAMES.has(name) ? `<${name}>` : value)),
    null,
    1,
  ).replaceAll(MOMENT, '<moment>')
}
