/** A record type and where it is published. */
export interface PublishTargetName {
  readonly recordType: string
  readonly destination: string
}

/** Keys of publishing, below the prefix. */
export const publishKey = {
  /** In a folder of its own, so that no destination has the lock of a record type. */
  lock: (name: string) => `locks/destinations/${name}.json`,
  /** Of the destinations of one record type; not of accounts that they share. */
  locksOf: (recordType: string) => `locks/destinations/${recordType}.`,
  /** What finished runs sent, and the folder of parts. */
  receipts: ({ recordType, destination }: PublishTargetName) => `receipts/${recordType}/${destination}/`,
  /** Everything that one run sent and was answered. */
  runReceipts: (target: PublishTargetName, runId: string) =>
    `${publishKey.receipts(target)}${runId}${RECEIPTS_SUFFIX}`,
  parts: (target: PublishTargetName) => `${publishKey.receipts(target)}${PARTS}`,
  /** What a run wrote down, in the order of the keys. Later runs that resolve its writes put their id before the number. */
  part: (target: PublishTargetName, runId: string, part: PartName) =>
    `${publishKey.parts(target)}${runId}/${toPartName(runId, part)}${PART_SUFFIX}`,
  rejects: ({ recordType, destination }: PublishTargetName) => `rejects/${recordType}/${destination}.json`,
  certificates: ({ recordType, destination }: PublishTargetName) =>
    `certificates/${recordType}/${destination}/`,
  certificate: (target: PublishTargetName, runId: string) =>
    `${publishKey.certificates(target)}${runId}.json`,
}

export interface PartName {
  readonly writtenBy: string
  readonly number: number
  readonly kind: 'intents' | 'receipts'
}

const RECEIPTS_SUFFIX = '.ndjson.gz'
const PARTS = 'parts/'
const PART_SUFFIX = '.json'

function toPartName(runId: string, { writtenBy, number, kind }: PartName): string {
  const numbered = `${String(number).padStart(6, '0')}.${kind}`
  return writtenBy === runId ? numbered : `${writtenBy}.${numbered}`
}

/** The run of a key among the parts, and the part's name; undefined for any other key. */
export function partOfKey(
  target: PublishTargetName,
  key: string,
): { readonly runId: string; readonly name: string } | undefined {
  const folder = publishKey.parts(target)
  const [runId, name, ...more] = key.startsWith(folder) ? key.slice(folder.length).split('/') : []
  if (!runId || !name?.endsWith(PART_SUFFIX) || more.length > 0) return undefined
  return { runId, name: name.slice(0, -PART_SUFFIX.length) }
}

/** The run of an object with its receipts, or undefined for any other key. */
export function runOfReceiptsKey(target: PublishTargetName, key: string): string | undefined {
  const folder = publishKey.receipts(target)
  const name = key.startsWith(folder) ? key.slice(folder.length) : ''
  return name.endsWith(RECEIPTS_SUFFIX) && !name.includes('/')
    ? name.slice(0, -RECEIPTS_SUFFIX.length)
    : undefined
}
