import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { TerminalError } from './errors.ts'
import type { RecordType } from './record-type.ts'
import type { ColumnType, RowBatch, RowSchema, Value } from './row-schema.ts'
import { similarName } from './similar-name.ts'
import { type Mistake, toMistakes } from './zod-mistakes.ts'

/** What becomes of a column's values before they reach a destination; NULL stays NULL. */
export type ColumnMask =
  /** Is not selected: its values never leave the database. */
  | { readonly kind: 'drop' }
  /** 32 hex digits of HMAC-SHA-256: equal values have equal text, in every column and source with the same key. */
  | {
      readonly kind: 'hash'
      /** Must be true to hash a key column: what is published then has other keys than the source. */
      readonly hashesKey?: boolean | undefined
    }
  /** Only the first characters of a text, in code points. */
  | { readonly kind: 'truncate'; readonly length: number }

/** By column. */
export type ColumnMasks = Readonly<Record<string, ColumnMask>>

export interface MaskOptions {
  readonly masks: ColumnMasks
  /** What values are hashed with, at least 16 bytes; needed when a mask hashes. Never in an error. */
  readonly hashKey?: Uint8Array
}

/** The masks of one source, checked. */
export interface SourceMasks {
  /** Without the dropped columns: what is to be read. */
  readonly recordType: RecordType
  /**
   * The columns after masks; hashed ones are text. Throws CONFIG_INVALID for masks that do not suit a column's type, as reading the
   * masked rows does. It takes the columns of keys alone too, as do batches.
   */
  schema(read: RowSchema): RowSchema
  /** Masks rows that have the columns of `read`. Control totals of its rows with a hash have another set hash than the source's. */
  apply(batches: AsyncIterable<RowBatch>, read: RowSchema): AsyncIterable<RowBatch>
}

const LEAST_KEY_BYTES = 16
const HASH_DIGITS = 32

const masksSchema = z.record(
  z.string(),
  z.discriminatedUnion(
    'kind',
    [
      z.strictObject({ kind: z.literal('drop') }),
      z.strictObject({ kind: z.literal('hash'), hashesKey: z.boolean().optional() }),
      z.strictObject({
        kind: z.literal('truncate'),
        length: z.int().min(1, 'leaves nothing: drop the column'),
      }),
    ],
    { error: 'is no mask: its kind is drop, hash or truncate' },
  ),
)

/** Checks the masks of a record type. Throws CONFIG_INVALID with every mistake. */
export function compileMasks(recordType: RecordType, { masks, hashKey }: MaskOptions): SourceMasks {
  const parsed = masksSchema.safeParse(masks)
  const mistakes = parsed.success ? checkMasks(recordType, parsed.data, hashKey) : toMistakes(parsed.error)
  if (mistakes.length > 0) throw invalidMasks(recordType, mistakes)
  const secret = hashKey && createSecretKey(hashKey)
  const byColumn = new Map(Object.entries(masks))

  const refuseUnsuited = (read: RowSchema) => {
    const unsuited = read.columns.flatMap(({ name, type }): Mistake[] =>
      byColumn.get(name)?.kind === 'truncate' && type.kind !== 'text' && type.kind !== 'clob'
        ? [{ path: name, message: `is a ${type.kind}, and only text can be truncated: hash or drop it` }]
        : [],
    )
    if (unsuited.length > 0) throw invalidMasks(recordType, unsuited)
  }

  return {
    recordType: withoutDropped(recordType, byColumn),
    schema(read) {
      refuseUnsuited(read)
      return {
        columns: read.columns.map((column) =>
          byColumn.get(column.name)?.kind === 'hash' ? { ...column, type: HASH_TYPE } : column,
        ),
      }
    },
    async *apply(batches, read) {
      refuseUnsuited(read)
      const steps = read.columns.flatMap(({ name }, index) => {
        const mask = byColumn.get(name)
        return mask ? [{ index, masked: compileMask(recordType, name, mask, secret) }] : []
      })
      for await (const batch of batches) {
        if (steps.length === 0) {
          yield batch
          continue
        }
        yield batch.map((row) => {
          const result = [...row]
          for (const { index, masked } of steps) {
            const value = row[index] as Value
            if (value !== null) result[index] = masked(value)
          }
          return result
        })
      }
    },
  }
}

const HASH_TYPE: ColumnType = { kind: 'text', size: HASH_DIGITS }

function checkMasks(recordType: RecordType, masks: ColumnMasks, hashKey: Uint8Array | undefined): Mistake[] {
  const { columns, rowKey, entityKey, money, cursor } = recordType
  const isKey = (name: string) => [...rowKey, ...entityKey].some(({ column }) => column === name)
  const mistakes: Mistake[] = []
  for (const [name, mask] of Object.entries(masks)) {
    const report = (message: string) => mistakes.push({ path: name, message })
    if (!columns.includes(name)) {
      const similar = similarName(name, columns)
      report(`is not among the columns${similar ? `; did you mean ${similar}?` : ''}`)
    }
    if (money.some(({ column }) => column === name)) {
      report('is money, and the figures must reach the destination as they are')
    }
    if (cursor?.columns.includes(name)) report('is in the cursor, which says what the next run reads')
    if (isKey(name) && mask.kind !== 'hash') {
      report('is part of a key: it can only be hashed, with hashesKey: true')
    }
    if (isKey(name) && mask.kind === 'hash' && !mask.hashesKey) {
      report('is part of a key: add hashesKey: true if the destination is to have hashes for keys')
    }
    if (cursor?.nulls === 'fail' && rowKey.some(({ column }) => column === name)) {
      report(
        'is part of the row key, by which rows without a cursor value are named: set nulls of the cursor to include or exclude',
      )
    }
    if (mask.kind === 'hash' && hashKey === undefined)
      report('is to be hashed, and there is no key to hash with')
    if (mask.kind === 'hash' && hashKey && hashKey.length < LEAST_KEY_BYTES) {
      report(`is to be hashed, and the key has less than ${LEAST_KEY_BYTES} bytes`)
    }
  }
  return mistakes
}

function withoutDropped(recordType: RecordType, masks: ReadonlyMap<string, ColumnMask>): RecordType {
  const isLeft = (name: string) => masks.get(name)?.kind !== 'drop'
  return {
    ...recordType,
    columns: recordType.columns.filter(isLeft),
    coalesced: recordType.coalesced.filter(isLeft),
    publicColumns: recordType.publicColumns.filter(isLeft),
  }
}

function compileMask(
  recordType: RecordType,
  name: string,
  mask: ColumnMask,
  secret: KeyObject | undefined,
): (value: string) => Value {
  switch (mask.kind) {
    case 'hash':
      return (value) => {
        // All such halves have the same UTF-8, and different values would have one hash.
        if (!value.isWellFormed()) throw halfAPair(recordType, name)
        const hmac = createHmac('sha256', secret as KeyObject)
        return hmac.update(value).digest('hex').slice(0, HASH_DIGITS)
      }
    case 'truncate':
      return (value) => firstCharacters(value, mask.length)
    case 'drop':
      throw new RangeError(`Column ${name} was to be dropped, and was read`)
  }
}

function firstCharacters(text: string, count: number): string {
  if (text.length <= count) return text
  let end = 0
  for (let character = 0; character < count && end < text.length; character++) {
    end += (text.codePointAt(end) as number) > 0xffff ? 2 : 1
  }
  return text.slice(0, end)
}

function invalidMasks({ name }: RecordType, mistakes: readonly Mistake[]): TerminalError {
  const lines = mistakes.map(({ path, message }) => (path ? `${path}: ${message}` : message))
  return new TerminalError(
    'CONFIG_INVALID',
    `The masks of ${name} are not usable:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    { details: { recordType: name, mistakes: lines } },
  )
}

function halfAPair(recordType: RecordType, column: string): TerminalError {
  return new TerminalError(
    'ORACLE_VALUE_UNSUPPORTED',
    `Column ${column} of ${recordType.name} holds text with half of a surrogate pair, which cannot be hashed; repair the value in the source`,
    { details: { recordType: recordType.name, column } },
  )
}
