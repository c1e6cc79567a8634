import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Who holds a lock, so that others can name it and tell whether it still lives. */
export interface LockHolder {
  readonly host: string
  readonly process: number
  /** Equal for processes that can see each other: one boot of one machine, one container. */
  readonly machine: string
}

/** This process. */
export function thisHolder(): LockHolder {
  const host = hostname()
  const machine = createHash('sha256')
    .update(`${host}\n${orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))}`)
    .update(orEmpty(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 16)
  return { host, process: process.pid, machine }
}

/** Whether a holder is certainly dead: it ran where this process runs, and is not there any more. */
export function isGone(holder: LockHolder, own: LockHolder = thisHolder()): boolean {
  if (holder.machine !== own.machine || holder.process === own.process) return false
  try {
    process.kill(holder.process, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** Only Linux has them; elsewhere the host name must do. */
function orEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
