import { type Certificate, compareTotals } from './certificate.ts'
import { checkCertificate } from './check-certificate.ts'
import { PipelineError } from './errors.ts'
import { readJsonArray } from './read-json-array.ts'
import type { SnapshotManifest } from './snapshot-store.ts'
import type { ScratchFolder } from './spill-files.ts'
import { collectTotals } from './take-snapshot.ts'

/** What recomputing a snapshot from its files alone found. */
export interface Verification {
  readonly rows: number
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
  let rows = 0

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
      differences.push(...compareTotals({ name: 'file', totals }, { name, totals: recorded }).differences)
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
  const { key, sha256 } = manifest.data
  const recorded = certificate.objects.find((object) => object.key === key)
  return [
    ...(certificate.runId === manifest.runId
      ? []
      : [`the certificate is of run ${certificate.runId}, the manifest of ${manifest.runId}`]),
    ...(recorded ? [] : [`the certificate does not name ${key}`]),
    ...(recorded && recorded.sha256 !== sha256
      ? [`the certificate and the manifest give ${key} different hashes`]
      : []),
  ]
}
