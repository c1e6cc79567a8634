import type { SqlType } from './types.ts'

/** What the parser makes of SQL text. `position` is the offset in the text, for errors. */
interface At {
  readonly position: number
}

export type Expression =
  | (At & { readonly kind: 'literal'; readonly type: SqlType; readonly value: string | null })
  | (At & { readonly kind: 'column'; readonly path: readonly string[]; readonly isQuoted: boolean })
  | (At & { readonly kind: 'slot'; readonly index: number; readonly source: number })
  | (At & { readonly kind: 'bind'; readonly index: number; readonly name: string })
  | (At & {
      readonly kind: 'binary'
      readonly operator: ArithmeticOperator
      readonly left: Expression
      readonly right: Expression
    })
  | (At & { readonly kind: 'negate'; readonly operand: Expression })
  | (At & {
      readonly kind: 'call'
      readonly path: readonly string[]
      readonly args: readonly Expression[]
      readonly isDistinct: boolean
      readonly isStar: boolean
      readonly withinGroup: readonly OrderItem[]
      readonly keep: Keep | undefined
    })
  | (At & {
      readonly kind: 'analytic'
      readonly path: readonly string[]
      readonly args: readonly Expression[]
      readonly isDistinct: boolean
      readonly isStar: boolean
      readonly withinGroup: readonly OrderItem[]
      readonly keep: Keep | undefined
      readonly ignoresNulls: boolean
      readonly over: OverClause
    })
  | (At & {
      readonly kind: 'case'
      readonly operand: Expression | undefined
      readonly branches: readonly CaseBranch[]
      readonly otherwise: Expression | undefined
    })
  | (At & { readonly kind: 'cast'; readonly operand: Expression; readonly type: OracleTypeSyntax })
  | (At & { readonly kind: 'extract'; readonly field: string; readonly operand: Expression })
  | (At & {
      readonly kind: 'atTimeZone'
      readonly operand: Expression
      readonly zone: Expression | undefined
    })
  | (At & { readonly kind: 'scalar'; readonly query: Query })
  | Condition

export type Condition =
  | (At & { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression })
  | (At & { readonly kind: 'not'; readonly operand: Expression })
  | (At & {
      readonly kind: 'compare'
      readonly operator: ComparisonOperator
      readonly left: Expression
      readonly right: Expression
    })
  | (At & {
      readonly kind: 'quantified'
      readonly operator: ComparisonOperator
      readonly quantifier: 'ANY' | 'ALL'
      readonly left: Expression
      readonly members: InMembers
    })
  | (At & { readonly kind: 'isNull'; readonly operand: Expression; readonly isNegated: boolean })
  | (At & {
      readonly kind: 'between'
      readonly operand: Expression
      readonly low: Expression
      readonly high: Expression
      readonly isNegated: boolean
    })
  | (At & {
      readonly kind: 'like'
      readonly operand: Expression
      readonly pattern: Expression
      readonly escape: Expression | undefined
      readonly isNegated: boolean
    })
  | (At & {
      readonly kind: 'in'
      readonly operand: Expression
      readonly members: InMembers
      readonly isNegated: boolean
    })
  | (At & { readonly kind: 'exists'; readonly query: Query })

export type InMembers = { readonly list: readonly Expression[] } | { readonly query: Query }
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '||'
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

export interface CaseBranch {
  readonly when: Expression
  readonly result: Expression
}

export type OracleTypeSyntax = At & { readonly type: SqlType; readonly isInCharacters: boolean }

/** Only the rows that come first, or last, in an order go into an aggregate. */
export interface Keep {
  readonly isLast: boolean
  readonly orderBy: readonly OrderItem[]
}

export interface OverClause {
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly OrderItem[]
  readonly frame: WindowFrame | undefined
}

export type WindowFrame = At & {
  readonly unit: 'ROWS' | 'RANGE'
  readonly start: WindowBound
  readonly end: WindowBound
}

/** Without an offset it is the end of the partition. */
export type WindowBound =
  | { readonly kind: 'currentRow' }
  | { readonly kind: 'preceding' | 'following'; readonly offset: Expression | undefined }

export interface OrderItem {
  readonly expression: Expression
  readonly isDescending: boolean
  readonly nullsFirst: boolean
}

export interface SelectItem {
  readonly position: number
  /** `*` has no expression; `t.*` has the path of its table. */
  readonly star?: readonly string[]
  readonly expression?: Expression
  readonly alias?: string
  /** The column name Oracle derives from the text. */
  readonly text: string
}

export type FromItem =
  | (At & {
      readonly kind: 'table'
      readonly path: readonly string[]
      /** The database link behind `@`. */
      readonly link: string | undefined
      readonly alias: string | undefined
      readonly asOf: AsOf | undefined
    })
  | (At & {
      readonly kind: 'derived'
      readonly query: Query
      readonly alias: string | undefined
      readonly asOf: AsOf | undefined
    })
  | (At & {
      readonly kind: 'join'
      readonly type: JoinType
      readonly left: FromItem
      readonly right: FromItem
      readonly on: Expression | undefined
    })

export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'cross'
export type AsOf = At & { readonly unit: 'SCN' | 'TIMESTAMP'; readonly moment: Expression }

export interface SelectBlock {
  readonly kind: 'select'
  readonly position: number
  readonly isDistinct: boolean
  readonly items: readonly SelectItem[]
  readonly from: readonly FromItem[]
  readonly where: Expression | undefined
  readonly groupBy: readonly Expression[]
  readonly having: Expression | undefined
  /** The statement has the word somewhere. */
  readonly mentionsRowId: boolean
}

export interface SetOperation {
  readonly kind: 'set'
  readonly position: number
  readonly operator: 'UNION' | 'UNION ALL' | 'INTERSECT' | 'MINUS'
  readonly left: QueryBody
  readonly right: QueryBody
}

export type QueryBody = SelectBlock | SetOperation | (At & { readonly kind: 'nested'; readonly query: Query })

export interface CommonTable {
  readonly name: string
  readonly columns: readonly string[]
  readonly query: Query
}

export interface Query {
  readonly position: number
  readonly commonTables: readonly CommonTable[]
  readonly body: QueryBody
  readonly orderBy: readonly OrderItem[]
  readonly offset: Expression | undefined
  readonly limit: RowLimit | undefined
}

/** FETCH FIRST: so many rows, or so many percent of them. */
export interface RowLimit {
  readonly count: Expression
  readonly isPercent: boolean
  /** Rows that ORDER BY does not tell apart from the last one come too. */
  readonly withTies: boolean
}

export interface ColumnSyntax {
  readonly name: string
  readonly type: OracleTypeSyntax
  readonly isNullable: boolean
  readonly defaultValue: Expression | undefined
  readonly isUnique: boolean
}

export interface ObjectName {
  readonly schema: string | undefined
  readonly name: string
  readonly position: number
}

export interface Assignment {
  readonly column: string
  readonly position: number
  /** Undefined stands for DEFAULT. */
  readonly value: Expression | undefined
}

export type Statement =
  | { readonly kind: 'query'; readonly query: Query }
  | {
      readonly kind: 'insert'
      readonly table: ObjectName
      readonly columns: readonly { readonly name: string; readonly position: number }[] | undefined
      readonly values: readonly (Expression | undefined)[] | undefined
      readonly query: Query | undefined
    }
  | {
      readonly kind: 'update'
      readonly table: ObjectName
      readonly alias: string | undefined
      readonly assignments: readonly Assignment[]
      readonly where: Expression | undefined
    }
  | {
      readonly kind: 'delete'
      readonly table: ObjectName
      readonly alias: string | undefined
      readonly where: Expression | undefined
    }
  | {
      readonly kind: 'createTable'
      readonly table: ObjectName
      readonly columns: readonly ColumnSyntax[]
      readonly uniqueKeys: readonly (readonly string[])[]
      readonly primaryKey: readonly string[]
      readonly query: Query | undefined
    }
  | {
      readonly kind: 'createView'
      readonly view: ObjectName
      readonly columns: readonly string[]
      readonly query: Query
      readonly text: string
      readonly isReplacing: boolean
      readonly isForced: boolean
    }
  | {
      readonly kind: 'createSynonym'
      readonly synonym: ObjectName
      readonly target: ObjectName
      readonly link: string | undefined
      readonly isPublic: boolean
      readonly isReplacing: boolean
    }
  | {
      readonly kind: 'drop'
      readonly type: 'TABLE' | 'VIEW' | 'SYNONYM'
      readonly object: ObjectName
      readonly isPublic: boolean
    }
  | (At & {
      readonly kind: 'createLink'
      readonly link: string
      readonly isPublic: boolean
      readonly username: string
      readonly connectString: string
    })
  | (At & { readonly kind: 'dropLink'; readonly link: string; readonly isPublic: boolean })
  | { readonly kind: 'truncate'; readonly table: ObjectName }
  | { readonly kind: 'addColumns'; readonly table: ObjectName; readonly columns: readonly ColumnSyntax[] }
  | { readonly kind: 'modifyColumns'; readonly table: ObjectName; readonly columns: readonly ModifyColumn[] }
  | { readonly kind: 'dropColumns'; readonly table: ObjectName; readonly columns: readonly string[] }
  | { readonly kind: 'renameColumn'; readonly table: ObjectName; readonly from: string; readonly to: string }
  | { readonly kind: 'renameTable'; readonly table: ObjectName; readonly to: string }
  | {
      readonly kind: 'comment'
      readonly object: ObjectName
      readonly column: string | undefined
      readonly text: string
    }
  | {
      readonly kind: 'grant' | 'revoke'
      readonly privileges: readonly string[]
      readonly object: ObjectName | undefined
      readonly grantees: readonly string[]
    }
  | {
      readonly kind: 'alterSession'
      readonly settings: readonly {
        readonly name: string
        readonly value: string
        readonly position: number
      }[]
    }
  | { readonly kind: 'setTransaction'; readonly isReadOnly: boolean }
  | { readonly kind: 'commit' | 'rollback' }
  | {
      readonly kind: 'block'
      readonly calls: readonly {
        readonly path: readonly string[]
        readonly args: readonly Expression[]
        readonly position: number
      }[]
    }

export interface ModifyColumn {
  readonly name: string
  readonly type: OracleTypeSyntax | undefined
  readonly isNullable: boolean | undefined
}
