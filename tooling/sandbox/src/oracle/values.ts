/**
 * What the stand-in holds: every value is text in one canonical form, or null.
 *
 * NUMBER, FLOAT        plain decimal, no exponent, no plus, no trailing zeros after the point, never `-0`
 * VARCHAR2, CLOB, …    the characters; the empty string does not exist, it is null
 * DATE                 `YYYY-MM-DDTHH:MM:SS` (BC years as `-YYYY`)
 * TIMESTAMP            the same with exactly nine fractional digits
 * … WITH TIME ZONE     the instant in UTC with nine fractional digits, then the offset and, of a zone with a name, the name:
 *                      `2026-01-02T03:04:05.000000000Z+05:30`, `2026-01-02T03:04:05.000000000Z-06:00[America/Chicago]`
 * … LOCAL TIME ZONE    the instant in UTC with nine fractional digits: `2026-01-02T03:04:05.000000000Z`
 * RAW, BLOB            lower-case hex
 * ROWID                the 18 characters
 * BINARY_DOUBLE/FLOAT  JavaScript's shortest round-trip text
 */
export type OracleValue = string | null

export type OracleType =
  | { readonly name: 'NUMBER'; readonly precision?: number; readonly scale?: number }
  /** A NUMBER of so many binary digits. */
  | { readonly name: 'FLOAT'; readonly binaryPrecision: number }
  /** Sizes are in bytes, of national text (NVARCHAR2, NCHAR) in UTF-16 units. */
  | { readonly name: 'VARCHAR2' | 'NVARCHAR2' | 'CHAR' | 'NCHAR' | 'RAW'; readonly size: number }
  | { readonly name: 'DATE' | 'CLOB' | 'NCLOB' | 'BLOB' | 'BINARY_DOUBLE' | 'BINARY_FLOAT' | 'ROWID' }
  | {
      readonly name: 'TIMESTAMP' | 'TIMESTAMP WITH TIME ZONE' | 'TIMESTAMP WITH LOCAL TIME ZONE'
      readonly fractionalDigits: number
    }

/** One column of a result, as a describe message reports it. */
export interface ResultColumn {
  readonly name: string
  readonly type: OracleType
  readonly isNullable: boolean
}

/** An error as Oracle reports it: `code` is the number of the ORA- message, `position` the offset in the SQL text. */
export class OracleError extends Error {
  readonly code: number
  readonly position: number
  constructor(code: number, text: string, position = 0) {
    super(`ORA-${String(code).padStart(5, '0')}: ${text}`)
    this.name = 'OracleError'
    this.code = code
    this.position = position
  }
}
