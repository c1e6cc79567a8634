import { isDeepStrictEqual } from 'node:util'
import { type Certificate, compareTotals } from './certificate.ts'
import { checkCertificate } from './check-certificate.ts'
import { PipelineError } from './errors.ts'
import { readJsonArray } from './read-json-array.ts'
import type { SnapshotManifest } from './snapshot-store.ts'
import type { ScratchFolder } from './spill-files.ts'
import { collectTotals } from './take-snapshot.ts'

/** What recomputing a snapshot from its files alone found. */
export interface Verification {
  /** Null when the data cannot be read to its end. */
  readonly rows: number | null
  /** One line for each thing that was recomputed. */
  readonly checked: readonly string[]
  /** One line for each thing that does not agree; empty when all is well. */
  readonly differences: readonly string[]
}

export interface VerifiableSnapshot {
  readonly manifest: SnapshotManifest
  readonly certificate?: Certificate
  /** The JSON text that the manifest describes; it may throw FILE_INVALID. */
  readonly chunks: AsyncIterable<Uint8Array>
  readonly scratch: ScratchFolder
}

/** Recomputes the file hop and every arithmetic statement of the certificate. Oracle's figures are recorded there, not recomputed. */
export async function verifySnapshot({
  manifest,
  certificate,
  chunks,
  scratch,
}: VerifiableSnapshot): Promise<Verification> {
  const checked: string[] = []
  const differences: string[] = []
  let rows: number | null = null

  try {
    const stream = readJsonArray(chunks, manifest.columns, { name: manifest.data.key })
    const { totals } = await collectTotals(stream, { columns: manifest.columns }, manifest, scratch)
    rows = totals.rows
    const expected = [
      ['manifest', manifest.totals],
      ['certificate', certificate?.hops.find(({ name }) => name === 'file')?.totals],
    ] as const
    for (const [name, recorded] of expected) {
      if (!recorded) continue
      checked.push(`rows, sums, keys and set hash of the file against the ${name}`)
      const compared = compareTotals({ name: 'file', totals }, { name, totals: recorded })
      differences.push(...compared.differences, ...compared.notCompared)
    }
  } catch (error) {
    if (!(error instanceof PipelineError) || error.code !== 'FILE_INVALID') throw error
    differences.push(error.message)
  }

  if (certificate) {
    checked.push('every sum, comparison and verdict of the certificate')
    differences.push(...checkCertificate(certificate).map((line) => `certificate: ${line}`))
    differences.push(...disagreements(manifest, certificate))
  }
  return { rows, checked, differences }
}

function disagreements(manifest: SnapshotManifest, certificate: Certificate): string[] {
  const { key, bytes, sha256 } = manifest.data
  const recorded = certificate.objects.find((object) => object.key === key)
  const isOf = `${certificate.recordType} ${certificate.publication?.snapshotRunId ?? certificate.runId}`
  const isSameObject = recorded?.sha256 === sha256 && recorded.bytes === bytes
  return [
    ...(isOf === `${manifest.recordType} ${manifest.runId}`
      ? []
      : [`the certificate is of ${isOf}, the manifest of ${manifest.recordType} ${manifest.runId}`]),
    ...(certificate.verdict === 'balanced' ? [] : [`the certificate says '${certificate.verdict}'`]),
    ...(certificate.hops.some(({ name }) => name === 'file') ? [] : ['the certificate has no file hop']),
    ...DESCRIBED.filter((what) => !isDeepStrictEqual(certificate[what], manifest[what])).map(
      (what) => `the certificate and the manifest have a different ${what}`,
    ),
    ...(recorded ? [] : [`the certificate does not name ${key}`]),
    ...(recorded && !isSameObject
      ? [`the certificate and the manifest give ${key} different lengths or hashes`]
      : []),
  ]
}

const DESCRIBED = ['columns', 'rowKey', 'entityKey', 'money', 'consistency'] as const
