import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { SceneName, StandInEndpoints, StandInsOptions } from './stand-ins.ts'

/** All stand-ins in a process of their own, which ends with this one or on dispose. */
export interface StandInProcess extends StandInEndpoints, AsyncDisposable {
  readonly pid: number
  /** Lets something happen there, such as day two. */
  play(scene: SceneName): Promise<void>
}

/** The one message of the process: where its servers are, or why there are none. */
export type StandInGreeting = { readonly endpoints: StandInEndpoints } | { readonly failure: string }

/** Starts all stand-ins outside this process, so that it holds neither their memory nor their work. */
export async function startStandInProcess(options: StandInsOptions = {}): Promise<StandInProcess> {
  const child = fork(join(import.meta.dirname, 'stand-in-child.ts'), [JSON.stringify(options)], {
    // Other flags of this process are for this process, such as those of a profiler.
    execArgv: ['--conditions=@findata/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit')
  const greeting = await Promise.race([
    once(child, 'message').then(([message]) => message as StandInGreeting),
    exit.then(([code, signal]) => ({ failure: `it ended at once (${signal ?? code})` })),
  ])
  if ('failure' in greeting) {
    child.kill()
    throw new Error(`The process of the stand-ins did not start: ${greeting.failure}`)
  }
  const { endpoints } = greeting
  return {
    ...endpoints,
    pid: child.pid as number,
    async play(scene) {
      const response = await fetch(new URL(scene, endpoints.controlUrl), { method: 'POST' })
      if (!response.ok) throw new Error(`The stand-ins cannot play ${scene}: ${await response.text()}`)
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect()
      await exit
    },
  }
}
