import type { BindValue, OracleDatabase } from '../src/oracle/database.ts'
import { OracleError, type OracleType, type OracleValue, type ResultColumn } from '../src/oracle/values.ts'

export interface CannedResult {
  readonly columns?: Readonly<Record<string, OracleType>>
  readonly rows?: (binds: readonly BindValue[]) => Iterable<readonly OracleValue[]>
  readonly rowsAffected?: (binds: readonly BindValue[]) => number
}

/** Answers exact statement texts with prepared rows, so that the wire is tested without an engine. */
export class CannedDatabase implements OracleDatabase {
  readonly #results: Readonly<Record<string, CannedResult>>
  readonly log: string[] = []
  readonly contexts: ReadonlyMap<string, string>[] = []

  constructor(results: Readonly<Record<string, CannedResult>>) {
    this.#results = results
  }

  openSession(user: string, context: ReadonlyMap<string, string> = new Map()) {
    const { log } = this
    const results: Readonly<Record<string, CannedResult>> = {
      [`ALTER SESSION SET TIME_ZONE = '${clientZone()}'`]: {},
      ...this.#results,
    }
    this.contexts.push(context)
    log.push(`open ${user}`)
    let isInTransaction = false
    return {
      parse(sql: string, bindTypes: readonly OracleType[] = []) {
        log.push(`parse ${sql}`)
        const result = results[sql]
        if (result === undefined)
          throw new OracleError(942, 'table or view does not exist', sql.indexOf('missing'))
        const columns: ResultColumn[] = Object.entries(result.columns ?? {}).map(([name, type]) => ({
          name,
          type,
          isNullable: true,
        }))
        const bindNames = [...sql.matchAll(/:(\w+)/g)].map(([, name = '']) => name.toUpperCase())
        return {
          kind: columns.length > 0 ? ('query' as const) : ('dml' as const),
          columns,
          bindNames,
          execute(binds: readonly BindValue[]) {
            log.push(`execute ${sql} ${JSON.stringify(binds.map(({ value }) => value))}`)
            for (const [index, type] of bindTypes.entries()) {
              if (binds[index]?.type.name !== type.name)
                throw new Error('a bind changes its type after the parse')
            }
            if (result.rowsAffected !== undefined) isInTransaction = true
            return { rows: result.rows?.(binds) ?? [], rowsAffected: result.rowsAffected?.(binds) ?? 0 }
          },
        }
      },
      commit() {
        log.push('commit')
        isInTransaction = false
      },
      rollback() {
        log.push('rollback')
        isInTransaction = false
      },
      get isInTransaction() {
        return isInTransaction
      },
      close() {
        log.push('close')
      },
    }
  }

  run(): void {
    throw new Error('canned results cannot be changed')
  }

  addTable(): void {
    throw new Error('canned results cannot be changed')
  }
}

/** The offset of this process's zone today, which the driver gives its sessions. */
export function clientZone(): string {
  const minutes = -new Date().getTimezoneOffset()
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
}

export function* numbered(count: number, row: (index: number) => readonly OracleValue[]) {
  for (let index = 0; index < count; index++) yield row(index)
}
