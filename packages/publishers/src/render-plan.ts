import { styleText } from 'node:util'
import {
  type FieldChange,
  formatCount,
  type PlanEntry,
  type PlanSummary,
  type PublishPlan,
  type Value,
} from '@findata/core'
import { ignoredFields } from './plan-entries.ts'
import type { PlanHeader } from './plan-file.ts'

export interface RenderPlanOptions {
  /** In columns; 80 unless said. */
  readonly width?: number
  readonly isColored?: boolean
  /** How many records of each kind are shown; all are counted. 50 unless said. */
  readonly maxRecords?: number
}

const KINDS = {
  create: { sign: '+', style: 'green', many: 'to create' },
  update: { sign: '~', style: 'yellow', many: 'to update' },
  delete: { sign: '-', style: 'red', many: 'to delete' },
  held: { sign: '?', style: 'cyan', many: 'held' },
  departed: { sign: '.', style: 'dim', many: 'only in the destination' },
  duplicate: { sign: '=', style: 'magenta', many: 'duplicates' },
  rejected: { sign: '!', style: 'red', many: 'rejected' },
} as const

/** A plan as text for a terminal: every record with what changes in it, then the figures. No line feed at the end. */
export async function renderPlan(
  plan: PublishPlan,
  header: PlanHeader,
  { width = 80, isColored = false, maxRecords = 50 }: RenderPlanOptions = {},
): Promise<string> {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    isColored ? styleText(style, text, { validateStream: false }) : text
  const labels = new Map(plan.fields.map(({ name, label }) => [name, label]))
  const ignored = ignoredFields(plan.fields)
  const shown = new Map<PlanEntry['kind'], number>()
  const lines = [
    paint('bold', fit(`${header.recordType} → ${header.destination}: ${header.target}`, width)),
    fit(`snapshot ${header.snapshotRunId}, planned ${header.createdAt}`, width),
    '',
  ]

  for await (const entry of plan.entries()) {
    const count = (shown.get(entry.kind) ?? 0) + 1
    shown.set(entry.kind, count)
    if (count > maxRecords) continue
    const { sign, style } = KINDS[entry.kind]
    const [first, ...more] = wrap(visible(headline(entry)), width - 4)
    lines.push(`${paint(style, `  ${sign}`)} ${first}`, ...more.map((line) => `    ${line}`))
    if (!('changes' in entry)) continue
    const changes = entry.changes.filter(({ field }) => !ignored.has(field))
    const named = changes.map((change) => ({ ...change, label: labels.get(change.field) ?? change.field }))
    const labelWidth = Math.min(28, Math.max(0, ...named.map(({ label }) => lengthOf(visible(label)))))
    for (const change of named) {
      const label = pad(fit(change.label, labelWidth), labelWidth)
      for (const [place, text] of changeTexts(entry.kind, change, width - labelWidth - 8).entries()) {
        lines.push(`      ${place === 0 ? label : ' '.repeat(labelWidth)}  ${text}`)
      }
    }
  }
  for (const [kind, count] of shown) {
    const { many } = KINDS[kind]
    if (count > maxRecords)
      lines.push(paint('dim', `  … and ${formatCount(count - maxRecords)} more ${many}`))
  }
  if (shown.size > 0) lines.push('')
  lines.push(...summaryLines(plan.summary, labels).flatMap((line) => wrap(line, width)))
  return lines.join('\n')
}

function headline(entry: PlanEntry): string {
  const key = entry.key === '' ? 'no key' : entry.key
  switch (entry.kind) {
    case 'create':
      return `create ${key}`
    case 'update':
    case 'delete':
      return `${entry.kind} ${key} (${entry.id})`
    case 'held':
      return `held ${key}: an earlier create may still arrive until ${entry.until}`
    case 'departed':
      return `only in the destination${entry.isFilteredOut ? ' (left out by the filter)' : ''}: ${key} (${entry.id})`
    case 'duplicate':
      return `duplicate ${key} (${entry.id}): ${entry.keptId} is kept up to date`
    case 'rejected':
      return `rejected ${key}: ${entry.reason}`
  }
}

/** One line where both values fit, else one for each, from shortly before where they part. */
function changeTexts(kind: PlanEntry['kind'], { from, to }: FieldChange, room: number): string[] {
  if (kind === 'create' || kind === 'held') return [fit(shown(to), room)]
  if (kind === 'delete') return [fit(shown(from), room)]
  const before = shown(from)
  const after = shown(to)
  const line = `${before} → ${after}`
  if (lengthOf(line) <= room) return [line]
  const skipped = commonStart(before, after) - Math.floor(room / 3)
  return [fitFrom(before, skipped, room - 2), `→ ${fitFrom(after, skipped, room - 2)}`]
}

function summaryLines(summary: PlanSummary, labels: ReadonlyMap<string, string>): string[] {
  const { creates, updates, deletes, callsNeeded, callsLeft, callsResetAt } = summary
  const rest = [
    [summary.held, 'held'],
    [summary.departed, 'only in the destination'],
    [summary.duplicates, summary.duplicates === 1 ? 'duplicate' : 'duplicates'],
    [summary.rejected, 'rejected'],
  ] as const
  const calls =
    callsLeft === undefined
      ? `${formatCount(callsNeeded)} ${callsNeeded === 1 ? 'call' : 'calls'}`
      : `${formatCount(callsNeeded)} ${callsNeeded === 1 ? 'call' : 'calls'} of ${formatCount(callsLeft)} left today`
  const parts = [
    `Plan: ${formatCount(creates)} to create, ${formatCount(updates)} to update, ${formatCount(deletes)} to delete`,
    `${formatCount(summary.unchanged)} unchanged`,
    ...rest.flatMap(([count, what]) => (count > 0 ? [`${formatCount(count)} ${what}`] : [])),
    callsLeft !== undefined && callsResetAt !== undefined && callsNeeded > callsLeft
      ? `${calls}, which begin anew at ${callsResetAt}`
      : calls,
  ]
  const list = (title: string, counts: Readonly<Record<string, number>>, nameOf = (name: string) => name) => {
    const items = Object.entries(counts).sort((a, b) => b[1] - a[1])
    if (items.length === 0) return []
    return [
      `${title}: ${items.map(([name, count]) => `${visible(nameOf(name))} ${formatCount(count)}`).join(', ')}`,
    ]
  }
  return [
    parts.join('; '),
    ...list('Fields that updates change', summary.changesByField, (name) => labels.get(name) ?? name),
    ...list('Equal although written differently', summary.equalities),
  ]
}

function shown(value: Value): string {
  return value === null || value === '' ? '(empty)' : visible(value)
}

/** Control characters of the data must not reach the terminal, nor those that turn the direction of text. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    if (character === '\n') return '\\n'
    const code = character.charCodeAt(0).toString(16)
    return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`
  })
}

/** In code points, which is what most characters take on a terminal. */
function lengthOf(text: string): number {
  return [...text].length
}

function fit(text: string, room: number): string {
  return fitFrom(visible(text), 0, room)
}

function fitFrom(text: string, from: number, room: number): string {
  const points = [...text]
  const start = points.length <= room ? 0 : Math.max(0, Math.min(from, points.length - room))
  const head = start > 0 ? ['…', ...points.slice(start + 1)] : points
  return head.length <= room ? head.join('') : `${head.slice(0, Math.max(1, room - 1)).join('')}…`
}

function commonStart(a: string, b: string): number {
  const left = [...a]
  const right = [...b]
  let length = 0
  while (length < left.length && left[length] === right[length]) length++
  return length
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - lengthOf(text)))
}

/** Nothing is left out: a word that is longer than a line is broken. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((word) => piecesOf(word, width - 2))) {
    if (line !== '' && lengthOf(line) + 1 + lengthOf(word) > width) {
      lines.push(line)
      line = `  ${word}`
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

function piecesOf(word: string, size: number): string[] {
  const points = [...word]
  if (points.length <= size) return [word]
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points.slice(index * size, (index + 1) * size).join(''),
  )
}
