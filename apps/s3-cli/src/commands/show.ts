import { writeFile } from 'node:fs/promises'
import {
  createJsonArrayEncoder,
  EXIT_CODES,
  readJsonArray,
  renderCertificateHtml,
  renderCertificateText,
  TerminalError,
} from '@findata/core'
import type { CommandContext, CommandResult } from '../command.ts'
import { parsePublicationKey, publicationKey } from '../publication-reference.ts'
import { openPublication } from '../stored-publication.ts'
import { openSnapshotOf } from '../stored-snapshot.ts'

export interface ShowOptions {
  readonly html?: string | undefined
  /** How many of the first rows to print, as the file has them. */
  readonly rows: number
}

/** One snapshot or publication: its certificate for a person, and the first rows of a snapshot if asked. */
export async function runShow(
  context: CommandContext,
  text: string,
  destination: string | undefined,
  options: ShowOptions,
): Promise<CommandResult> {
  const publication =
    destination === undefined ? parsePublicationKey(text) : { recordType: text, destination }
  if (publication) return await showPublication(context, publication, options)
  const store = context.openStore()
  const { manifest, certificate, entry, isCurrent } = await openSnapshotOf(store, text, context.catalogue)
  if (options.html !== undefined) await writePage(options.html, renderCertificateHtml(certificate))
  context.print(renderCertificateText(certificate))
  context.print('\nColumns')
  context.print(wrapList(manifest.columns.map(({ name }) => name)))
  context.print(`\n${manifest.recordType}@${entry.runId} is ${isCurrent ? '' : 'not '}current.`)
  if (options.html !== undefined) context.print(`Wrote ${options.html}`)
  if (options.rows > 0) await printRows(context, manifest, options.rows)
  return { exitCode: EXIT_CODES.done, result: { isCurrent, manifest, certificate } }
}

async function showPublication(
  context: CommandContext,
  target: { readonly recordType: string; readonly destination: string; readonly runId?: string },
  { html, rows }: ShowOptions,
): Promise<CommandResult> {
  if (rows > 0) {
    throw new TerminalError('USAGE', '--rows prints those of a snapshot: s3-cli show task_orders --rows 10')
  }
  const key =
    target.runId === undefined
      ? await newestKey(context, target)
      : publicationKey({ ...target, runId: target.runId })
  const certificate = await openPublication(context, key)
  if (html !== undefined) await writePage(html, renderCertificateHtml(certificate))
  context.print(renderCertificateText(certificate))
  context.print(`\n${key}`)
  if (html !== undefined) context.print(`Wrote ${html}`)
  return { exitCode: EXIT_CODES.done, result: { key, certificate } }
}

async function newestKey(
  { destinations, openPublishStore }: CommandContext,
  target: { readonly recordType: string; readonly destination: string },
): Promise<string> {
  const { recordType, destination } = target
  const [newest] = await openPublishStore().listPublications(target)
  if (newest) return newest.certificateKey
  destinations.mapping(recordType, destination)
  throw new TerminalError(
    'SNAPSHOT_MISSING',
    `${recordType} was never published to ${destination}: s3-cli publish ${recordType} ${destination}`,
  )
}

async function writePage(path: string, page: string): Promise<void> {
  try {
    await writeFile(path, page)
  } catch (cause) {
    throw new TerminalError(
      'USAGE',
      `The page cannot be written to ${path} (${(cause as NodeJS.ErrnoException).code}). Name a file in a folder that is there.`,
      { cause },
    )
  }
}

/** Names with commas between, in lines of at most 80 columns. */
function wrapList(names: readonly string[]): string {
  const lines: string[] = []
  let line = ''
  for (const [i, name] of names.entries()) {
    const next = i < names.length - 1 ? `${name},` : name
    if (line !== '' && line.length + 1 + next.length > 80) {
      lines.push(line)
      line = next
    } else {
      line = line === '' ? next : `${line} ${next}`
    }
  }
  return [...lines, line].join('\n')
}

async function printRows(
  { signal, print, openStore }: CommandContext,
  manifest: Awaited<ReturnType<typeof openSnapshotOf>>['manifest'],
  count: number,
): Promise<void> {
  const { columns, data } = manifest
  const { chunks } = openStore().readBack(data, { signal })
  const encoder = createJsonArrayEncoder({ columns })
  const shown: Uint8Array[] = []
  let left = count
  for await (const batch of readJsonArray(chunks, columns, { name: data.key })) {
    shown.push(...encoder.encode(batch.slice(0, left)))
    left -= Math.min(left, batch.length)
    if (left === 0) break
  }
  print(
    Buffer.concat([...shown, ...encoder.finish()])
      .toString()
      .trimEnd(),
  )
}
