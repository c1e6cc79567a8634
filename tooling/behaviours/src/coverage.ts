import type { ScriptResults, TestOutcome } from '@findata/vitest-config/results'
import type { Area, BehaviourId } from './behaviour.ts'

export interface Coverage {
  readonly areas: readonly AreaCoverage[]
  /** Tests whose title begins with an id that no area has. */
  readonly unknown: readonly { readonly id: string; readonly where: string }[]
  readonly testCount: number
}

/** Each id of the area is in exactly one of the three lists. */
export interface AreaCoverage {
  readonly area: Area
  readonly held: readonly BehaviourId[]
  readonly reasoned: readonly BehaviourId[]
  readonly open: readonly BehaviourId[]
}

/** Matches ids with test results: an id is held when a test that names it passed and none that names it did not. */
export function measureCoverage(areas: readonly Area[], scripts: readonly ScriptResults[]): Coverage {
  const statesById = new Map<string, TestOutcome['state'][]>()
  const whereById = new Map<string, string>()
  let testCount = 0
  for (const { folder, results } of scripts) {
    for (const { file, titles, state } of results?.tests ?? []) {
      testCount++
      for (const id of titles.flatMap(idsInTitle)) {
        statesById.set(id, [...(statesById.get(id) ?? []), state])
        whereById.set(id, `${folder}/${file}: ${titles.join(' > ')}`)
      }
    }
  }
  const isHeld = (id: string) => statesById.get(id)?.every((state) => state === 'passed') ?? false

  const knownIds = new Set<string>(areas.flatMap(({ behaviours }) => Object.keys(behaviours)))
  return {
    areas: areas.map((area) => {
      const ids = Object.keys(area.behaviours) as BehaviourId[]
      const hasReason = (id: BehaviourId) => area.behaviours[id]?.reasonWithoutTest !== undefined
      return {
        area,
        held: ids.filter(isHeld),
        reasoned: ids.filter((id) => !isHeld(id) && hasReason(id)),
        open: ids.filter((id) => !isHeld(id) && !hasReason(id)),
      }
    }),
    unknown: [...whereById].filter(([id]) => !knownIds.has(id)).map(([id, where]) => ({ id, where })),
    testCount,
  }
}

/** The ids that a title like `A7: …` or `A7, A8: …` begins with. */
export function idsInTitle(title: string): string[] {
  return /^[AB]\d+(?:, [AB]\d+)*(?=:)/.exec(title)?.[0].split(', ') ?? []
}
