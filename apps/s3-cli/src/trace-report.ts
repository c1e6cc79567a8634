import {
  describeConsistency,
  type FieldChange,
  formatCount,
  type PipelineError,
  type RecordType,
  type Value,
} from '@findata/core'
import type { SourceFilter } from '@findata/publishers'
import { isKnown, type OracleTrace, type Trace, type TracedEntity } from './commands/trace.ts'
import { errorResult, formatAmount, momentResult, wrapLines } from './report.ts'
import type { DestinationTrace, EntityThere } from './trace-destination.ts'
import { describeTraceKey } from './trace-key.ts'
import type { RowsChange } from './trace-snapshots.ts'
import { wrapText } from './wrap-text.ts'

/** All that is known of a key, entity by entity, in lines of at most 80 columns. */
export function describeTrace(trace: Trace): string {
  const { recordType, key, entities, isCut, snapshots } = trace
  const asked = describeTraceKey(key)
  if (!isKnown(trace)) {
    const similar = snapshots.similar.map((one) => `  ${one}`)
    const whole = recordType.entityKey.map(({ column }) => `${column}=…`).join(' ')
    return [
      ...wrapText(`No record of ${recordType.name} with the key ${asked} is known anywhere.`),
      ...(similar.length > 0 ? ['Similar keys in the current snapshot:', ...similar] : []),
      ...oracleLines(trace, undefined),
      ...snapshotLines(trace, undefined),
      ...(entities.length === 0
        ? wrapText(`Destinations were not asked: that takes the whole key, ${whole}`)
        : trace.destinations.flatMap((one) => destinationLines(one, one.entities[0]))),
    ].join('\n')
  }
  const count =
    entities.length > 1 || isCut
      ? [
          ...wrapText(
            `${isCut ? `More than ${entities.length}` : entities.length} entities of ${recordType.name} have ${asked} in their key${isCut ? `; the first ${entities.length} are shown. Say more of the key: ${recordType.entityKey.map(({ column }) => `${column}=…`).join(' ')}` : ''}.`,
          ),
          '',
        ]
      : []
  return [...count, entities.map((entity) => entityLines(trace, entity).join('\n')).join('\n\n')].join('\n')
}

function entityLines(trace: Trace, entity: TracedEntity): string[] {
  return [
    ...wrapText(`${trace.recordType.name}  ${entity.key}`),
    ...oracleLines(trace, entity),
    ...snapshotLines(trace, entity),
    ...trace.destinations.flatMap((one) =>
      destinationLines(
        one,
        one.entities.find(({ key }) => key === entity.key),
      ),
    ),
  ]
}

function oracleLines({ oracle, recordType }: Trace, entity: TracedEntity | undefined): string[] {
  switch (oracle.is) {
    case 'left out':
      return ['Oracle now', '  not asked (--no-oracle)']
    case 'not set up':
      return ['Oracle now', ...wrapText(`not asked: ${oracle.unset.join('; ')}`, 2)]
    case 'unavailable':
      return ['Oracle now', ...problemLines(oracle.problem)]
    case 'read':
      return [
        `Oracle now, ${toMinute(oracle.now.consistency.fixedAt)}, ${describeConsistency(oracle.now.consistency)}`,
        ...(entity ? oracleRows(entity, recordType) : ['  no row with this key']),
      ]
  }
}

function oracleRows({ rowsInOracle, sinceSnapshot, place }: TracedEntity, recordType: RecordType): string[] {
  const rows = countOf(rowsInOracle, 'row')
  if (rowsInOracle === 0) {
    return place === 'current'
      ? wrapText('no row with this key any more: the next extract takes it out of the snapshot', 2)
      : ['  no row with this key']
  }
  if (!sinceSnapshot) return [`  ${rows}, the same as in the current snapshot`]
  if (place !== 'current') {
    return wrapText(`${rows}, not in the current snapshot: the next extract brings it`, 2)
  }
  return [
    `  ${rows}, changed since the current snapshot was taken`,
    ...changeLines(sinceSnapshot, recordType),
  ]
}

function snapshotLines({ recordType, snapshots: found }: Trace, entity: TracedEntity | undefined): string[] {
  const { snapshots, spoiled, left } = found
  if (snapshots.length + spoiled.length === 0) {
    return ['Snapshots', `  none is stored yet: s3-cli extract ${recordType.name}`]
  }
  const older = left > 0 ? `; ${formatCount(left)} older not looked into` : ''
  return [
    `Snapshots, ${formatCount(snapshots.length)} looked into${older}`,
    ...spoiled.flatMap(({ runId, problem }) => [`  ${runId}  cannot be read`, ...problemLines(problem)]),
    ...(entity && entity.history.length > 0 ? historyLines(entity, recordType) : ['  in none of them']),
  ]
}

function historyLines({ history, place, rowsInSnapshot }: TracedEntity, recordType: RecordType): string[] {
  return [
    ...history.flatMap(({ runId, change }) => [
      `  ${runId}  ${describeKind(change)}`,
      ...(change.kind === 'changed' ? changeLines(change, recordType) : []),
    ]),
    place === 'current'
      ? `  in the current one with ${countOf(rowsInSnapshot, 'row')}`
      : '  not in the current one',
  ]
}

function describeKind({ kind, added }: RowsChange): string {
  switch (kind) {
    case 'first':
      return `there with ${countOf(added.length, 'row')} (the oldest one looked into)`
    case 'new':
      return `new, with ${countOf(added.length, 'row')}`
    case 'gone':
      return 'gone'
    case 'changed':
      return 'changed'
  }
}

const MOST_ROWS = 10

function changeLines({ added, removed, changed }: RowsChange, { money }: RecordType): string[] {
  const shownIn = (name: string, value: Value) => {
    const amount = money.find(({ column }) => column === name)
    return amount && value !== null ? formatAmount(value, amount.scale) : shown(value)
  }
  const lines = [
    ...changed.flatMap(({ row, columns }) => [
      ...wrapText(`row ${row}`, 4),
      ...columns.flatMap(({ column, from, to }) =>
        valueLines(column, shownIn(column, from), shownIn(column, to), 6),
      ),
    ]),
    ...added.flatMap((row) => wrapText(`new row ${row}`, 4)),
    ...removed.flatMap((row) => wrapText(`row gone ${row}`, 4)),
  ]
  const most = 4 * MOST_ROWS
  return lines.length > most ? [...lines.slice(0, most), '    … (all of it with --json)'] : lines
}

function destinationLines(trace: DestinationTrace, entity: EntityThere | undefined): string[] {
  const { destination, target, unset, problem } = trace
  const title = wrapText(`${destination.name}${target === undefined ? '' : `: ${target}`}`)
  const there = [
    ...(unset.length > 0 ? wrapText(`not asked: ${unset.join('; ')}`, 2) : []),
    ...(problem ? problemLines(problem) : []),
  ]
  if (!entity) return [...title, ...there]
  return [
    ...title,
    ...wantedLines(trace, entity),
    ...there,
    ...foundLines(trace, entity),
    ...rejectLines(entity),
    ...sentLines(trace, entity),
  ]
}

function wantedLines({ mapping, destination }: DestinationTrace, { wanted }: EntityThere): string[] {
  switch (wanted.is) {
    case 'wanted': {
      const filtered =
        wanted.filteredRows > 0 ? `, ${countOf(wanted.filteredRows, 'other row')} filtered out` : ''
      return wanted.rows > 1 || filtered
        ? [`  ${countOf(wanted.rows, 'row')} folded into one record${filtered}`]
        : []
    }
    case 'filtered':
      return wrapText(
        `not wanted there: ${destination.name} takes only rows where ${mapping.filter ? describeFilter(mapping.filter) : 'its filter is true'}`,
        2,
      )
    case 'rejected':
      return wrapText(`left out: ${wanted.reason}`, 2)
    case 'departed':
      return ['  not wanted there any more: it is not in the current snapshot']
    case 'unextracted':
      return wrapText('not wanted there yet: no snapshot has it. Extract it, then publish.', 2)
    case 'unknown':
      return ['  not wanted there: no source has it']
  }
}

function foundLines(trace: DestinationTrace, entity: EntityThere): string[] {
  const { found, wanted } = entity
  if (!found) return []
  const { records, rejected } = found
  const [kept, ...others] = records
  if (rejected !== undefined && wanted.is === 'wanted') {
    return [
      ...wrapText(`left out: ${rejected}`, 2),
      ...(kept ? [`  there as ${records.map(({ id }) => id).join(', ')}`] : ['  not there']),
    ]
  }
  const several =
    others.length > 0
      ? wrapText(
          `${records.length} records have this key; ${kept?.id} is kept up to date, ${others.map(({ id }) => id).join(', ')} should be removed there`,
          2,
        )
      : []
  return [...several, ...wrapText(conclusionOf(trace, entity), 2), ...differenceLines(trace, entity)]
}

function differenceLines({ fields }: DestinationTrace, { found, wanted }: EntityThere): string[] {
  if (wanted.is !== 'wanted') return []
  return (found?.records[0]?.changes ?? []).flatMap(({ field, from, to }) =>
    valueLines(fields.find(({ name }) => name === field)?.label ?? field, shown(from), shown(to), 4),
  )
}

/** What is there, and what publishing would do, in a sentence. */
export function conclusionOf(
  { mapping }: DestinationTrace,
  { found, wanted, reject, sent }: EntityThere,
): string {
  const record = found?.records[0]
  if (wanted.is === 'rejected') {
    return record
      ? `there as ${record.id}; publish leaves it as it is`
      : 'not there; publish does not create it'
  }
  if (wanted.is !== 'wanted') {
    const action = wanted.is === 'filtered' ? 'publish only reports it' : departedAction(mapping.departed)
    return record ? `there as ${record.id}; ${action}` : 'not there'
  }
  if (record?.changes.length === 0) return `as it should be (${record.id}); publish sends nothing for it`
  const cannot = reject?.status === 'rejected' || found?.rejected !== undefined
  if (record) {
    const fields = countOf(record.changes.length, 'field')
    return `there as ${record.id}, differs in ${fields}; publish ${cannot ? 'leaves it so, see below' : 'updates it'}`
  }
  if (cannot) return 'not there; publish does not create it, see below'
  const [newest] = sent
  const isUnclear =
    newest?.intent.kind === 'create' && (!newest.receipt || newest.receipt.outcome === 'unclear')
  return isUnclear
    ? `not there; a create without an answer may still arrive, so publish looks again before it creates it`
    : 'not there; publish creates it'
}

function departedAction(departed: DestinationTrace['mapping']['departed']): string {
  switch (departed.action) {
    case 'report':
      return 'publish only reports it'
    case 'flag':
      return `publish writes ${JSON.stringify(departed.value)} into ${departed.field}`
    case 'delete':
      return 'publish deletes it'
  }
}

function rejectLines({ found, reject }: EntityThere): string[] {
  if (!reject) return []
  const reason = found?.rejected === undefined ? `: ${reject.reason}` : ''
  return wrapText(`in the list of rejects since ${toMinute(reject.at)}, ${reject.status}${reason}`, 2)
}

function sentLines({ fields, mapping }: DestinationTrace, { sent, sentCount }: EntityThere): string[] {
  if (sentCount === 0) return ['  nothing was ever sent for it']
  const labelOf = ({ field }: FieldChange) => {
    const source = mapping.fields.find((one) => one.field === field)?.from
    const column = source && 'column' in source ? source.column : undefined
    return fields.find(({ name }) => name === field)?.label ?? column ?? field
  }
  const more = sentCount - sent.length
  return [
    `  sent ${countOf(sentCount, 'time')}, newest first`,
    ...sent.flatMap(({ intent, receipt }) => [
      `    ${receipt ? toSecond(receipt.at) : `before ${toSecond(intent.sentBefore)}`}  ${intent.kind}  run ${intent.runId}`,
      ...wrapText(
        receipt ? `answer: ${receipt.outcome}${receipt.answer ? `, ${receipt.answer}` : ''}` : 'no answer',
        6,
      ),
      ...intent.changes.flatMap((change) =>
        intent.kind === 'create'
          ? [`      ${labelOf(change)}: ${shown(change.to, MOST_OF_VALUE)}`]
          : valueLines(labelOf(change), shown(change.from), shown(change.to), 6),
      ),
    ]),
    ...(more > 0 ? [`    … and ${formatCount(more)} earlier; --all shows them`] : []),
  ]
}

/** A change on one line, or on three where it is too long. */
function valueLines(name: string, from: string, to: string, indent: number): string[] {
  const space = ' '.repeat(indent)
  const line = `${space}${name}: ${from} -> ${to}`
  if (line.length <= 80) return [line]
  return [
    `${space}${name}:`,
    `${space}     ${cut(from, 75 - indent)}`,
    `${space}  -> ${cut(to, 75 - indent)}`,
  ]
}

const MOST_OF_VALUE = 48

function shown(value: Value, most?: number): string {
  if (value === null || value === '') return 'empty'
  return cut(isPlain(value) ? value : JSON.stringify(value), most)
}

function cut(text: string, most = Number.POSITIVE_INFINITY): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text
}

/** Amounts and ids need no quotes. */
function isPlain(value: string): boolean {
  return /^[-\w.,:/$]+$/.test(value)
}

export function describeFilter(filter: SourceFilter): string {
  if ('in' in filter) return `${filter.column} is ${filter.in.join(' or ')}`
  if ('isNull' in filter) return `${filter.column} is ${filter.isNull ? 'empty' : 'not empty'}`
  if ('not' in filter) return `not (${describeFilter(filter.not)})`
  const parts = ('all' in filter ? filter.all : filter.any).map(describeFilter)
  return parts.map((part) => `(${part})`).join('all' in filter ? ' and ' : ' or ')
}

function problemLines(problem: PipelineError): string[] {
  return wrapLines(problem, 2)
}

function countOf(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

function toMinute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
}

function toSecond(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`
}

/** The same, all of it, for machines. */
export function traceResult(trace: Trace): Readonly<Record<string, unknown>> {
  const { recordType, key, entities, isCut, oracle, snapshots, destinations } = trace
  return {
    recordType: recordType.name,
    key: describeTraceKey(key),
    isKnown: isKnown(trace),
    isCut,
    similar: isKnown(trace) ? [] : snapshots.similar,
    oracle: oracleResult(oracle),
    snapshots: {
      lookedInto: snapshots.snapshots.map(({ runId, takenAt, isCurrent }) => ({ runId, takenAt, isCurrent })),
      spoiled: snapshots.spoiled.map(({ runId, problem }) => ({ runId, ...errorResult(problem) })),
      left: snapshots.left,
    },
    entities: entities.map((entity) => ({
      ...entity,
      sinceSnapshot: entity.sinceSnapshot ?? null,
      destinations: destinations.map((one) => thereResult(one, entity.key)),
    })),
    destinations: destinations.map(({ destination, target, unset, problem }) => ({
      destination: destination.name,
      target: target ?? null,
      unset,
      ...(problem && errorResult(problem)),
    })),
  }
}

function oracleResult(oracle: OracleTrace) {
  if (oracle.is === 'unavailable') return { is: oracle.is, ...errorResult(oracle.problem) }
  if (oracle.is !== 'read') return oracle
  const { rows, isCut, consistency, executions } = oracle.now
  return { is: oracle.is, rows: rows.length, isCut, ...momentResult(consistency), executions }
}

function thereResult(trace: DestinationTrace, key: string) {
  const entity = trace.entities.find((one) => one.key === key)
  if (!entity) return { destination: trace.destination.name }
  const { wanted, found, sent, sentCount, reject } = entity
  return {
    destination: trace.destination.name,
    wanted,
    records: found?.records ?? null,
    ...(found?.rejected !== undefined && { rejected: found.rejected }),
    conclusion: found ? conclusionOf(trace, entity) : null,
    sent,
    sentCount,
    reject: reject ?? null,
  }
}
