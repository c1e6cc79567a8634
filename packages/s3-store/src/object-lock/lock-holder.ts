import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** Who holds a lock, so that others can name it and tell whether it still lives. */
export interface LockHolder {
  readonly host: string
  readonly process: number
  /** Equal for processes that can see each other: one boot of one machine, one container. */
  readonly machine: string
  /** Tells processes that were given the same number apart; empty where the system does not say. */
  readonly started: string
}

/** This process. */
export function thisHolder(): LockHolder {
  const host = hostname()
  const machine = createHash('sha256')
    .update(`${host}\n${orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))}`)
    .update(orEmpty(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 16)
  return { host, process: process.pid, machine, started: lookUp(process.pid).started }
}

/** Whether a holder is certainly alive or certainly gone: only one that ran where this process runs can be seen, and only on Linux. */
export function lifeOf(holder: LockHolder, own: LockHolder = thisHolder()): 'alive' | 'gone' | 'unknown' {
  // Without the time at which a process began, two machines of one name look like one.
  if (holder.machine !== own.machine || !holder.started || !own.started) return 'unknown'
  try {
    process.kill(holder.process, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'gone'
  }
  const { state, started } = lookUp(holder.process)
  if (!started) return 'unknown'
  // A dead process keeps its number until its parent takes note.
  return started === holder.started && !'ZX'.includes(state) ? 'alive' : 'gone'
}

/** From the line of a process in /proc, behind its name: state is the first field, the start in ticks since boot the twentieth. */
function lookUp(pid: number): { readonly state: string; readonly started: string } {
  const line = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', started: fields[19] ?? '' }
}

/** Only Linux has them. */
function orEmpty(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
