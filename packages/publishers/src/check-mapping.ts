import { type RecordType, similarName } from '@findata/core'
import type { Destination, MappedField, Mapping } from './mapping.ts'
import { filterColumns } from './source-filter.ts'

type Report = (path: readonly (string | number)[], message: string) => void

/** Reports what of a mapping does not fit its record type. */
export function checkMapping(
  kind: Destination['kind'],
  mapping: Mapping,
  recordType: RecordType,
  report: Report,
): void {
  for (const [index, field] of mapping.fields.entries()) {
    const at = ['fields', index]
    const first = mapping.fields.findIndex((other) => other.field === field.field)
    if (first < index) report([...at, 'field'], `${field.field} is mapped twice`)
    checkSource(kind, field, recordType, (path, message) => report([...at, ...path], message))
  }
  checkKey(mapping, recordType, report)
  for (const column of filterColumns(mapping.filter)) {
    if (!recordType.columns.includes(column)) report(['filter'], unknownColumn(column, recordType))
  }
  if (mapping.departed.action === 'flag') checkFlag(mapping, mapping.departed.field, report)
}

/** The columns that a field is filled from. */
export function sourceColumns({ from }: MappedField): readonly string[] {
  if ('column' in from) return [from.column]
  return 'columns' in from ? from.columns : []
}

function checkSource(
  kind: Destination['kind'],
  field: MappedField,
  recordType: RecordType,
  report: Report,
): void {
  const { from, convert } = field
  const columns = sourceColumns(field)
  for (const [index, column] of columns.entries()) {
    const path = 'columns' in from ? ['from', 'columns', index] : ['from']
    if (!recordType.columns.includes(column)) report(path, unknownColumn(column, recordType))
    else if (kind === 'socrata' && !recordType.publicColumns.includes(column)) {
      report(
        path,
        `${column} may not be published openly: it is not among the publicColumns of ${recordType.name}`,
      )
    }
    if (columns.indexOf(column) < index) report(path, `${column} is there twice`)
  }
  if ('generated' in from) {
    if (convert !== 'none') report(['convert'], 'a generated timestamp is not converted')
    if (!field.isIgnoredInDiff) {
      report(
        ['isIgnoredInDiff'],
        'a generated timestamp would change every record in every run: set it to true',
      )
    }
  }
  if (field.isKey && field.isIgnoredInDiff) report(['isIgnoredInDiff'], 'the key cannot be ignored')

  const money = 'column' in from && recordType.money.find(({ column }) => column === from.column)
  if (!money) return
  if (field.isIgnoredInDiff) report(['isIgnoredInDiff'], `${money.column} is money, which is always compared`)
  if (convert === 'pad-angle-brackets' || convert === 'sorted-list') {
    report(['convert'], `${money.column} is money, and ${convert} is for text: take currency or none`)
  }
  if (convert === 'currency' && money.scale > 2) {
    report(
      ['convert'],
      `currency has two digits after the point, and ${money.column} may have ${money.scale}: take none`,
    )
  }
}

function checkKey({ fields }: Mapping, recordType: RecordType, report: Report): void {
  const { name, entityKey } = recordType
  const keys = [...fields.entries()].filter(([, field]) => field.isKey)
  const columns = entityKey.map(({ column }) => column)
  if (keys.length === 0) {
    report(
      ['fields'],
      `no field is the key: set isKey on the field that is filled from ${columns.join(' and on that from ')}`,
    )
  }
  if (keys.length > 1 && columns.length === 1) {
    const names = keys.map(([, { field }]) => field).join(', ')
    report(
      ['fields'],
      `several fields are the key (${names}), but ${name} has the key ${columns[0]} alone: keep isKey on one`,
    )
    return
  }
  const seen = new Set<string>()
  for (const [index, { from }] of keys) {
    const path = ['fields', index, 'isKey']
    if (!('column' in from))
      report(path, 'only a field that is filled from one column can be part of the key')
    else if (recordType.columns.includes(from.column) && !columns.includes(from.column)) {
      report(path, `${from.column} is not part of the key of ${name}, which is ${columns.join(', ')}`)
    } else if (seen.has(from.column)) report(path, `${from.column} is part of the key twice`)
    else seen.add(from.column)
  }
}

function checkFlag({ fields, mode }: Mapping, flag: string, report: Report): void {
  const index = fields.findIndex(({ field }) => field === flag)
  if (index !== -1) {
    report(
      ['departed', 'field'],
      `${flag} is filled by fields[${index}]: a flag, which is taken back when the record returns, needs a field of its own`,
    )
  }
  if (mode === 'replace') {
    report(
      ['departed', 'action'],
      'a set that is replaced keeps no record that left, to flag it: take delete',
    )
  }
}

function unknownColumn(column: string, recordType: RecordType): string {
  const similar = similarName(column, recordType.columns)
  return `${column} is not a column of ${recordType.name}${similar ? `; did you mean ${similar}?` : ''}`
}
