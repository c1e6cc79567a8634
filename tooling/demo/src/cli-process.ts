import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const S3_CLI = fileURLToPath(new URL('../../../apps/s3-cli/src/main.ts', import.meta.url))

/** What a finished command said. */
export interface CliOutcome {
  /** Null when it was killed. */
  readonly exitCode: number | null
  /** The lines for a person, without the result line. */
  readonly told: string
  readonly stderr: string
  /** The last line of stdout. */
  readonly result: Readonly<Record<string, unknown>>
}

export interface RunningCli {
  readonly process: ChildProcess
  readonly outcome: Promise<CliOutcome>
}

/** Where the commands run: with this environment and no other, in a folder that may hold a configuration. */
export interface CliPlace {
  readonly env: Readonly<Record<string, string>>
  readonly folder: string
}

/** Starts s3-cli from its sources in a process of its own. */
export function startCli(args: readonly string[], { env, folder }: CliPlace): RunningCli {
  const child = spawn(process.execPath, ['--conditions=@findata/source', S3_CLI, ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const outcome = new Promise<CliOutcome>((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (exitCode) => {
      const lines = stdout.trimEnd().split('\n')
      const last = lines.at(-1) ?? ''
      const isResult = last.startsWith('{')
      resolve({
        exitCode,
        told: (isResult ? lines.slice(0, -1) : lines).join('\n'),
        stderr: stderr.trimEnd(),
        result: isResult ? (JSON.parse(last) as Record<string, unknown>) : {},
      })
    })
  })
  return { process: child, outcome }
}
