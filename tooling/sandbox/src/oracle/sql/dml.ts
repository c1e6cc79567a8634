import type { Table } from './catalog.ts'
import { compileCondition } from './compile-condition.ts'
import { compileExpression } from './compile-expression.ts'
import { compileQuery } from './compile-query.ts'
import type { Compiled, Row } from './compiled.ts'
import { convert } from './conversion.ts'
import { invalidIdentifier, oracleError } from './errors.ts'
import { keepRowId, ROWID_COLUMN, rowIdOf } from './row-ids.ts'
import { openRows, type RowChange, type Transaction } from './row-store.ts'
import { type CompileContext, emptyFrame, emptyScope, readSlot, scopeOf, visitExpressions } from './scope.ts'
import type { Expression, ObjectName, Statement } from './syntax.ts'
import { NULL_TYPE } from './types.ts'
import { checkUniqueKeys, columnWriter } from './writing.ts'

export type DmlStatement = Extract<Statement, { kind: 'insert' | 'update' | 'delete' }>

/** Resolves a statement that changes rows; running it changes all of its rows or, on an error, none. */
export function compileDml(
  statement: DmlStatement,
  context: CompileContext,
): (transaction: Transaction) => number {
  switch (statement.kind) {
    case 'insert':
      return compileInsert(statement, context)
    case 'update':
    case 'delete':
      return compileChange(statement, context)
  }
}

function targetTable(
  name: ObjectName,
  privilege: 'INSERT' | 'UPDATE' | 'DELETE',
  context: CompileContext,
): Table {
  const object = context.catalog.resolve(name, context.schema, context.user)
  if (!context.catalog.can(context.user, privilege, object)) throw oracleError(1031, name.position)
  if (object.kind === 'view') throw oracleError(1732, name.position)
  if (object.kind === 'dictionary') throw oracleError(1031, name.position)
  return object
}

function columnIndex(table: Table, name: string, position: number): number {
  const index = table.columns.findIndex((column) => column.name === name)
  if (index < 0) throw invalidIdentifier([name], position)
  return index
}

function compileInsert(
  statement: Extract<DmlStatement, { kind: 'insert' }>,
  context: CompileContext,
): (transaction: Transaction) => number {
  const table = targetTable(statement.table, 'INSERT', context)
  const targets =
    statement.columns?.map(({ name, position }) => columnIndex(table, name, position)) ??
    table.columns.map((_, index) => index)
  if (new Set(targets).size < targets.length) throw oracleError(957, statement.table.position)
  const writers = table.columns.map((column) => columnWriter(table, column, false))
  const defaults = table.columns.map(({ defaultValue, type }) =>
    defaultValue === undefined
      ? undefined
      : convert(compileExpression(defaultValue, emptyScope(), context), type, context),
  )
  const checkCount = (count: number) => {
    if (count < targets.length) throw oracleError(947, statement.table.position)
    if (count > targets.length) throw oracleError(913, statement.table.position)
  }
  const toRow = (cells: readonly (Compiled | undefined)[]): Row => {
    const byColumn = new Map(targets.map((target, index) => [target, cells[index] ?? defaults[target]]))
    return writers.map((write, index) =>
      write((byColumn.has(index) ? byColumn.get(index) : defaults[index])?.evaluate() ?? null),
    )
  }

  let makeRows: () => Row[]
  if (statement.values !== undefined) {
    checkCount(statement.values.length)
    const cells = statement.values.map((value, index) => {
      const column = table.columns[targets[index] ?? 0]
      return value === undefined || column === undefined
        ? undefined
        : convert(compileValue(value, context), column.type, context, value.position)
    })
    makeRows = () => [toRow(cells)]
  } else {
    if (statement.query === undefined) throw oracleError(926, statement.table.position)
    const query = compileQuery(statement.query, context)
    checkCount(query.columns.length)
    const frame = emptyFrame()
    const cells = query.columns.map((column, index) => {
      const target = table.columns[targets[index] ?? 0]
      const cell = readSlot(frame, index, column)
      return target === undefined ? cell : convert(cell, target.type, context)
    })
    makeRows = () => {
      const rows: Row[] = []
      const next = query.open()
      for (let row = next(); row !== undefined; row = next()) {
        frame.row = row
        rows.push(toRow(cells))
      }
      return rows
    }
  }
  return (transaction) => {
    const rows = makeRows()
    checkUniqueKeys(table, context.store, transaction, new Set(), rows)
    context.store.change(table.history, transaction, [], rows)
    return rows.length
  }
}

/** In VALUES there is no row: a column is ORA-00984. */
function compileValue(value: Expression, context: CompileContext): Compiled {
  try {
    return compileExpression(value, emptyScope(), context)
  } catch (error) {
    if (value.kind === 'column' && error instanceof Error && 'code' in error && error.code === 904)
      throw oracleError(984, value.position)
    throw error
  }
}

function mayReadRowId(expression: Expression): boolean {
  let isNamed = false
  const hasSubquery = visitExpressions(expression, (node) => {
    if (node.kind === 'column' && node.path.at(-1) === 'ROWID') isNamed = true
  })
  return isNamed || hasSubquery
}

function compileChange(
  statement: Extract<DmlStatement, { kind: 'update' | 'delete' }>,
  context: CompileContext,
): (transaction: Transaction) => number {
  const isUpdate = statement.kind === 'update'
  const table = targetTable(statement.table, isUpdate ? 'UPDATE' : 'DELETE', context)
  const frame = emptyFrame()
  const alias = statement.alias ?? table.name
  const schema = statement.alias === undefined ? table.owner : undefined
  const columns = [...table.columns, ROWID_COLUMN]
  const scope = scopeOf([{ alias, schema, columns, offset: 0 }], frame)
  const readsRowId = [
    statement.where,
    ...(isUpdate ? statement.assignments.map(({ value }) => value) : []),
  ].some((expression) => expression !== undefined && mayReadRowId(expression))
  const where = statement.where === undefined ? undefined : compileCondition(statement.where, scope, context)
  const assignments = (isUpdate ? statement.assignments : []).map(({ column, position, value }) => {
    const index = columnIndex(table, column, position)
    const target = table.columns[index]
    if (target === undefined) throw oracleError(904, position)
    const source = value ?? target.defaultValue ?? { kind: 'literal', type: NULL_TYPE, value: null, position }
    const cell = convert(compileExpression(source, scope, context), target.type, context, position)
    return { index, cell, write: columnWriter(table, target, true) }
  })
  if (new Set(assignments.map(({ index }) => index)).size < assignments.length)
    throw oracleError(957, statement.table.position)

  return (transaction) => {
    const changes: RowChange[] = []
    const next = openRows(context.store.rowsAt(table.history, context.scn, transaction))
    for (let row = next(); row !== undefined; row = next()) {
      frame.row = readsRowId ? [...row, rowIdOf(table, row)] : row
      if (where !== undefined && where() !== true) continue
      if (!isUpdate) {
        changes.push({ from: row, to: undefined })
        continue
      }
      const changed = [...row]
      for (const { index, cell, write } of assignments) changed[index] = write(cell.evaluate())
      keepRowId(table.history, row, changed)
      changes.push({ from: row, to: changed })
    }
    const made = changes.map(({ to }) => to).filter((row) => row !== undefined)
    checkUniqueKeys(table, context.store, transaction, new Set(changes.map(({ from }) => from)), made)
    context.store.change(table.history, transaction, changes, [])
    return changes.length
  }
}
