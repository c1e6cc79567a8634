import { rename, rm, writeFile } from 'node:fs/promises'
import { TerminalError } from '@findata/core'

/** Where a scheduler reads what came of a run. */
export interface ResultFile {
  /** Puts the line in place in one step: who watches the file never sees half of it. */
  write(line: string): Promise<void>
}

/** Makes sure that the result can be written, and that the one of an earlier run is not taken for it. Throws USAGE. */
export async function openResultFile(path: string): Promise<ResultFile> {
  const part = `${path}.part`
  try {
    await rm(path, { force: true })
    await writeFile(part, '')
    await rm(part)
  } catch (cause) {
    throw new TerminalError(
      'USAGE',
      `The result cannot be written to ${path} (${(cause as NodeJS.ErrnoException).code}). Name a file in a folder that is there.`,
      { cause },
    )
  }
  return {
    async write(line) {
      await writeFile(part, `${line}\n`)
      await rename(part, path)
    },
  }
}
