import { createHash } from 'node:crypto'
import {
  openLineFile,
  type PlanEntry,
  type PlanSummary,
  type PublishPlan,
  type ScratchFolder,
  type TargetField,
  TerminalError,
} from '@findata/core'
import { z } from 'zod'
import { ignoredFields } from './plan-entries.ts'

/** What a plan is of: it applies only to the same snapshot, through the same mapping, to the same target. */
export interface PlanHeader {
  /** The run that planned. */
  readonly runId: string
  readonly recordType: string
  readonly destination: string
  /** For people: `object_86 (Task orders) in Finance & Purchasing`. */
  readonly target: string
  /** The run that took the snapshot. */
  readonly snapshotRunId: string
  /** SHA-256 in hex digits, of whatever the caller compares when it applies the plan. */
  readonly mappingSha256: string
  /** ISO 8601. */
  readonly createdAt: string
}

/** A plan read from a file. Dispose it to close its files. */
export interface SavedPlan extends AsyncDisposable {
  readonly header: PlanHeader
  readonly plan: PublishPlan
}

/**
 * The text of a plan, in pieces: a line of JSON for what it is of, one for each entry, one for the summary, and a seal with the
 * SHA-256 of all before. Values of fields that are ignored in the diff are left out, since they are those of the run that sends.
 */
export async function* writePlanFile(plan: PublishPlan, header: PlanHeader): AsyncGenerator<string> {
  const sha256 = createHash('sha256')
  const ignored = ignoredFields(plan.fields)
  const line = (value: unknown) => {
    const text = `${JSON.stringify(value)}\n`
    sha256.update(text)
    return text
  }
  yield line({ kind: 'findata-plan', version: 1, ...header, fields: plan.fields })
  for await (const entry of plan.entries()) {
    yield line(
      'changes' in entry
        ? { ...entry, changes: entry.changes.filter(({ field }) => !ignored.has(field)) }
        : entry,
    )
  }
  yield line({ kind: 'summary', ...plan.summary })
  yield `${JSON.stringify({ kind: 'seal', sha256: sha256.digest('hex') })}\n`
}

/**
 * Understands what `writePlanFile` wrote and keeps its entries in `scratch`. Throws FILE_INVALID for a file that was cut, changed or is
 * something else; `name` is how messages call it. Whether the plan still fits is for the caller to say.
 */
export async function openPlanFile(
  content: AsyncIterable<Uint8Array | string>,
  name: string,
  scratch: ScratchFolder,
): Promise<SavedPlan> {
  await using opening = new AsyncDisposableStack()
  const entries = opening.use(await openLineFile(scratch))
  const sha256 = createHash('sha256')
  const fail = (reason: string): never => {
    const nextStep = 'Make the plan anew with `plan --out FILE`, or name the right file.'
    throw new TerminalError(
      'FILE_INVALID',
      `${name} is not a plan that can be applied: ${reason}. ${nextStep}`,
      {
        details: { file: name, nextStep },
      },
    )
  }
  let header: z.infer<typeof headerSchema> | undefined
  let summary: PlanSummary | undefined
  let isSealed = false
  let number = 0

  for await (const line of linesOf(content, fail)) {
    number++
    if (isSealed) fail(`something follows its last line, on line ${number}`)
    const value = parseLine(line, number, fail)
    const check = <T>(schema: z.ZodType<T>): T => {
      const result = schema.safeParse(value)
      if (result.success) return result.data
      const mistakes = result.error.issues.map(({ path, message }) =>
        path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`,
      )
      return fail(`line ${number}: ${mistakes.join('; ')}`)
    }
    if (!header) {
      if (kindOf(value) !== 'findata-plan') fail('it does not begin as one')
      header = check(headerSchema)
    } else if (summary) {
      const seal = check(sealSchema)
      if (seal.sha256 !== sha256.digest('hex')) fail('its content is not what was written, by its SHA-256')
      isSealed = true
      continue
    } else if (kindOf(value) === 'summary') {
      summary = check(summarySchema)
    } else {
      await entries.append(JSON.stringify(check(entrySchema)))
    }
    sha256.update(line).update('\n')
  }
  if (!header || !summary || !isSealed) return fail(number === 0 ? 'it is empty' : 'it was cut short')

  const { kind: _, version: __, fields, ...of } = header
  const { kind: ___, ...figures } = summary as z.infer<typeof summarySchema>
  const opened = opening.move()
  return {
    header: of,
    plan: {
      summary: figures,
      fields,
      async *entries() {
        for await (const line of entries.lines()) yield JSON.parse(line) as PlanEntry
      },
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

async function* linesOf(
  content: AsyncIterable<Uint8Array | string>,
  fail: (reason: string) => never,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decode = (bytes?: Uint8Array) => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch {
      return fail('it is not text in UTF-8')
    }
  }
  let rest = ''
  for await (const piece of content) {
    const lines = (rest + (typeof piece === 'string' ? piece : decode(piece))).split('\n')
    rest = lines.pop() as string
    yield* lines
  }
  rest += decode()
  if (rest !== '') yield rest
}

function parseLine(line: string, number: number, fail: (reason: string) => never): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return fail(number === 1 ? 'it is something else' : `line ${number} was cut or changed`)
  }
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined
}

const count = z.int().nonnegative()
const text = z.string().min(1)
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'Expected the 64 hex digits of a SHA-256')
const instant = z.iso.datetime()
const value = z.string().nullable()
const changes = z.array(z.strictObject({ field: text, from: value, to: value }))
const counts = z.record(text, count)

const fieldSchema: z.ZodType<TargetField> = z.strictObject({
  name: text,
  label: z.string(),
  kind: z.enum(['text', 'number', 'currency', 'date', 'list', 'boolean', 'connection']),
  isKey: z.boolean(),
  isIgnoredInDiff: z.boolean(),
  money: z.strictObject({ column: text, scale: count }).exactOptional(),
})

const headerSchema = z.strictObject({
  kind: z.literal('findata-plan'),
  version: z.literal(1, 'Expected version 1: use the findata that wrote it, or a newer one'),
  runId: text,
  recordType: text,
  destination: text,
  target: text,
  snapshotRunId: text,
  mappingSha256: sha256,
  createdAt: instant,
  fields: z.array(fieldSchema),
})

const entrySchema: z.ZodType<PlanEntry> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('create'), key: text, changes }),
  z.strictObject({ kind: z.literal('update'), key: z.string(), id: text, changes }),
  z.strictObject({ kind: z.literal('delete'), key: z.string(), id: text, changes }),
  z.strictObject({ kind: z.literal('held'), key: text, changes, until: instant }),
  z.strictObject({
    kind: z.literal('departed'),
    key: z.string(),
    id: text,
    isFilteredOut: z.literal(true).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('duplicate'), key: text, id: text, keptId: text }),
  z.strictObject({ kind: z.literal('rejected'), key: z.string(), reason: z.string() }),
])

const summarySchema = z.strictObject({
  kind: z.literal('summary'),
  creates: count,
  updates: count,
  deletes: count,
  held: count,
  unchanged: count,
  departed: count,
  duplicates: count,
  rejected: count,
  changesByField: counts,
  equalities: counts,
  departing: z.strictObject({ records: count, limit: count }).exactOptional(),
  callsNeeded: count,
  callsLeft: z.int().exactOptional(),
  callsResetAt: instant.exactOptional(),
})

const sealSchema = z.strictObject({ kind: z.literal('seal'), sha256 })
