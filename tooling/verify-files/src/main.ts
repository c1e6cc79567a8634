/**
 * A second verifier: recomputes a snapshot's totals from its files and shares no code with findata, so that a mistake
 * in the one does not hide in the other. Whole file in memory, slow and plain on purpose.
 *
 *   node tooling/verify-files/src/main.ts snapshots/<type>/<run>/manifest.json [certificate.json]
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'

type Totals = {
  rows: number
  distinctEntityKeys?: number
  setHash?: string
  money: Record<string, Record<string, unknown>>
}
type Line = { rows: number; sums: Record<string, string> }
type Publication = Record<'entities' | 'published' | 'departed' | 'duplicates' | 'outdated', Line> & {
  notPublished: Record<string, Line>
  present: number
}
type NamedHop = { name: string; totals: Totals }
const [manifestPath, certificatePath] = process.argv.slice(2)
if (!manifestPath) throw new Error('Usage: verify-files <manifest.json> [certificate.json]')

const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'))
const stored = readFileSync(join(dirname(manifestPath), basename(manifest.data.key)))
const plain = gunzipSync(stored)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
const differences: string[] = []
const expectEqual = (what: string, found: unknown, recorded: unknown) => {
  if (JSON.stringify(found) !== JSON.stringify(recorded))
    differences.push(`${what}: found ${JSON.stringify(found)}, recorded ${JSON.stringify(recorded)}`)
}
expectEqual('sha256 of the object', sha256(stored).toString('hex'), manifest.data.sha256)
expectEqual('sha256 of the JSON', sha256(plain).toString('hex'), manifest.data.plainSha256)

// Number literals are kept as their text; a double would lose digits.
const keepDigits = (_key: string, value: unknown, context?: { source?: string }) =>
  typeof value === 'number' ? context?.source : value
const rows: Record<string, string | null>[] = JSON.parse(plain.toString('utf8'), keepDigits)
const columns: { name: string; ordinal: number; type: { kind: string } }[] = manifest.columns
const units = (text: string, scale: number) => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  return BigInt(whole + fraction.padEnd(scale, '0')) * (text.startsWith('-') ? -1n : 1n)
}
const toText = (amount: bigint, scale: number) => {
  const digits = String(amount < 0n ? -amount : amount).padStart(scale + 1, '0')
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '')
  return `${amount < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale > 0 && fraction ? `.${fraction}` : ''}`
}

let setHash = 0n
const byOrdinal = columns.toSorted((a, b) => a.ordinal - b.ordinal)
for (const row of rows) {
  const parts = byOrdinal
    .filter(({ name }) => row[name] !== null)
    .map(({ name, ordinal }) => `${ordinal}=${Buffer.byteLength(String(row[name]))}:${row[name]}`)
  setHash += BigInt(
    `0x${sha256(Buffer.from(parts.join('')))
      .toString('hex')
      .slice(0, 32)}`,
  )
}
const totals: Totals = {
  rows: rows.length,
  distinctEntityKeys: new Set(
    rows.map((row) => JSON.stringify(manifest.entityKey.map((key: { column: string }) => row[key.column]))),
  ).size,
  setHash: (setHash % 2n ** 128n).toString(16).padStart(32, '0'),
  money: {},
}
for (const { column } of manifest.money) {
  const amounts = rows
    .map((row) => row[column])
    .filter((amount): amount is string => typeof amount === 'string')
  const scale = Math.max(0, ...amounts.map((amount) => amount.split('.')[1]?.length ?? 0))
  const sorted = amounts.map((amount) => units(amount, scale)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const text = (amount: bigint | undefined) => (amount === undefined ? null : toText(amount, scale))
  totals.money[column] = {
    nonNull: amounts.length,
    sum: toText(
      sorted.reduce((sum, amount) => sum + amount, 0n),
      scale,
    ),
    min: text(sorted[0]),
    max: text(sorted.at(-1)),
  }
}

const recorded: [string, Partial<Totals>][] = [['manifest', manifest.totals]]
if (certificatePath) {
  const certificate = JSON.parse(readFileSync(certificatePath, 'utf8'))
  const fileHop = certificate.hops.find((hop: { name: string }) => hop.name === 'file')
  const object = certificate.objects.find((one: { key: string }) => one.key === manifest.data.key)
  recorded.push(['certificate', fileHop?.totals ?? {}])
  expectEqual('sha256 of the object (certificate)', sha256(stored).toString('hex'), object?.sha256)
  const { publication } = certificate
  expectEqual('run (certificate)', manifest.runId, publication?.snapshotRunId ?? certificate.runId)
  if (publication) verifyPublication(certificate)
}

/** Every entity is published or accounted for, and the destination holds what was mapped. Its figures are recorded, not read again. */
function verifyPublication({ publication, hops }: { publication: Publication; hops: NamedHop[] }): void {
  const lines = [publication.published, ...Object.values(publication.notPublished)]
  const entities = hops.find(({ name }) => name === 'entities')?.totals
  const mapped = hops.find(({ name }) => name === 'mapped')?.totals
  const destination = hops.find(({ name }) => name === 'destination')?.totals
  const rows = lines.reduce((sum, line) => sum + line.rows, 0)
  const besides = [publication.departed, publication.duplicates, publication.outdated]
  const present = besides.reduce((sum, line) => sum + line.rows, destination?.rows ?? 0)
  expectEqual('entities (publication)', rows, publication.entities.rows)
  expectEqual('entities (certificate)', entities?.rows, publication.entities.rows)
  expectEqual('published (certificate)', mapped?.rows, publication.published.rows)
  expectEqual('destination (certificate)', destination?.rows, mapped?.rows)
  expectEqual('present (publication)', present, publication.present)
  expectEqual('setHash of the destination (certificate)', destination?.setHash, mapped?.setHash)
  for (const [column, whole] of Object.entries(publication.entities.sums)) {
    const texts = [whole, ...lines.map(({ sums }) => sums[column] ?? '0')]
    const scale = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0))
    const total = texts.slice(1).reduce((sum, text) => sum + units(text, scale), 0n)
    expectEqual(`${column} of the entities (publication)`, toText(total, scale), whole)
    expectEqual(`${column} of the entities (certificate)`, entities?.money[column]?.sum, whole)
    expectEqual(
      `${column} published (certificate)`,
      mapped?.money[column]?.sum,
      publication.published.sums[column],
    )
    for (const figure of ['nonNull', 'sum', 'min', 'max'])
      expectEqual(
        `${column} ${figure} of the destination (certificate)`,
        destination?.money[column]?.[figure],
        mapped?.money[column]?.[figure],
      )
  }
}
for (const [name, totalsRecorded] of recorded) {
  for (const key of ['rows', 'distinctEntityKeys', 'setHash'] as const)
    expectEqual(`${key} (${name})`, totals[key], totalsRecorded[key])
  for (const [column, figures] of Object.entries(totals.money)) {
    for (const [key, figure] of Object.entries(figures))
      expectEqual(`${column} ${key} (${name})`, figure, totalsRecorded.money?.[column]?.[key])
  }
}
for (const line of differences) console.log(line)
console.log(
  differences.length === 0
    ? `${manifest.recordType} ${manifest.runId}: ${rows.length} rows, as recorded`
    : 'DIFFERENCES FOUND',
)
process.exitCode = differences.length === 0 ? 0 : 8
