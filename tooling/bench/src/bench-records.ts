import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FieldKind, TargetField, Value } from '@findata/core'
import { convertValue, type DiffEntry, type PresentRecord, type WantedRecord } from '@findata/publishers'
import { benchTable } from '@findata/sandbox'

/** Task orders as a Knack app holds them: the key first, when it was modified last. */
export const TASK_ORDER_FIELDS: readonly TargetField[] = [
  toField('field_1276', 'DEPT', 'text'),
  toField('field_1277', 'TASK_ORDER', 'text'),
  toField('field_2632', 'DESCRIPTION', 'text'),
  toField('field_3810', 'STATUS', 'text'),
  toField('field_3580', 'TYPE', 'text'),
  toField('field_3684', 'ESTIMATE', 'currency'),
  toField('field_3685', 'CHARGED', 'currency'),
  toField('field_3686', 'BALANCE', 'currency'),
  toField('field_4495', 'ESTIMATOR', 'text'),
  toField('field_3807', 'BUYER_FDUS', 'list'),
  toField('field_3809', 'MODIFIED', 'date'),
]
const STATUS = 3
const BALANCE = 7

/** What is wanted and what is there, as many records of each; among a thousand of them one is new, one departed and one changed. */
export interface RecordSets {
  /** In the order of their keys, as they are numbered. */
  wanted(): AsyncGenerator<readonly WantedRecord[]>
  /** The same, or in an order that has nothing to do with it, as a destination may list them. */
  present(order: 'by key' | 'by id'): AsyncGenerator<readonly PresentRecord[]>
  /** What was spent so far on making records, of the clock and of this thread, and on decoding them. */
  readonly spentMs: { readonly making: number; readonly makingCpu: number; readonly decoding: number }
  /** Throws unless these are the differences that were made, to the letter, in whatever order. */
  verify(entries: readonly DiffEntry[]): void
}

const CHUNK_RECORDS = 1000
/** Of so many numbers one is in each set alone, and one is in both and changed. */
const BLOCK = 1001
const ONLY_PRESENT = 250
const ONLY_WANTED = 500
const CHANGED = 750
/** A prime, so that steps of this length come past every record once. */
const STRIDE = 611_953

/** Records come as out of answers in JSON, made anew each time they are read, so that neither set is ever in memory. */
export function createRecordSets(count: number): RecordSets {
  const valuesOf = createTaskOrders()
  const wantedAt = (index: number): WantedRecord => {
    const values = valuesOf(index)
    return { key: readableKey(values), values: [...values, '2026-01-05T06:00:00'] }
  }
  const presentAt = (index: number): PresentRecord => {
    const values = valuesOf(index)
    if (index % BLOCK === CHANGED) {
      values[STATUS] = 'Draft'
      values[BALANCE] = '0.01'
    }
    return {
      id: index.toString(16).padStart(24, '0'),
      values: [...values, '2025-12-05T06:00:00'],
    }
  }
  const spentMs = { making: 0, makingCpu: 0, decoding: 0 }

  async function* chunks<T>(recordAt: (place: number) => T): AsyncGenerator<readonly T[]> {
    for (let start = 0; start < count; start += CHUNK_RECORDS) {
      // An answer comes with a turn of its own, in which the process looks after its heap.
      await nextTurn()
      const began = performance.now()
      const beganCpu = threadCpuMs()
      const length = Math.min(CHUNK_RECORDS, count - start)
      const answer = JSON.stringify(Array.from({ length }, (_, place) => recordAt(start + place)))
      const made = performance.now()
      spentMs.makingCpu += threadCpuMs() - beganCpu
      const records = JSON.parse(answer) as T[]
      spentMs.making += made - began
      spentMs.decoding += performance.now() - made
      yield records
    }
  }

  return {
    wanted: () => chunks((place) => wantedAt(indexWithout(ONLY_PRESENT, place))),
    present: (order) =>
      chunks((place) =>
        presentAt(indexWithout(ONLY_WANTED, order === 'by key' ? place : (place * STRIDE) % count)),
      ),
    spentMs,
    verify(entries) {
      const found = new Set(entries.map((entry) => JSON.stringify(entry)))
      let expected = 0
      const expect = (entry: DiffEntry) => {
        expected++
        if (!found.has(JSON.stringify(entry))) {
          throw new Error(`a difference was not found, or not as it is: ${JSON.stringify(entry)}`)
        }
      }
      for (let place = 0; place < count; place++) {
        const wantedIndex = indexWithout(ONLY_PRESENT, place)
        if (!isWithout(ONLY_WANTED, wantedIndex, count)) {
          expect({ kind: 'missing', wanted: wantedAt(wantedIndex) })
        } else if (wantedIndex % BLOCK === CHANGED) {
          const wanted = wantedAt(wantedIndex)
          const present = presentAt(wantedIndex)
          expect({
            kind: 'changed',
            wanted,
            present,
            changes: [STATUS, BALANCE].map((field) => ({
              field: TASK_ORDER_FIELDS[field]?.name ?? '',
              from: present.values[field] as Value,
              to: wanted.values[field] as Value,
            })),
          })
        }
        const presentIndex = indexWithout(ONLY_WANTED, place)
        if (!isWithout(ONLY_PRESENT, presentIndex, count)) {
          const present = presentAt(presentIndex)
          expect({ kind: 'departed', key: readableKey(present.values), present })
        }
      }
      if (entries.length !== expected) throw new Error(`${entries.length} differences instead of ${expected}`)
    },
  }
}

/** The number of a record by its place among those that are left of each block without one. */
function indexWithout(left: number, place: number): number {
  const inBlock = place % (BLOCK - 1)
  return Math.floor(place / (BLOCK - 1)) * BLOCK + inBlock + (inBlock >= left ? 1 : 0)
}

function isWithout(left: number, index: number, count: number): boolean {
  const inBlock = index % BLOCK
  if (inBlock === left) return false
  return Math.floor(index / BLOCK) * (BLOCK - 1) + inBlock - (inBlock > left ? 1 : 0) < count
}

function readableKey([dept, id]: readonly Value[]): string {
  return `${dept} / ${id}`
}

/** More would only measure how fast they are made. */
const DISTINCT_TASK_ORDERS = 5003

/** The values of a task order by its number, but for when it was modified: no two have the same key, or share all else nearby. */
function createTaskOrders(): (index: number) => Value[] {
  const { columns, generated } = benchTable({ benchRows: DISTINCT_TASK_ORDERS, columns: 12 })
  const distinct = Array.from({ length: DISTINCT_TASK_ORDERS }, (_, place) => {
    const row = generated.row(place)
    const value = (column: string) => row[columns.findIndex(({ name }) => name === column)] as Value
    const fdus = ['VENDOR_ID', 'PROJECT_ID'].map((column) => `2400 6207 ${value(column)}`)
    return [
      convertValue('pad-angle-brackets', value('TITLE')),
      place % 3 === 0 ? 'Closed' : 'Active',
      place % 5 === 0 ? 'TRANSPORTATION' : 'SERVICE',
      convertValue('currency', value('AMOUNT')),
      convertValue('currency', value('CHARGED')),
      convertValue('currency', value('BALANCE')),
      value('DESCRIPTION') && convertValue('pad-angle-brackets', value('VENDOR_NAME')),
      convertValue('sorted-list', fdus.slice(place % 2).join(',\n')),
    ]
  })
  return (index) => [
    String(2400 + (index % 4) * 100),
    `24${String(index).padStart(8, '0')}`,
    ...(distinct[index % DISTINCT_TASK_ORDERS] as Value[]),
  ]
}

/** Of this thread, which other processes do not take part in. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function toField(name: string, label: string, kind: FieldKind): TargetField {
  return {
    name,
    label,
    kind,
    isKey: label === 'DEPT' || label === 'TASK_ORDER',
    isIgnoredInDiff: label === 'MODIFIED',
  }
}
