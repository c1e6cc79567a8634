import { oracleError } from './errors.ts'
import type { ObjectName } from './syntax.ts'
import { type Token, tokenize } from './tokenizer.ts'

const RESERVED = new Set(
  `ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COMMENT COMPRESS CONNECT CREATE CURRENT
  DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS FILE FLOAT FOR FROM GRANT GROUP HAVING IDENTIFIED
  IMMEDIATE IN INCREMENT INDEX INITIAL INSERT INTEGER INTERSECT INTO IS LEVEL LIKE LOCK LONG MAXEXTENTS MINUS MLSLABEL MODE
  MODIFY NOAUDIT NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE ON ONLINE OPTION OR ORDER PCTFREE PRIOR PUBLIC RAW RENAME
  RESOURCE REVOKE ROW ROWID ROWNUM ROWS SELECT SESSION SET SHARE SIZE SMALLINT START SUCCESSFUL SYNONYM SYSDATE TABLE THEN TO
  TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE VALUES VARCHAR VARCHAR2 VIEW WHENEVER WHERE WITH`.split(
    /\s+/,
  ),
)
const MAX_IDENTIFIER_BYTES = 128

/** Reads the tokens of one statement front to back, with the look-ahead that the grammar needs. */
export class TokenStream {
  readonly sql: string
  /** The name of each placeholder met so far, in the order of the text. */
  readonly bindNames: string[] = []
  readonly #tokens: readonly Token[]
  #index = 0

  constructor(sql: string) {
    this.sql = sql
    this.#tokens = tokenize(sql)
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#index + ahead, this.#tokens.length - 1)]
    if (token === undefined) throw oracleError(900)
    return token
  }

  get position(): number {
    return this.peek().position
  }

  get isAtEnd(): boolean {
    return this.peek().kind === 'end'
  }

  next(): Token {
    const token = this.peek()
    this.#index++
    return token
  }

  isWord(word: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'word' && token.value === word
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'symbol' && token.value === symbol
  }

  areWords(...words: readonly string[]): boolean {
    return words.every((word, ahead) => this.isWord(word, ahead))
  }

  /** Takes the words if all of them come next. */
  takeWords(...words: readonly string[]): boolean {
    if (!this.areWords(...words)) return false
    this.#index += words.length
    return true
  }

  takeOneOf<const W extends string>(...words: readonly W[]): W | undefined {
    const found = words.find((word) => this.isWord(word))
    if (found !== undefined) this.#index++
    return found
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false
    this.#index++
    return true
  }

  expectWords(...words: readonly string[]): void {
    for (const word of words) if (!this.takeWords(word)) throw oracleError(905, this.position)
  }

  expectSymbol(symbol: '(' | ')' | ',' | '='): void {
    if (this.takeSymbol(symbol)) return
    throw oracleError({ '(': 906, ')': 907, ',': 917, '=': 927 }[symbol], this.position)
  }

  /** True when the next token may be the name of something. */
  isIdentifier(ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'quoted' || (token.kind === 'word' && !RESERVED.has(token.value))
  }

  identifier(codeIfMissing = 904): string {
    if (!this.isIdentifier()) throw oracleError(codeIfMissing, this.position)
    const { value, position } = this.next()
    if (Buffer.byteLength(value) > MAX_IDENTIFIER_BYTES) throw oracleError(972, position)
    return value
  }

  objectName(codeIfMissing = 903): ObjectName {
    const position = this.position
    const first = this.identifier(codeIfMissing)
    if (!this.takeSymbol('.')) return { schema: undefined, name: first, position }
    return { schema: first, name: this.identifier(codeIfMissing), position }
  }

  identifierList(): string[] {
    this.expectSymbol('(')
    const names = [this.identifier()]
    while (this.takeSymbol(',')) names.push(this.identifier())
    this.expectSymbol(')')
    return names
  }

  text(): string {
    const token = this.next()
    if (token.kind !== 'string') throw oracleError(905, token.position)
    return token.value
  }

  /** The tokens from one index to here as Oracle shows them as a column name: no spaces, upper case. */
  textSince(mark: number): string {
    return this.#tokens
      .slice(mark, this.#index)
      .map(({ position, end }) => this.sql.slice(position, end))
      .map((text) => (text.startsWith('"') ? text : text.toUpperCase()))
      .join('')
  }

  /** True when the word stands anywhere in the statement. */
  mentions(word: string): boolean {
    return this.#tokens.some(({ kind, value }) => kind === 'word' && value === word)
  }

  get mark(): number {
    return this.#index
  }

  expectEnd(): void {
    if (this.isAtEnd) return
    throw oracleError(this.isSymbol(';') ? 911 : 933, this.position)
  }
}
