import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
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

/** Opens a manifest (data.json.gz must lie beside it; certificate.json may) or a certificate. Throws FILE_INVALID for anything else. */
export async function openLocalSnapshot(path: string): Promise<LocalSnapshot> {
  const text = await readFile(path, 'utf8')
  if (kindOf(text) === 'findata-certificate') return { certificate: parseCertificate(text, path) }
  const manifest = parseManifest(text, path)
  const folder = dirname(path)
  const certificatePath = join(folder, 'certificate.json')
  const certificate = await readFile(certificatePath, 'utf8').catch(ignoreMissing)
  return {
    manifest,
    ...(certificate !== undefined && { certificate: parseCertificate(certificate, certificatePath) }),
    chunks: readData(join(folder, basename(manifest.data.key)), manifest.data),
  }
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

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
