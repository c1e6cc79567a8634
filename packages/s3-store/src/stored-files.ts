import { type Certificate, type CurrentIndex, type SnapshotManifest, TerminalError } from '@findata/core'

export const parseManifest = (text: string, name: string) =>
  parse(text, name, 'findata-snapshot') as SnapshotManifest
export const parseCurrentIndex = (text: string, name: string) =>
  parse(text, name, 'findata-current') as CurrentIndex
export const parseCertificate = (text: string, name: string) =>
  parse(text, name, 'findata-certificate') as Certificate
export const stringifyCertificate = (certificate: Certificate) => `${JSON.stringify(certificate, null, 2)}\n`

function parse(text: string, name: string, kind: string): unknown {
  try {
    const value = JSON.parse(text) as { kind?: unknown; version?: unknown } | null
    if (value?.kind === kind && value.version === 1) return value
  } catch {
    // Said below.
  }
  throw new TerminalError('FILE_INVALID', `${name} is not a ${kind} file of version 1`)
}
