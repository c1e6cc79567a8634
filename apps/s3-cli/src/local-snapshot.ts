import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createGunzip } from 'node:zlib'
import {
  type Certificate,
  parseCertificate,
  parseManifest,
  type SnapshotManifest,
  type StoredData,
  TerminalError,
} from '@findata/core'

/** What a file on this disk turned out to be, with what lies beside it. */
export interface LocalSnapshot {
  readonly manifest?: SnapshotManifest
  readonly certificate?: Certificate
  readonly chunks?: AsyncIterable<Uint8Array>
}

/**
 * Opens a manifest or a certificate, with what belongs to it: beside it, or where a copy of the bucket has it. A certificate
 * may be alone, a manifest needs its data.json.gz. Throws FILE_INVALID for anything else.
 */
export async function openLocalSnapshot(path: string): Promise<LocalSnapshot> {
  const text = await readText(path)
  const folder = dirname(path)
  if (kindOf(text) === 'findata-certificate') {
    const certificate = parseCertificate(text, path)
    const { recordType, runId, publication } = certificate
    const [up, snapshotRunId] = publication ? ['../../..', publication.snapshotRunId] : ['../..', runId]
    const folders = [folder, join(folder, up, 'snapshots', recordType, snapshotRunId)]
    const snapshot = folders.find((one) => FILES.every((name) => existsSync(join(one, name))))
    if (snapshot === undefined) return { certificate }
    const manifestPath = join(snapshot, 'manifest.json')
    return { certificate, ...withData(parseManifest(await readText(manifestPath), manifestPath), snapshot) }
  }
  const manifest = parseManifest(text, path)
  const { recordType, runId } = manifest
  const certificate =
    (await findCertificate(join(folder, 'certificate.json'))) ??
    (await findCertificate(join(folder, '../../../certificates', recordType, `${runId}.json`)))
  return { ...withData(manifest, folder), ...(certificate && { certificate }) }
}

const FILES = ['manifest.json', 'data.json.gz']

/** The data is in the folder of its manifest. */
function withData(manifest: SnapshotManifest, folder: string) {
  return { manifest, chunks: readData(join(folder, basename(manifest.data.key)), manifest.data) }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const why =
      code === 'ENOENT' ? 'is not there' : code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`
    throw new TerminalError(
      'SNAPSHOT_MISSING',
      `${path} ${why}. Name a manifest.json or a certificate on this disk, or a snapshot in the bucket such as task_orders.`,
      { cause },
    )
  }
}

async function findCertificate(path: string): Promise<Certificate | undefined> {
  return existsSync(path) ? parseCertificate(await readText(path), path) : undefined
}

function kindOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { kind?: unknown } | null)?.kind
  } catch {
    return undefined
  }
}

async function* readData(path: string, data: StoredData): AsyncGenerator<Uint8Array> {
  const stored = createHash('sha256')
  const plain = createHash('sha256')
  const file = createReadStream(path)
  try {
    const gunzip = file
      .on('data', (chunk) => stored.update(chunk))
      .on('error', (error) => gunzip.destroy(error))
      .pipe(createGunzip())
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      plain.update(chunk)
      yield chunk
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') {
      throw new TerminalError(
        'SNAPSHOT_MISSING',
        `${path} is not there. Put the snapshot's ${basename(path)} beside its manifest.`,
      )
    }
    throw new TerminalError(
      'FILE_INVALID',
      `${path} cannot be unpacked (${message}). Download it again and compare its SHA-256 with ${data.sha256}.`,
    )
  } finally {
    file.destroy()
  }
  const found = stored.digest('hex')
  if (found !== data.sha256 || plain.digest('hex') !== data.plainSha256) {
    throw new TerminalError(
      'FILE_INVALID',
      `${path} is not what was stored: its SHA-256 is ${found}, the manifest says ${data.sha256}.`,
    )
  }
}
