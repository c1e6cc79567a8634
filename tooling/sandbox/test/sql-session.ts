import type { BindValue, OracleSession } from '../src/oracle/database.ts'
import { createOracleDatabase, type OracleDatabaseOptions } from '../src/oracle/sql/oracle-database.ts'
import { OracleError, type OracleValue } from '../src/oracle/values.ts'

export type Bind = BindValue | string | null

/** One session and short ways to use it. */
export interface Sql {
  readonly session: OracleSession
  rows(sql: string, ...binds: Bind[]): (readonly OracleValue[])[]
  /** The only value of a query of one expression. */
  value(expression: string, ...binds: Bind[]): OracleValue
  /** Rows affected. */
  run(...statements: string[]): number
  /** The described columns as `NAME TYPE`, types written as in CREATE TABLE. */
  columns(sql: string): string[]
  error(
    sql: string,
    ...binds: Bind[]
  ): { readonly code: number; readonly position: number; readonly message: string }
}

export function openDatabase(options: OracleDatabaseOptions = {}) {
  const database = createOracleDatabase(options)
  return {
    database,
    as: (user: string, context?: ReadonlyMap<string, string>) => sqlOf(database.openSession(user, context)),
  }
}

export const openSql = (options: OracleDatabaseOptions = {}): Sql => openDatabase(options).as('FIN')

function sqlOf(session: OracleSession): Sql {
  const rows = (sql: string, ...binds: Bind[]) => [...session.parse(sql).execute(binds.map(toBind)).rows]
  return {
    session,
    rows,
    value: (expression, ...binds) => rows(`SELECT ${expression} FROM DUAL`, ...binds)[0]?.[0] ?? null,
    run: (...statements) => statements.reduce((_, sql) => session.parse(sql).execute([]).rowsAffected, 0),
    columns: (sql) =>
      session
        .parse(sql)
        .columns.map(
          ({ name, type, isNullable }) => `${name} ${typeText(type)}${isNullable ? '' : ' NOT NULL'}`,
        ),
    error(sql, ...binds) {
      try {
        rows(sql, ...binds)
      } catch (error) {
        if (error instanceof OracleError) return error
        throw error
      }
      throw new Error(`No error from ${sql}`)
    },
  }
}

const toBind = (bind: Bind): BindValue =>
  typeof bind === 'object' && bind !== null ? bind : { type: { name: 'VARCHAR2', size: 100 }, value: bind }

export const number = (value: string | null): BindValue => ({ type: { name: 'NUMBER' }, value })

function typeText(type: BindValue['type']): string {
  switch (type.name) {
    case 'NUMBER':
      return type.precision === undefined ? 'NUMBER' : `NUMBER(${type.precision},${type.scale ?? 0})`
    case 'TIMESTAMP':
    case 'TIMESTAMP WITH TIME ZONE':
      return type.name.replace('TIMESTAMP', `TIMESTAMP(${type.fractionalDigits})`)
    default:
      return 'size' in type ? `${type.name}(${type.size})` : type.name
  }
}
