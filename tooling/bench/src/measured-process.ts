import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface ProcessOptions {
  /** A folder that gets a CPU profile of each process when it ends. */
  readonly profileFolder?: string
  /** A module that is run before the work. */
  readonly preload?: string
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>
}

/** A process that does one kind of work, so that its peak memory is that of this work alone. */
export interface MeasuredProcess<Input, Output> extends AsyncDisposable {
  /** One after the other. Rejects with what the work threw. */
  run(input: Input): Promise<Measured<Output>>
}

export interface Measured<Output> {
  readonly output: Output
  /** From the start of the process, its work in earlier runs included. */
  readonly peakRssMb: number
}

/** What the process sends back for each input. */
export type WorkReply<Output> = Measured<Output> | { readonly failure: string }

/** Starts `work/<name>.ts`, which calls `serveWork`. */
export async function startMeasuredProcess<Input, Output>(
  name: string,
  { profileFolder, preload, env }: ProcessOptions,
): Promise<MeasuredProcess<Input, Output>> {
  const profiling = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
  const preloading = preload === undefined ? [] : [`--import=${preload}`]
  const child = fork(join(import.meta.dirname, 'work', `${name}.ts`), [], {
    execArgv: ['--conditions=@findata/source', ...preloading, ...profiling],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit')
  return {
    async run(input) {
      const reply = nextReply<Output>(child, exit)
      child.send(input as object)
      const answer = await reply
      if ('failure' in answer) throw new Error(`${name} failed: ${answer.failure}`)
      return answer
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await exit
    },
  }
}

function nextReply<Output>(child: ChildProcess, exit: Promise<unknown[]>): Promise<WorkReply<Output>> {
  return Promise.race([
    once(child, 'message').then(([reply]) => reply as WorkReply<Output>),
    exit.then(([code, signal]) => ({ failure: `its process ended (${signal ?? code})` })),
  ])
}
