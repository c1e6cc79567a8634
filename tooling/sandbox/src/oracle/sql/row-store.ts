import type { OracleValue } from '../values.ts'
import type { Cursor, Row } from './compiled.ts'
import { oracleError, unimplemented } from './errors.ts'

/** The rows of a table as of one commit; never changed once made. */
export type RowSet =
  | { readonly kind: 'stored'; readonly chunks: readonly (readonly Row[])[] }
  | {
      readonly kind: 'generated'
      readonly rowCount: number
      readonly row: (index: number) => readonly OracleValue[]
    }

interface TableVersion {
  readonly scn: number
  readonly committedAt: number
  readonly rows: RowSet
  /** What has overwritten it. */
  successor: TableVersion | undefined
}

/** The versions of one table, oldest first. */
export interface TableHistory {
  readonly versions: TableVersion[]
  isPruned: boolean
}

/** What one transaction has done to one table. A row is known by its array: an update replaces the array. */
interface TableChanges {
  readonly inserted: Row[]
  /** From the row as committed or inserted to what stands in its place; undefined when deleted. */
  readonly replaced: Map<Row, Row | undefined>
  readonly originOf: Map<Row, Row>
  merged: readonly Row[] | undefined
}

export interface Transaction {
  readonly id: number
  /** Of its first change: a statement that has yet to find its first row has not begun one. A read-only one has begun at once. */
  startedAt: Date
  startScn: number
  readonly isReadOnly: boolean
  /** The session that it belongs to. */
  readonly sessionId: number
  readonly changes: Map<TableHistory, TableChanges>
}

export interface RowChange {
  readonly from: Row
  /** Undefined deletes the row. */
  readonly to: Row | undefined
}

export interface RowStore {
  readonly currentScn: number
  /** Rows and objects are as they have been since this SCN. */
  readonly lastChangeScn: number
  readonly transactions: ReadonlySet<Transaction>
  createHistory(rows: RowSet): TableHistory
  begin(isReadOnly: boolean, sessionId: number): Transaction
  /** The rows that a statement of the transaction sees at an SCN. ORA-01555 when they are gone. */
  rowsAt(history: TableHistory, scn: number, transaction: Transaction | undefined): RowSet
  /** The same rows one by one; also ORA-01555 as soon as they are gone while they are read. */
  openAt(history: TableHistory, scn: number, transaction: Transaction | undefined): () => Cursor
  /** Notes changes whose rows came from `rowsAt` of the same transaction. ORA-00054 when another one holds a row. */
  change(
    history: TableHistory,
    transaction: Transaction,
    changes: readonly RowChange[],
    inserted: readonly Row[],
  ): void
  insertedBy(history: TableHistory, transaction: Transaction): readonly Row[]
  commit(transaction: Transaction): void
  rollback(transaction: Transaction): void
  /** Replaces all rows at once, as DDL does. */
  replaceAll(history: TableHistory, rows: RowSet): void
  hasOpenChanges(history: TableHistory, except: Transaction | undefined): boolean
  /** The SCN that was current at a time; ORA-08180 for one to come or too long ago. */
  scnAt(time: Date): number
  /** When an SCN became current; ORA-08181 for one to come or too long ago. */
  timeAt(scn: number): Date
  /** Everything overwritten before now is gone. */
  expireUndo(): void
  /** One more SCN for something that is no row: DDL. */
  advance(): number
  /** One more SCN for nothing, as for whoever asks for it. */
  tick(): number
}

const CHUNK_ROWS = 512
const FIRST_SCN = 4_000_000

export function storedRows(rows: readonly Row[]): RowSet {
  const chunks: (readonly Row[])[] = []
  for (let start = 0; start < rows.length; start += CHUNK_ROWS)
    chunks.push(rows.slice(start, start + CHUNK_ROWS))
  return { kind: 'stored', chunks }
}

export function openRows(rows: RowSet): Cursor {
  if (rows.kind === 'generated') {
    const { row, rowCount } = rows
    let index = 0
    return () => (index < rowCount ? row(index++) : undefined)
  }
  const { chunks } = rows
  let chunk = chunks[0]
  let nextChunk = 1
  let index = 0
  return () => {
    while (chunk !== undefined) {
      const row = chunk[index++]
      if (row !== undefined) return row
      chunk = chunks[nextChunk++]
      index = 0
    }
    return undefined
  }
}

export function allRows(rows: RowSet): Row[] {
  if (rows.kind === 'stored') return rows.chunks.flat()
  return Array.from({ length: rows.rowCount }, (_, index) => rows.row(index))
}

export const rowCountOf = (rows: RowSet): number =>
  rows.kind === 'generated' ? rows.rowCount : rows.chunks.reduce((count, chunk) => count + chunk.length, 0)

/** Keeps every table's rows by SCN for as long as the undo retention lasts, and the changes of open transactions beside them. */
export function createRowStore(now: () => Date, undoRetentionMs: number): RowStore {
  let scn = FIRST_SCN
  let lastChangeScn = FIRST_SCN
  let transactionCount = 0
  /** What was overwritten up to here is gone, however short ago. */
  let expiredScn = 0
  const commits: { readonly scn: number; readonly time: number }[] = [{ scn, time: now().getTime() }]
  const transactions = new Set<Transaction>()

  function nextScn(): number {
    lastChangeScn = tick()
    return lastChangeScn
  }

  function tick(): number {
    const time = now().getTime()
    commits.push({ scn: ++scn, time })
    dropOutdated(commits, ({ time: superseded }) => time - superseded > undoRetentionMs)
    return scn
  }

  const endsUndo = (successor: TableVersion): boolean =>
    successor.scn <= expiredScn || now().getTime() - successor.committedAt > undoRetentionMs

  function addVersion(history: TableHistory, atScn: number, rows: RowSet): void {
    const version = { scn: atScn, committedAt: now().getTime(), rows, successor: undefined }
    const overwritten = history.versions.at(-1)
    if (overwritten) overwritten.successor = version
    history.versions.push(version)
    if (dropOutdated(history.versions, endsUndo) > 0) history.isPruned = true
  }

  function committedVersion(history: TableHistory, atScn: number): TableVersion {
    if (atScn > scn) throw oracleError(8181)
    const version = history.versions.findLast((candidate) => candidate.scn <= atScn)
    if (version === undefined) throw history.isPruned ? tooOld() : oracleError(1466)
    if (version.successor !== undefined && endsUndo(version.successor)) throw tooOld()
    return version
  }

  const committedRows = (history: TableHistory, atScn: number): RowSet =>
    committedVersion(history, atScn).rows

  function changesOf(history: TableHistory, transaction: Transaction): TableChanges {
    const found = transaction.changes.get(history)
    if (found) return found
    const changes: TableChanges = {
      inserted: [],
      replaced: new Map(),
      originOf: new Map(),
      merged: undefined,
    }
    transaction.changes.set(history, changes)
    return changes
  }

  function rowsAt(history: TableHistory, atScn: number, transaction: Transaction | undefined): RowSet {
    const changes = transaction?.changes.get(history)
    if (changes === undefined) return committedRows(history, atScn)
    if (changes.merged === undefined) changes.merged = merge(allRows(committedRows(history, scn)), changes)
    return { kind: 'stored', chunks: [changes.merged] }
  }

  function merge(rows: readonly Row[], { inserted, replaced }: TableChanges): Row[] {
    const merged: Row[] = []
    for (const row of [...rows, ...inserted]) {
      const current = replaced.has(row) ? replaced.get(row) : row
      if (current !== undefined) merged.push(current)
    }
    return merged
  }

  function applied(base: RowSet, changes: TableChanges): RowSet {
    if (base.kind === 'generated') throw unimplemented('DML on a generated table')
    const chunks = base.chunks.map((chunk) =>
      changes.replaced.size > 0 && chunk.some((row) => changes.replaced.has(row))
        ? merge(chunk, { ...changes, inserted: [] })
        : chunk,
    )
    const last = chunks.at(-1)
    const added = merge([], changes)
    // The last chunk is filled up before new ones follow, or many small commits would leave many small chunks.
    if (last === undefined || added.length === 0 || last.length >= CHUNK_ROWS)
      return { kind: 'stored', chunks: [...chunks, ...chunked(added)] }
    return { kind: 'stored', chunks: [...chunks.slice(0, -1), ...chunked([...last, ...added])] }
  }

  function checkUnlocked(history: TableHistory, transaction: Transaction, row: Row): void {
    for (const other of transactions) {
      if (other !== transaction && other.changes.get(history)?.replaced.has(row)) throw oracleError(54)
    }
  }

  return {
    get currentScn() {
      return scn
    },
    get lastChangeScn() {
      return lastChangeScn
    },
    transactions,
    createHistory: (rows) => ({
      versions: [{ scn: nextScn(), committedAt: now().getTime(), rows, successor: undefined }],
      isPruned: false,
    }),
    begin(isReadOnly, sessionId) {
      const transaction = {
        id: ++transactionCount,
        startedAt: now(),
        startScn: scn,
        isReadOnly,
        sessionId,
        changes: new Map(),
      }
      transactions.add(transaction)
      return transaction
    },
    rowsAt,
    openAt(history, atScn, transaction) {
      if (transaction?.changes.has(history)) {
        const rows = rowsAt(history, atScn, transaction)
        return () => openRows(rows)
      }
      const version = committedVersion(history, atScn)
      return () => {
        const next = openRows(version.rows)
        return () => {
          if (version.successor !== undefined && endsUndo(version.successor)) throw tooOld()
          return next()
        }
      }
    },
    change(history, transaction, rowChanges, inserted) {
      if (rowChanges.length === 0 && inserted.length === 0) return
      const latest = history.versions.at(-1)?.rows
      if (latest?.kind === 'generated') throw unimplemented('DML on a generated table')
      const known = transaction.changes.get(history)
      for (const { from } of rowChanges)
        checkUnlocked(history, transaction, known?.originOf.get(from) ?? from)
      if (transaction.changes.size === 0) {
        transaction.startedAt = now()
        transaction.startScn = scn
      }
      const changes = changesOf(history, transaction)
      for (const { from, to } of rowChanges) {
        const origin = changes.originOf.get(from) ?? from
        changes.replaced.set(origin, to)
        if (to !== undefined) changes.originOf.set(to, origin)
      }
      for (const row of inserted) changes.inserted.push(row)
      changes.merged = undefined
    },
    insertedBy: (history, transaction) => transaction.changes.get(history)?.inserted ?? [],
    commit(transaction) {
      transactions.delete(transaction)
      if (transaction.changes.size === 0) return
      const atScn = nextScn()
      for (const [history, changes] of transaction.changes) {
        addVersion(history, atScn, applied(committedRows(history, scn), changes))
      }
      // Other transactions merged their changes with the version that has just been replaced.
      for (const other of transactions) {
        for (const history of transaction.changes.keys()) {
          const changes = other.changes.get(history)
          if (changes) changes.merged = undefined
        }
      }
    },
    rollback(transaction) {
      transactions.delete(transaction)
    },
    replaceAll: (history, rows) => addVersion(history, nextScn(), rows),
    hasOpenChanges: (history, except) =>
      [...transactions].some((other) => other !== except && other.changes.has(history)),
    scnAt(time) {
      const found = commits.findLast((commit) => commit.time <= time.getTime())
      if (found === undefined || time > now())
        throw oracleError(8180, 0, 'no snapshot found based on specified time')
      return found.scn
    },
    timeAt(wanted) {
      const found = commits.findLast((commit) => commit.scn <= wanted)
      if (found === undefined || wanted > scn) throw oracleError(8181)
      return new Date(found.time)
    },
    expireUndo() {
      expiredScn = scn
    },
    advance: nextScn,
    tick,
  }
}

const tooOld = () =>
  oracleError(1555, 0, 'snapshot too old: rollback segment number 9 with name "_SYSSMU9" too small')

function chunked(rows: readonly Row[]): readonly (readonly Row[])[] {
  const set = storedRows(rows)
  return set.kind === 'stored' ? set.chunks : []
}

/** Removes from the front what its successor has replaced too long ago. */
function dropOutdated<T>(entries: T[], isOutdatedBy: (successor: T) => boolean): number {
  let count = 0
  for (
    let successor = entries[1];
    successor !== undefined && isOutdatedBy(successor);
    successor = entries[count + 1]
  )
    count++
  entries.splice(0, count)
  return count
}
