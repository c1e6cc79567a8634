import { type Consistency, describeConsistency } from '@findata/core'

/** `scn 4000123, fixed at 2026-11-22 13:36:43 UTC`, in at most 73 columns. */
export function describeMoment(consistency: Consistency): string {
  const { fixedAt } = consistency
  return `${describeConsistency(consistency)}, fixed at ${fixedAt.slice(0, 10)} ${fixedAt.slice(11, 19)} UTC`
}

/** Whether snapshots of several record types are of one moment; undefined where there are not several. */
export function isOneMoment(moments: readonly Consistency[]): boolean | undefined {
  if (moments.length < 2) return undefined
  const [first, ...others] = moments.map(identityOf)
  return first !== undefined && others.every((one) => one === first)
}

/** The same as a sentence. */
export function momentsLine(moments: readonly Consistency[]): string | undefined {
  const isOne = isOneMoment(moments)
  if (isOne === undefined) return undefined
  return isOne
    ? `All ${moments.length} current snapshots are of one moment.`
    : `The ${moments.length} current snapshots are of different moments.`
}

/** Undefined where even the statements of one snapshot may have seen moments of their own. */
function identityOf({ label, scn, fixedAt }: Consistency): string | undefined {
  switch (label) {
    case 'scn':
    case 'scn, links not visible':
      return `scn ${scn}`
    case 'read-only transaction':
      return `${label} ${fixedAt}`
    case 'per statement':
    case 'fuzzy':
      return undefined
  }
}
