import { readFileSync } from 'node:fs'
import type { WorkReply } from '../measured-process.ts'

/** Does the work for every input that the parent sends, and ends with the channel to it. */
export function serveWork<Input, Output>(work: (input: Input) => Promise<Output> | Output): void {
  const reply = (answer: WorkReply<Output>) => process.send?.(answer)
  process.on('message', async (input) => {
    try {
      reply({ output: await work(input as Input), peakRssMb: peakRssMb() })
    } catch (error) {
      reply({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
}

/** `maxRSS` of Node may be that of the parent, from before the child's program was loaded. */
function peakRssMb(): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
    return Math.round(Number(kilobytes) / 1024)
  } catch {
    return Math.round(process.resourceUsage().maxRSS / 1024)
  }
}
