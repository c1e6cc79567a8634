import { ERROR_CODES, EXIT_CODES, PipelineError, worstExitCode } from '@findata/core'
import type { Check, CommandContext, CommandResult } from '../command.ts'
import type { ServiceName } from '../env.ts'
import { messageOf } from '../report.ts'

/** Tries everything that a run needs, without executing a view or leaving anything behind, and says what to mend. */
export async function runDoctor(context: CommandContext, names: readonly string[]): Promise<CommandResult> {
  const { catalogue, print } = context
  const recordTypes = (names.length > 0 ? names : catalogue.names).map((name) => catalogue.get(name))
  const sections: {
    readonly title: string
    readonly service: ServiceName
    probe(): Promise<readonly Check[]>
  }[] = [
    { title: 'Oracle', service: 'oracle', probe: () => context.probeOracle(recordTypes) },
    { title: 'S3', service: 's3', probe: () => context.probeStore() },
  ]
  const results = []
  for (const { title, service, probe } of sections) {
    print(title)
    const checks = await tryAll(context, service, probe)
    for (const check of checks) {
      print(`  ${check.ok ? 'ok  ' : 'FAIL'} ${check.name}: ${check.detail}`)
      if (check.nextStep) print(`       ${check.nextStep}`)
      results.push({ service, ...check })
    }
  }
  const failed = results.filter(({ ok }) => !ok)
  print(failed.length === 0 ? 'Ready.' : `${failed.length} of ${results.length} checks failed.`)
  const exitCode = worstExitCode(
    failed.map(({ code }) => (code ? ERROR_CODES[code].exitCode : EXIT_CODES.configuration)),
  )
  return { exitCode, result: { checks: results } }
}

/** Without usable variables nothing is contacted: each problem is a failed check. */
async function tryAll(
  { environment, signal }: CommandContext,
  service: ServiceName,
  probe: () => Promise<readonly Check[]>,
): Promise<readonly Check[]> {
  try {
    environment.check(service)
    return await probe()
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof PipelineError)) throw error
    const { problems } = error.details
    const details = Array.isArray(problems) ? (problems as string[]) : [messageOf(error)]
    return details.map((detail) => ({ name: 'environment', ok: false, detail, code: error.code }))
  }
}
