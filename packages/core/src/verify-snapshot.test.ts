import { expect, test } from 'vitest'
import { exampleFacts } from '../test/example-certificate.ts'
import { partlyPublishedCertificate, publishedCertificate } from '../test/example-publication.ts'
import type { Certificate } from './certificate.ts'
import type { SnapshotManifest } from './snapshot-store.ts'
import { openScratchFolder } from './spill-files.ts'
import { verifySnapshot } from './verify-snapshot.ts'

const PLAIN = `[
{"DEPT":"2400","ID":"2400002000","AMOUNT":100.1,"BYR_FDU":"5610 2400 4200"},
{"DEPT":"2400","ID":"2400002000","AMOUNT":100.1,"BYR_FDU":"5610 2400 4100"},
{"DEPT":"6200","ID":"2400002000","AMOUNT":7,"BYR_FDU":null},
{"DEPT":"2400","ID":"24ROW51000","AMOUNT":-0.25,"BYR_FDU":"8400 2507 9042"},
{"DEPT":"2400","ID":"24ROW51000","AMOUNT":-0.25,"BYR_FDU":"8400 2507 9042"}
]
`
const { runId, recordType, startedAt, finishedAt, consistency, columns, rowKey, entityKey, money } =
  exampleFacts
const [object = expect.fail()] = exampleFacts.objects

async function verify(certificate: Certificate): Promise<readonly string[]> {
  const manifest: SnapshotManifest = {
    version: 1,
    kind: 'findata-snapshot',
    ...{ runId, recordType, startedAt, finishedAt, consistency, columns, rowKey, entityKey, money },
    querySha256: '0'.repeat(64),
    totals: (exampleFacts.hops[1] ?? expect.fail()).totals,
    data: { ...object, compression: 'gzip', plainBytes: PLAIN.length, plainSha256: '0'.repeat(64) },
  }
  await using scratch = await openScratchFolder()
  async function* chunks() {
    yield Buffer.from(PLAIN)
  }
  return (await verifySnapshot({ manifest, certificate, chunks: chunks(), scratch })).differences
}

test.each([
  ['in full', publishedCertificate],
  ['in part', partlyPublishedCertificate],
])('the certificate of a run that published a snapshot %s is verified against its manifest', async (_, c) => {
  expect(await verify(c)).toEqual([])
})

test('a certificate of publishing another snapshot is told apart', async () => {
  const { publication = expect.fail() } = publishedCertificate
  const other = { ...publishedCertificate, publication: { ...publication, snapshotRunId: 'another' } }

  expect((await verify(other)).join('\n')).toContain('the certificate is of task_orders another')
})
