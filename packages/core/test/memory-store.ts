import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { type CurrentSnapshot, type SnapshotStore, stringifyManifest } from '../src/index.ts'

/** A store in memory, enough for one run after another; `objects` has what other readers see. */
export function createMemoryStore(): SnapshotStore & { readonly objects: Map<string, string> } {
  const objects = new Map<string, string>()
  const indexes = new Map<string, CurrentSnapshot>()
  const publishers = new Map<string, string>()
  const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const never = () => Promise.reject(new Error('not needed here'))

  const reading = async function* (key: string, signal: AbortSignal) {
    signal.throwIfAborted()
    yield Buffer.from(objects.get(key) ?? '')
  }

  return {
    objects,
    async lock() {
      return {
        fence: 1,
        lost: new AbortController().signal,
        async [Symbol.asyncDispose]() {},
      }
    },
    async readCurrent(recordType) {
      return indexes.get(recordType)
    },
    async readPlainFileRunId(recordType) {
      return publishers.get(recordType)
    },
    async listRecordTypes() {
      return [...indexes.keys()]
    },
    readManifest: never,
    readCertificate: never,
    writeData(recordType, runId) {
      const key = `snapshots/${recordType}/${runId}/data.json.gz`
      const chunks: Uint8Array[] = []
      return {
        async write(bytes) {
          chunks.push(bytes)
        },
        async finish() {
          const plain = Buffer.concat(chunks)
          const stored = gzipSync(plain)
          objects.set(key, plain.toString())
          return {
            key,
            compression: 'gzip',
            bytes: stored.length,
            sha256: sha256(stored),
            plainBytes: plain.length,
            plainSha256: sha256(plain),
          }
        },
        async [Symbol.asyncDispose]() {},
      }
    },
    readBack: ({ key }, { signal }) => ({ chunks: reading(key, signal) }),
    stagePlainFile: (recordType, runId, data, { signal }) => ({
      chunks: reading(data.key, signal),
      async publish() {
        signal.throwIfAborted()
        objects.set(`${recordType}.json`, objects.get(data.key) ?? '')
        publishers.set(recordType, runId)
        return { key: `${recordType}.json`, bytes: data.plainBytes }
      },
      async [Symbol.asyncDispose]() {},
    }),
    async writeManifest({ recordType, runId, ...manifest }) {
      const manifestKey = `snapshots/${recordType}/${runId}/manifest.json`
      const certificateKey = `certificates/${recordType}/${runId}.json`
      const text = stringifyManifest({ recordType, runId, ...manifest })
      objects.set(manifestKey, text)
      return { manifestKey, manifestSha256: sha256(text), certificateKey, certificateSha256: sha256('') }
    },
    async commit(recordType, index, previous) {
      const current = { index, version: `${Number(previous?.version ?? 0) + 1}` }
      indexes.set(recordType, current)
      return current
    },
    async writeRefusal({ recordType, runId }) {
      return `certificates/${recordType}/${runId}.refused.json`
    },
    async sweep() {
      return { removed: [] }
    },
  }
}
