/** Keys below the prefix. Everything that belongs to one run carries its id; what readers look for first does not. */
export const snapshotKey = {
  /** The plain JSON array, under the name it always had. */
  plain: (recordType: string) => `${recordType}.json`,
  /** The index of committed snapshots; writing it is the commit. */
  index: (recordType: string) => `${recordType}${INDEX_SUFFIX}`,
  lock: (recordType: string) => `locks/${recordType}.json`,
  snapshots: (recordType: string) => `snapshots/${recordType}/`,
  folder: (recordType: string, runId: string) => `snapshots/${recordType}/${runId}/`,
  data: (recordType: string, runId: string) => `snapshots/${recordType}/${runId}/data.json.gz`,
  manifest: (recordType: string, runId: string) => `snapshots/${recordType}/${runId}/manifest.json`,
  certificates: (recordType: string) => `certificates/${recordType}/`,
  certificate: (recordType: string, runId: string) => `certificates/${recordType}/${runId}.json`,
  refusal: (recordType: string, runId: string) => `certificates/${recordType}/${runId}${REFUSAL_SUFFIX}`,
}

const INDEX_SUFFIX = '.manifest.json'
const REFUSAL_SUFFIX = '.refused.json'

/** The record type of an index key, or undefined for any other key. */
export function recordTypeOfIndex(key: string): string | undefined {
  return key.endsWith(INDEX_SUFFIX) && !key.includes('/') ? key.slice(0, -INDEX_SUFFIX.length) : undefined
}

/** The run of a key in the folder of snapshots, or undefined for any other key. */
export function runOfSnapshotKey(recordType: string, key: string): string | undefined {
  const folder = snapshotKey.snapshots(recordType)
  const [runId, name] = key.startsWith(folder) ? key.slice(folder.length).split('/') : []
  return runId && name !== undefined ? runId : undefined
}

/** The run of a certificate and whether it was refused, or undefined for any other key. */
export function runOfCertificateKey(
  recordType: string,
  key: string,
): { readonly runId: string; readonly isRefusal: boolean } | undefined {
  const folder = snapshotKey.certificates(recordType)
  const name = key.startsWith(folder) ? key.slice(folder.length) : ''
  if (name.includes('/')) return undefined
  if (name.endsWith(REFUSAL_SUFFIX)) return { runId: name.slice(0, -REFUSAL_SUFFIX.length), isRefusal: true }
  return name.endsWith('.json') ? { runId: name.slice(0, -'.json'.length), isRefusal: false } : undefined
}
