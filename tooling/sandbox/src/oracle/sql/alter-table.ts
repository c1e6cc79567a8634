import { fitter, typeInBytes } from './cast.ts'
import type { CatalogObject, Relation, Table, TableColumn } from './catalog.ts'
import { compileExpression } from './compile-expression.ts'
import { convert } from './conversion.ts'
import { invalidIdentifier, oracleError, unimplemented } from './errors.ts'
import { keepRowId } from './row-ids.ts'
import { allRows, rowCountOf, storedRows } from './row-store.ts'
import { type CompileContext, emptyScope } from './scope.ts'
import type { ColumnSyntax, ModifyColumn, ObjectName, Statement } from './syntax.ts'
import { groupOf, textSize } from './types.ts'

/** Notes the time of a change for LAST_DDL_TIME. */
export function touch(object: CatalogObject, context: CompileContext): void {
  object.changedAt = context.now
}

/** A table that the user may alter and that no transaction is changing. */
export function ownTable(name: ObjectName, context: CompileContext): Table {
  const object = ownObject(name, context)
  if (object.kind !== 'table') throw oracleError(object.kind === 'view' ? 1702 : 942, name.position)
  if (context.store.hasOpenChanges(object.history, undefined)) throw oracleError(54, name.position)
  return object
}

/** An object that the user may change. */
export function ownObject(name: ObjectName, context: CompileContext): Relation {
  const object = context.catalog.resolve(name, context.schema, context.user)
  if (object.owner !== context.user && context.user !== 'SYS') throw oracleError(1031, name.position)
  return object
}

/** A column as CREATE TABLE and ALTER TABLE ADD declare it. */
export function toColumn(
  column: ColumnSyntax,
  primaryKey: readonly string[],
  context: CompileContext,
): TableColumn {
  const { type, characterLimit } = typeInBytes(column.type)
  const { name, defaultValue } = column
  if (defaultValue !== undefined)
    convert(compileExpression(defaultValue, emptyScope(), context), type, context, defaultValue.position)
  const isNullable = column.isNullable && !primaryKey.includes(name)
  return { name, type, isNullable, defaultValue, ...(characterLimit !== undefined && { characterLimit }) }
}

/** All rows in another shape; what was before can no longer be read (ORA-01466). */
function reshape(
  table: Table,
  columns: readonly TableColumn[],
  toRow: (row: readonly (string | null)[]) => (string | null)[],
  context: CompileContext,
): void {
  const latest = context.store.rowsAt(table.history, context.store.currentScn, undefined)
  if (latest.kind === 'generated') throw unimplemented('ALTER TABLE of a generated table')
  const rows = storedRows(
    allRows(latest).map((row) => {
      const reshaped = toRow(row)
      keepRowId(table.history, row, reshaped)
      return reshaped
    }),
  )
  table.columns = columns
  context.store.replaceAll(table.history, rows)
  table.shapeScn = context.store.currentScn
  touch(table, context)
}

export function addColumns(name: ObjectName, syntax: readonly ColumnSyntax[], context: CompileContext): void {
  const table = ownTable(name, context)
  const added = syntax.map((column) => toColumn(column, [], context))
  for (const { name: column } of added)
    if (table.columns.some((existing) => existing.name === column)) throw oracleError(1430, name.position)
  const values = added.map(({ defaultValue, type }) =>
    defaultValue === undefined
      ? null
      : convert(compileExpression(defaultValue, emptyScope(), context), type, context).evaluate(),
  )
  const isEmpty = rowCountOf(context.store.rowsAt(table.history, context.store.currentScn, undefined)) === 0
  if (!isEmpty && added.some(({ isNullable }, index) => !isNullable && values[index] === null))
    throw oracleError(1758, name.position)
  reshape(table, [...table.columns, ...added], (row) => [...row, ...values], context)
}

export function dropColumns(name: ObjectName, columns: readonly string[], context: CompileContext): void {
  const table = ownTable(name, context)
  for (const column of columns)
    if (!table.columns.some((existing) => existing.name === column))
      throw invalidIdentifier([column], name.position)
  const kept = table.columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => !columns.includes(column.name))
  if (kept.length === 0) throw oracleError(12983, name.position, 'cannot drop all columns in a table')
  const places = new Map(kept.map(({ index }, place) => [index, place]))
  table.uniqueKeys = table.uniqueKeys
    .filter(({ positions }) => positions.every((index) => places.has(index)))
    .map(({ isPrimary, positions }) => ({
      isPrimary,
      positions: positions.map((index) => places.get(index) ?? 0),
    }))
  reshape(
    table,
    kept.map(({ column }) => column),
    (row) => kept.map(({ index }) => row[index] ?? null),
    context,
  )
}

/** Sizes may grow, also under rows; anything else needs an empty table. */
export function modifyColumns(
  name: ObjectName,
  changes: readonly ModifyColumn[],
  context: CompileContext,
): void {
  const table = ownTable(name, context)
  const rows = allRows(context.store.rowsAt(table.history, context.store.currentScn, undefined))
  const columns = table.columns.map((column, index): TableColumn => {
    const change = changes.find((candidate) => candidate.name === column.name)
    if (change === undefined) return column
    const hasNull = rows.some((row) => (row[index] ?? null) === null)
    if (change.isNullable === false && hasNull)
      throw oracleError(2296, name.position, 'cannot enable constraint - null values found')
    const isNullable = change.isNullable ?? column.isNullable
    if (change.type === undefined) return { ...column, isNullable }
    const { type, characterLimit } = typeInBytes(change.type)
    const hasValue = rows.some((row) => (row[index] ?? null) !== null)
    if (hasValue && groupOf(type) !== groupOf(column.type)) throw oracleError(1439, name.position)
    if (hasValue && groupOf(type) === 'text' && textSize(type) < textSize(column.type))
      throw oracleError(1441, name.position)
    const { characterLimit: _, ...rest } = column
    return { ...rest, type, isNullable, ...(characterLimit !== undefined && { characterLimit }) }
  })
  for (const change of changes)
    if (!table.columns.some((column) => column.name === change.name))
      throw invalidIdentifier([change.name], name.position)
  const fits = columns.map(({ type, characterLimit }) =>
    fitter(type, characterLimit, () => refuseShorter(name.position)),
  )
  reshape(
    table,
    columns,
    (row) => row.map((value, index) => (value === null ? null : (fits[index]?.(value) ?? value))),
    context,
  )
}

function refuseShorter(position: number): never {
  throw oracleError(1441, position)
}

export function renameColumn(
  { table: name, from, to }: Extract<Statement, { kind: 'renameColumn' }>,
  context: CompileContext,
): void {
  const table = ownTable(name, context)
  if (!table.columns.some((column) => column.name === from)) throw invalidIdentifier([from], name.position)
  if (table.columns.some((column) => column.name === to)) throw oracleError(957, name.position)
  table.columns = table.columns.map((column) => (column.name === from ? { ...column, name: to } : column))
  touch(table, context)
}
