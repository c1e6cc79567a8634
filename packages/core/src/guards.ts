import type { GuardResult, Override } from './certificate.ts'
import type { ControlTotals, KeyCensus } from './control-totals.ts'
import { digitsAfterPoint, formatDecimal, subtractDecimals } from './decimal.ts'
import { TerminalError } from './errors.ts'
import { formatAmount } from './figures.ts'
import type { GuardLimits, RecordType } from './record-type.ts'
import type { Column } from './row-schema.ts'
import type { SnapshotManifest } from './snapshot-store.ts'

/** What the guards look at. */
export interface GuardFacts {
  readonly recordType: RecordType
  readonly columns: readonly Column[]
  /** Of the rows as read. */
  readonly read: ControlTotals
  readonly keys: KeyCensus
  /** The snapshot that is current; undefined before the first. */
  readonly previous: Pick<SnapshotManifest, 'runId' | 'totals' | 'columns'> | undefined
  readonly overrides: readonly Override[]
}

/** The flag of a command that overrides each guard; it takes a reason too. Nothing overrides missing columns. */
export const OVERRIDE_FLAGS = {
  rows: '--allow-empty',
  shrink: '--allow-shrink',
  duplicates: '--allow-duplicates',
  conflicts: '--allow-conflicts',
  'null-keys': '--allow-null-keys',
  jump: '--allow-jump',
} as const satisfies Partial<Record<GuardResult['guard'], string>>

type Finding = Pick<GuardResult, 'passed' | 'evidence'> & { readonly examples?: readonly string[] }

/** Judges a whole set before it replaces another; the result has every guard, passed or not, with its evidence. */
export function checkGuards({
  recordType,
  columns,
  read,
  keys,
  previous,
  overrides,
}: GuardFacts): GuardResult[] {
  const limits = recordType.guards
  const findings: Record<Exclude<GuardResult['guard'], 'departed'>, Finding> = {
    rows: checkRows(read, limits),
    shrink: checkShrink(read, previous, limits),
    duplicates: checkDuplicates(read, keys, limits),
    conflicts: {
      passed: keys.conflicts <= limits.maxConflicts,
      evidence: `${counted(keys.conflicts, 'row key')} with different values (limit ${limits.maxConflicts})`,
      examples: keys.examples.conflicts,
    },
    'null-keys': {
      passed: keys.nullKeyRows <= limits.maxNullKeys,
      evidence: `${counted(keys.nullKeyRows, 'row')} with NULL in a key (limit ${limits.maxNullKeys})`,
      examples: keys.examples.nullKeyRows,
    },
    jump: checkJump(recordType, read, previous),
    columns: describeDrift(columns, previous),
    scale: describeScale(recordType, keys),
  }
  return Object.entries(findings).map(([name, { passed, evidence, examples = [] }]) => {
    const guard = name as GuardResult['guard']
    const override = passed ? undefined : overrides.find((candidate) => candidate.guard === guard)
    return { guard, passed, evidence, examples, ...(override && { overridden: override }) }
  })
}

/** Whether a guard passed and yet found something, within its limits, that a person should know. */
export function isNoted({ passed, examples }: Pick<GuardResult, 'passed' | 'examples'>): boolean {
  return passed && examples.length > 0
}

/** GUARD_REFUSED with every guard that did not pass and is not overridden, or undefined if there is none. */
export function refusalOf(
  recordType: RecordType,
  results: readonly GuardResult[],
): TerminalError | undefined {
  return refuse(results, {
    what: `${recordType.name} is not replaced`,
    advice: 'Look into the source first. If its figures are right, run again',
    flags: OVERRIDE_FLAGS,
    details: { recordType: recordType.name },
  })
}

/** GUARD_REFUSED in the same words for every kind of run, or undefined if no guard stops it. */
export function refuse(
  results: readonly GuardResult[],
  {
    what,
    advice,
    flags,
    details,
  }: {
    readonly what: string
    readonly advice: string
    readonly flags: Partial<Record<GuardResult['guard'], string>>
    readonly details: Readonly<Record<string, unknown>>
  },
): TerminalError | undefined {
  const failed = results.filter(({ passed, overridden }) => !passed && !overridden)
  if (failed.length === 0) return undefined
  const lines = failed.map(({ guard, evidence, examples }) => {
    const shown = examples.slice(0, 3).map((example) => `\n    ${example}`)
    return `  ${guard}: ${evidence}${shown.join('')}`
  })
  const overriding = failed.flatMap(({ guard }) => flags[guard] ?? [])
  return new TerminalError(
    'GUARD_REFUSED',
    `${what}, because of ${counted(failed.length, 'guard')}:\n${lines.join('\n')}\n${advice} with ${overriding.join(' ')} --reason "…".`,
    { details: { ...details, guards: failed } },
  )
}

function checkRows({ rows }: ControlTotals, { minRows }: GuardLimits): Finding {
  return { passed: rows >= minRows, evidence: `${counted(rows, 'row')} (at least ${grouped(minRows)})` }
}

function checkShrink(
  read: ControlTotals,
  previous: GuardFacts['previous'],
  { maxShrinkPercent }: GuardLimits,
): Finding {
  if (!previous) return NOTHING_BEFORE
  const before = previous.totals.rows
  const lost = Math.max(0, before - read.rows)
  const share = shareOf(BigInt(lost), BigInt(before))
  return {
    passed: isWithin(share, maxShrinkPercent),
    evidence: `${counted(read.rows, 'row')} after ${grouped(before)} in ${previous.runId}: ${toPercent(share)} fewer (limit ${maxShrinkPercent} %)`,
  }
}

function checkDuplicates(
  read: ControlTotals,
  keys: KeyCensus,
  { maxDuplicatePercent }: GuardLimits,
): Finding {
  const share = shareOf(BigInt(keys.exactDuplicates), BigInt(read.rows))
  return {
    passed: isWithin(share, maxDuplicatePercent),
    evidence: `${counted(keys.exactDuplicates, 'exact duplicate')} in ${counted(read.rows, 'row')}: ${toPercent(share)} (limit ${maxDuplicatePercent} %)`,
    examples: keys.examples.exactDuplicates,
  }
}

function checkJump(
  { money, guards }: RecordType,
  read: ControlTotals,
  previous: GuardFacts['previous'],
): Finding {
  if (!previous) return NOTHING_BEFORE
  const moves = money.flatMap(({ column, scale }) => {
    const now = read.money[column]?.sum
    const before = previous.totals.money[column]?.sum
    if (now === undefined || before === undefined) return []
    const share = moveOf(before, now)
    const shown = formatAmount(now, scale)
    const text =
      share.part === 0n
        ? `the sum of ${column} is unchanged, ${shown}`
        : `the sum of ${column} went from ${formatAmount(before, scale)} to ${shown}: ${toPercent(share)}`
    return [{ text, passed: isWithin(share, guards.maxJumpPercent) }]
  })
  const failed = moves.filter(({ passed }) => !passed)
  const shown = failed.length > 0 ? failed : moves
  return {
    passed: failed.length === 0,
    evidence:
      shown.length === 0
        ? 'no money column to compare'
        : `${shown.map(({ text }) => text).join('; ')} (limit ${guards.maxJumpPercent} %)`,
  }
}

/** Evidence only: a missing column has stopped the run before, any other change of the columns is for people to know. */
function describeDrift(columns: readonly Column[], previous: GuardFacts['previous']): Finding {
  if (!previous) return NOTHING_BEFORE
  const changes = columnChanges(previous.columns, columns)
  return {
    passed: true,
    evidence:
      changes.length === 0 ? `as in ${previous.runId}` : `since ${previous.runId}: ${changes.join('; ')}`,
  }
}

/** What changed from one schema to another, a line for each column; order and nullability do not count. */
export function columnChanges(before: readonly Column[], now: readonly Column[]): string[] {
  const past = new Map(before.map((column) => [column.name, column]))
  const present = new Set(now.map(({ name }) => name))
  return [
    ...before.filter(({ name }) => !present.has(name)).map(({ name }) => `${name} is gone`),
    ...now.flatMap(({ name, type }) => {
      const known = past.get(name)
      if (!known) return [`${name} is new`]
      return known.type.kind === type.kind ? [] : [`${name} was ${known.type.kind} and is ${type.kind}`]
    }),
  ]
}

/** Evidence only: the file holds every row as read, publishing refuses the rows. */
function describeScale({ money }: RecordType, { overScale }: KeyCensus): Finding {
  const beyond = money.filter(({ column }) => overScale[column] !== undefined)
  return {
    passed: true,
    evidence:
      beyond.length === 0
        ? 'no amount has more digits than its column declares'
        : beyond
            .map(
              ({ column, scale }) =>
                `${counted(overScale[column] ?? 0, 'amount')} of ${column} with more than ${scale} digits after the point`,
            )
            .join('; '),
    examples: beyond.map(({ column }) => column),
  }
}

const NOTHING_BEFORE: Finding = { passed: true, evidence: 'there is no earlier snapshot to compare with' }

/** A part of a whole, exactly; of an empty whole, any part is beyond every limit. */
interface Share {
  readonly part: bigint
  readonly whole: bigint
}

function shareOf(part: bigint, whole: bigint): Share {
  return part === 0n ? { part, whole: 1n } : { part, whole }
}

/** How far a sum moved, as a share of where it stood. */
function moveOf(before: string, now: string): Share {
  const move = subtractDecimals(now, before)
  const scale = Math.max(digitsAfterPoint(before), digitsAfterPoint(move))
  const units = (amount: string) => BigInt(formatDecimal(amount, scale).replace(/[-.]/g, ''))
  return shareOf(units(move), units(before))
}

function isWithin({ part, whole }: Share, limitPercent: number): boolean {
  // Limits have at most two digits after the point.
  return part * 10_000n <= BigInt(Math.round(limitPercent * 100)) * whole
}

/** Rounded up, so that what is beyond a limit also looks it. */
function toPercent({ part, whole }: Share): string {
  if (whole === 0n) return 'from nothing'
  const hundredths = (part * 10_000n + whole - 1n) / whole
  const fraction = String(hundredths % 100n)
    .padStart(2, '0')
    .replace(/0+$/, '')
  return `${grouped(hundredths / 100n)}${fraction && `.${fraction}`} %`
}

/** `1,200 rows`; the plural is the noun with an s unless given. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`
}

export function grouped(count: number | bigint): string {
  return count.toLocaleString('en-US')
}
