import { type Certificate, parseCertificate } from '@findata/core'
import type { CommandContext } from './command.ts'

/** The certificate of a publication in the bucket, by its key. Throws SNAPSHOT_MISSING and FILE_INVALID. */
export async function openPublication({ openStore }: CommandContext, key: string): Promise<Certificate> {
  return parseCertificate(await openStore().readText(key), key)
}
