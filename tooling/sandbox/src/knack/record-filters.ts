import { BadValue, type Stored, toStored } from './field-values.ts'
import type { KnackFieldDefinition } from './knack-app.ts'
import { KnackError } from './knack-error.ts'
import type { ObjectState, StoredRecord } from './knack-store.ts'
import { DAY_MINUTES, toWallMinutes } from './wall-time.ts'

type Matches = (stored: Stored | undefined) => boolean

const BLANKS: Readonly<Record<string, Matches>> = {
  'is blank': (stored) => stored === undefined,
  'is not blank': (stored) => stored !== undefined,
  'is any': () => true,
}

/** What `filters` asks for; `today` counts days since 1970 in the app's zone. @throws KnackError 400 for a field, operator or value that it cannot mean. */
export function parseFilters(
  object: ObjectState,
  filters: string | null,
  today: number,
): (record: StoredRecord) => boolean {
  if (filters === null || filters === '') return () => true
  const { match, rules } = toRules(filters)
  const tests = rules.map((rule) => {
    const { field: key, operator } = rule as { field?: unknown; operator?: unknown }
    if (key === 'id') {
      const ids = idTest(operator, (rule as { value?: unknown }).value)
      return (record: StoredRecord) => ids(record.id)
    }
    const field = typeof key === 'string' ? object.fields.get(key) : undefined
    if (!field) throw new KnackError(400, `There is no field ${String(key)} to filter by`)
    const matches = toTest(field, rule as Rule, today)
    return (record: StoredRecord) => matches(record.values.get(field.key))
  })
  return match === 'or'
    ? (record) => tests.some((test) => test(record))
    : (record) => tests.every((test) => test(record))
}

interface Rule {
  readonly field: string
  readonly operator: string
  readonly value?: unknown
  readonly range?: unknown
  readonly type?: unknown
}

function toRules(filters: string): { match: 'and' | 'or'; rules: readonly unknown[] } {
  let parsed: unknown
  try {
    parsed = JSON.parse(filters)
  } catch {
    throw new KnackError(400, 'filters is not JSON')
  }
  if (Array.isArray(parsed)) return { match: 'and', rules: parsed }
  const { match = 'and', rules, ...others } = (parsed ?? {}) as Record<string, unknown>
  if (Object.keys(others).length > 0) {
    throw new KnackError(400, `filters with ${Object.keys(others).join(', ')} are not imitated`)
  }
  if (!Array.isArray(rules) || (match !== 'and' && match !== 'or')) {
    throw new KnackError(400, 'filters are a list of rules, or match and rules')
  }
  return { match, rules }
}

function idTest(operator: unknown, value: unknown): (id: string) => boolean {
  if (operator === 'is') return (id) => id === value
  if (operator === 'is not') return (id) => id !== value
  throw new KnackError(400, `The operator ${String(operator)} is not for id`)
}

function toTest(field: KnackFieldDefinition, rule: Rule, today: number): Matches {
  const test = BLANKS[rule.operator] ?? testsOf(field, rule, today)[rule.operator]?.()
  if (!test) {
    throw new KnackError(400, `The operator ${rule.operator} is not for ${field.key}, a ${field.type}`)
  }
  return test
}

type Tests = Readonly<Record<string, () => Matches>>

function testsOf(field: KnackFieldDefinition, rule: Rule, today: number): Tests {
  switch (field.type) {
    case 'number':
    case 'currency':
    case 'auto_increment':
    case 'equation':
    case 'count':
    case 'sum':
      return numberTests(field, rule)
    case 'date_time':
      return dateTests(field, rule, today)
    case 'boolean':
      return {
        is: () => equals(field, rule),
        'is not': () => not(equals(field, rule)),
      }
    case 'connection':
      return {
        is: () => connects(rule.value),
        'is not': () => not(connects(rule.value)),
        contains: () => connects(rule.value),
        'does not contain': () => not(connects(rule.value)),
      }
    default:
      return textTests(field, rule)
  }
}

// As in a database whose collation ignores case.
function textTests(field: KnackFieldDefinition, { value }: Rule): Tests {
  const wanted = String(value ?? '').toLowerCase()
  const texts = (stored: Stored | undefined): string[] =>
    stored === undefined ? [''] : [stored].flat().map((text) => String(text).toLowerCase())
  const some =
    (test: (text: string) => boolean): (() => Matches) =>
    () =>
    (stored) =>
      texts(stored).some(test)
  const is = some((text) => text === wanted)
  const contains = some((text) => text.includes(wanted))
  if (field.type === 'multiple_choice') {
    return { is, 'is not': () => not(is()), contains, 'does not contain': () => not(contains()) }
  }
  return {
    is,
    'is not': () => not(is()),
    contains,
    'does not contain': () => not(contains()),
    'starts with': some((text) => text.startsWith(wanted)),
    'ends with': some((text) => text.endsWith(wanted)),
  }
}

function numberTests(field: KnackFieldDefinition, rule: Rule): Tests {
  const beyond = (isBeyond: (stored: Stored, wanted: Stored) => boolean) => (): Matches => {
    const wanted = toWanted(field, rule.value)
    return (stored) => stored !== undefined && wanted !== undefined && isBeyond(stored, wanted)
  }
  return {
    is: () => equals(field, rule),
    'is not': () => not(equals(field, rule)),
    'higher than': beyond((stored, wanted) => stored > wanted),
    'lower than': beyond((stored, wanted) => stored < wanted),
  }
}

// Dates are compared by day unless the rule's value has a time.
function dateTests({ format }: KnackFieldDefinition, rule: Rule, today: number): Tests {
  const days = (test: (day: number) => boolean): Matches => {
    return (stored) => stored !== undefined && test(Math.floor((stored as number) / DAY_MINUTES))
  }
  const byValue = (test: (moment: number, wanted: number) => boolean) => (): Matches => {
    const wanted = toWallMinutes(rule.value, format)
    if (wanted === undefined) throw new KnackError(400, `${String(rule.value)} is no date to filter by`)
    const unit = /\d:\d/.test(String(rule.value)) ? 1 : DAY_MINUTES
    return (stored) =>
      stored !== undefined && test(Math.floor((stored as number) / unit), Math.floor(wanted / unit))
  }
  const range = () => {
    const count = Number(rule.range ?? 1)
    if (!Number.isInteger(count) || (rule.type !== 'days' && rule.type !== 'weeks')) {
      throw new KnackError(400, 'A range of dates is a number of days or weeks; others are not imitated')
    }
    return count * (rule.type === 'weeks' ? 7 : 1)
  }
  const is = byValue((moment, wanted) => moment === wanted)
  return {
    is,
    'is not': () => not(is()),
    'is before': byValue((moment, wanted) => moment < wanted),
    'is after': byValue((moment, wanted) => moment > wanted),
    'is today': () => days((day) => day === today),
    'is during the previous': () => {
      const length = range()
      return days((day) => day < today && day >= today - length)
    },
    'is during the next': () => {
      const length = range()
      return days((day) => day > today && day <= today + length)
    },
    'is during the current': () => {
      if (rule.type !== 'days' && rule.type !== 'day') {
        throw new KnackError(400, 'is during the current is imitated for days only')
      }
      return days((day) => day === today)
    },
  }
}

function connects(value: unknown): Matches {
  const ids = [value].flat().map(String)
  return (stored) => Array.isArray(stored) && ids.some((id) => stored.includes(id))
}

function equals(field: KnackFieldDefinition, { value }: Rule): Matches {
  const wanted = toWanted(field, value)
  return (stored) => stored === wanted
}

function not(matches: Matches): Matches {
  return (stored) => !matches(stored)
}

function toWanted(field: KnackFieldDefinition, value: unknown): Stored | undefined {
  try {
    return toStored(field, value)
  } catch (error) {
    if (!(error instanceof BadValue)) throw error
    throw new KnackError(400, `A filter on ${field.key} ${error.message}`)
  }
}
