import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** The worked example of the money model. */
const PLAIN = `[
{"DEPT":"2400","ID":"2400002000","AMOUNT":100.1,"FDU":"5610 2400 4200"},
{"DEPT":"2400","ID":"2400002000","AMOUNT":100.1,"FDU":"5610 2400 4100"},
{"DEPT":"6200","ID":"2400002000","AMOUNT":7,"FDU":null},
{"DEPT":"2400","ID":"24ROW51000","AMOUNT":-0.25,"FDU":"8400 2507 9042"},
{"DEPT":"2400","ID":"24ROW51000","AMOUNT":-0.25,"FDU":"8400 2507 9042"}
]
`
const TOTALS = {
  rows: 5,
  distinctEntityKeys: 3,
  setHash: 'ab2ff8bb8391ffcf8192066bd1eecf3e',
  money: { AMOUNT: { nonNull: 5, sum: '206.7', min: '-0.25', max: '100.1' } },
}

test('agrees with the worked example of the money model', async () => {
  await using snapshot = await storeSnapshot(PLAIN)

  expect(await verify(snapshot.manifest)).toMatchObject({
    exitCode: 0,
    output: expect.stringContaining('5 rows, as recorded'),
  })
})

test.each([
  ['an amount by one cent', '"AMOUNT":7,', '"AMOUNT":7.01,', ['AMOUNT sum', 'setHash']],
  [
    'a digit beyond what a double holds',
    '100.1,"FDU":"5610 2400 4100"',
    '100.10000000000000001,"FDU":"5610 2400 4100"',
    ['AMOUNT sum', 'AMOUNT max'],
  ],
  ['one character of text', '24ROW51000', '24ROW51001', ['distinctEntityKeys', 'setHash']],
  [
    'a row that is gone',
    '{"DEPT":"6200","ID":"2400002000","AMOUNT":7,"FDU":null},\n',
    '',
    ['rows', 'AMOUNT nonNull'],
  ],
])('names what differs: %s', async (_, from, to, named) => {
  await using snapshot = await storeSnapshot(PLAIN.replace(from, to))

  const { exitCode, output } = await verify(snapshot.manifest)

  expect(exitCode).toBe(8)
  for (const name of named) expect(output).toContain(`${name} (manifest): found`)
})

test('names a stored object whose bytes are not those of the manifest', async () => {
  await using snapshot = await storeSnapshot(PLAIN, { sha256: '0'.repeat(64) })

  expect((await verify(snapshot.manifest)).output).toContain('sha256 of the object: found')
})

test('a certificate must be of the same run, name the object and have the figures of the file', async () => {
  await using snapshot = await storeSnapshot(PLAIN)
  const { runId, data } = JSON.parse(await readFile(snapshot.manifest, 'utf8'))
  const good = { runId, hops: [{ name: 'file', totals: TOTALS }], objects: [data] }
  const verifyWith = async (certificate: object) => {
    const path = join(dirname(snapshot.manifest), 'certificate.json')
    await writeFile(path, JSON.stringify(certificate))
    return await verify(snapshot.manifest, path)
  }

  expect(await verifyWith(good)).toMatchObject({ exitCode: 0 })
  expect((await verifyWith({ ...good, runId: 'another' })).output).toContain('run (certificate)')
  expect((await verifyWith({ ...good, objects: [] })).output).toContain('sha256 of the object (certificate)')
  const { exitCode, output } = await verifyWith({ ...good, hops: [{ name: 'read', totals: TOTALS }] })
  expect(exitCode).toBe(8)
  expect(output).toContain('setHash (certificate): found')
})

test('a certificate of publishing must account for every record and cent, and its destination must hold what was mapped', async () => {
  await using snapshot = await storeSnapshot(PLAIN)
  const { runId, data } = JSON.parse(await readFile(snapshot.manifest, 'utf8'))
  const line = (rows: number, sum: string) => ({ rows, sums: { AMOUNT: sum } })
  const totals = (rows: number, sum: string) => ({ rows, setHash: 'ab', money: { AMOUNT: { sum } } })
  const verifyWith = async ({
    refused = '7',
    mapped = '99.85',
    there = '99.85',
    snapshotRunId = runId,
    departed = 4,
  }) => {
    const certificate = {
      runId: '20261122T000001Z-11111111',
      objects: [data],
      hops: [
        { name: 'file', totals: TOTALS },
        { name: 'entities', totals: totals(3, '106.85') },
        { name: 'mapped', totals: totals(2, mapped) },
        { name: 'destination', totals: totals(2, there) },
      ],
      publication: {
        snapshotRunId,
        entities: line(3, '106.85'),
        published: line(2, '99.85'),
        notPublished: { refused: line(1, refused), held: line(0, '0') },
        departed: line(departed, '2336.5'),
        duplicates: line(1, '7'),
        outdated: line(1, '6'),
        present: 8,
      },
    }
    const path = join(dirname(snapshot.manifest), 'certificate.json')
    await writeFile(path, JSON.stringify(certificate))
    return await verify(snapshot.manifest, path)
  }

  expect(await verifyWith({})).toMatchObject({ exitCode: 0 })
  const findings: [Parameters<typeof verifyWith>[0], string][] = [
    [{ refused: '7.01' }, 'AMOUNT of the entities (publication): found "106.86"'],
    [{ mapped: '99.86' }, 'AMOUNT published (certificate): found "99.86"'],
    [{ there: '99.84' }, 'AMOUNT sum of the destination (certificate): found "99.84"'],
    [{ departed: 3 }, 'present (publication): found 7'],
    [{ snapshotRunId: 'another' }, 'run (certificate)'],
  ]
  for (const [change, finding] of findings) {
    const { exitCode, output } = await verifyWith(change)
    expect(exitCode).toBe(8)
    expect(output).toContain(finding)
  }
})

async function storeSnapshot(plain: string, data: Record<string, unknown> = {}) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'verify-files-'))
  const stored = gzipSync(plain)
  const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
  const manifest = {
    recordType: 'example',
    runId: '20261122T000000Z-00000000',
    columns: ['DEPT', 'ID', 'AMOUNT', 'FDU'].map((name, i) => ({
      name,
      ordinal: i + 1,
      type: { kind: name === 'AMOUNT' ? 'number' : 'text' },
    })),
    entityKey: [{ column: 'DEPT' }, { column: 'ID' }],
    money: [{ column: 'AMOUNT' }],
    totals: TOTALS,
    data: {
      key: 'snapshots/example/run/data.json.gz',
      sha256: sha256(stored),
      plainSha256: sha256(plain),
      ...data,
    },
  }
  await writeFile(join(folder.path, 'data.json.gz'), stored)
  await writeFile(join(folder.path, 'manifest.json'), JSON.stringify(manifest))
  return { manifest: join(folder.path, 'manifest.json'), [Symbol.asyncDispose]: () => folder.remove() }
}

function verify(...files: string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...files], (error, stdout, stderr) => {
      resolve({ exitCode: error ? Number(error.code) : 0, output: stdout + stderr })
    })
  })
}
