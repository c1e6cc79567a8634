import { type ColumnType, type FieldKind, type RowSchema, similarName, TerminalError } from '@findata/core'
import { isReadable } from '../canonical-compare.ts'
import type { MappedField, Mapping } from '../mapping.ts'
import type { SocrataDataset } from './socrata-client.ts'
import { SOCRATA_KINDS } from './socrata-values.ts'

/** What a dataset says of a column that is written. */
export interface DatasetColumn {
  readonly label: string
  readonly kind: FieldKind
}

export interface DatasetFit {
  /** The field that rows are matched by. */
  readonly identifier: string
  /** By field name: the mapped ones and the one that marks departed records. */
  readonly columns: ReadonlyMap<string, DatasetColumn>
}

/** Throws DESTINATION_MISMATCH with everything that a mapping needs and the dataset is not, before anything is sent. */
export function checkDataset(
  id: string,
  dataset: SocrataDataset,
  mapping: Mapping,
  schema: RowSchema,
  recordType: string,
): DatasetFit {
  const keys = mapping.fields.filter(({ isKey }) => isKey).map(({ field }) => field)
  const written = mapping.fields.map(({ field }) => field)
  const { departed } = mapping
  if (departed.action === 'flag') written.push(departed.field)
  const columns = new Map<string, DatasetColumn>()
  const problems = identifierProblems(keys, dataset)
  for (const field of written) {
    const column = dataset.columns.find(({ fieldName }) => fieldName === field)
    const kind = column && SOCRATA_KINDS[column.type]
    if (!column) problems.push(unknownColumn(field, dataset))
    else if (!kind) {
      problems.push(
        `the column ${field} is of the type ${column.type}; only ${Object.keys(SOCRATA_KINDS).join(', ')} can be published to`,
      )
    } else columns.set(field, { label: column.name, kind })
  }
  for (const field of mapping.fields) {
    const kind = columns.get(field.field)?.kind
    const problem = kind && unfitness(field, kind, schema)
    if (problem) problems.push(problem)
  }
  const flagKind = departed.action === 'flag' && columns.get(departed.field)?.kind
  if (departed.action === 'flag' && flagKind && !isReadable(flagKind, departed.value)) {
    problems.push(
      `the column ${departed.field} is for values of the kind ${flagKind}, which the flag ${JSON.stringify(departed.value)} is not: make it a text column`,
    )
  }
  if (mapping.mode === 'replace') problems.push(...emptiedColumns(dataset, written))
  if (problems.length > 0) {
    throw new TerminalError(
      'DESTINATION_MISMATCH',
      `Dataset ${id} (${dataset.name}) does not fit what is mapped from ${recordType}; nothing was sent:${problems.map((problem) => `\n  ${problem}`).join('')}\nCorrect the dataset in Socrata, or the mapping.`,
      { details: { dataset: id, recordType, problems } },
    )
  }
  return { identifier: keys[0] as string, columns }
}

function identifierProblems(keys: readonly string[], { rowIdentifier }: SocrataDataset): string[] {
  const [key] = keys
  if (keys.length !== 1 || key === undefined) {
    return [
      `the key has the fields ${keys.join(' and ') || 'none'}, but a dataset matches rows by exactly one column`,
    ]
  }
  if (rowIdentifier === undefined) {
    return [
      `it has no row identifier, so that every run would append all rows again instead of updating them: make ${key} its row identifier`,
    ]
  }
  if (rowIdentifier === key) return []
  return [
    `its row identifier is ${rowIdentifier} and the key is ${key}, so that rows would be matched by another column than is meant: make ${key} its row identifier, or map the key to ${rowIdentifier}`,
  ]
}

function unknownColumn(field: string, { columns }: SocrataDataset): string {
  const similar = similarName(
    field,
    columns.map(({ fieldName }) => fieldName),
  )
  return `it has no column ${field}${similar ? `; did you mean ${similar}?` : ''}`
}

/** Why a column cannot hold what is mapped to it. */
function unfitness(
  { field, from, convert, isKey }: MappedField,
  kind: FieldKind,
  schema: RowSchema,
): string | undefined {
  if (kind === 'text') return undefined
  const source = 'column' in from ? schema.columns.find(({ name }) => name === from.column)?.type : undefined
  if (isKey && kind === 'number' && (source?.kind !== 'number' || convert !== 'none')) {
    return `the key column ${field} holds numbers, and ids would lose their zeros there: make it a text column`
  }
  const isConvertedToText = convert !== 'none' && !(typeof convert === 'object' && kind === 'number')
  const isFit =
    'generated' in from
      ? kind === 'date'
      : source && !isConvertedToText && KINDS_HELD[kind]?.includes(source.kind)
  return isFit
    ? undefined
    : `the column ${field} is for values of the kind ${kind}, which is not what is mapped to it: make it a text column`
}

/** Text may be of the right form, row by row; the service refuses what is not. */
const KINDS_HELD: { readonly [Kind in FieldKind]?: readonly ColumnType['kind'][] } = {
  number: ['number', 'binary-float', 'binary-double', 'text', 'clob'],
  // No instant: such a column has no zone, so that nobody could tell it from local time.
  date: ['date', 'timestamp', 'text', 'clob'],
  boolean: ['text', 'clob'],
}

/** A replace leaves nothing in the columns that it does not send. */
function emptiedColumns({ columns }: SocrataDataset, written: readonly string[]): string[] {
  const others = columns
    .map(({ fieldName }) => fieldName)
    .filter((field) => !field.startsWith(':') && !written.includes(field))
  if (others.length === 0) return []
  return [
    `the mode replace would empty ${others.join(', ')}, which ${others.length === 1 ? 'is' : 'are'} not mapped: map them, or take the mode upsert`,
  ]
}
