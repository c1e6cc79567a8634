import { EXIT_CODES, type ExitCode, TerminalError } from '@findata/core'

/** Why a run was stopped; the reason of the aborted signal. */
export class Stopped extends TerminalError {
  readonly exitCode: ExitCode
  constructor(name: 'SIGINT' | 'SIGTERM') {
    super(
      'CANCELLED',
      `Stopped by ${name} and cleaned up. s3-cli list tells what is current; the same command again finishes the job.`,
    )
    this.exitCode = name === 'SIGINT' ? EXIT_CODES.interrupted : EXIT_CODES.terminated
  }
}

/** Aborts on the first SIGINT or SIGTERM, so that everything open is closed in order; a second one ends the process at once. */
export function openStopSignal(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const stop = (name: 'SIGINT' | 'SIGTERM') => {
    const stopped = new Stopped(name)
    if (controller.signal.aborted) process.exit(stopped.exitCode)
    controller.abort(stopped)
  }
  const onInterrupt = () => stop('SIGINT')
  const onTerminate = () => stop('SIGTERM')
  process.on('SIGINT', onInterrupt)
  process.on('SIGTERM', onTerminate)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', onInterrupt)
      process.off('SIGTERM', onTerminate)
    },
  }
}
