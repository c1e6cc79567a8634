import { randomBytes } from 'node:crypto'
import { type ExactJson, isJsonObject, JsonNumber } from './exact-json.ts'
import { invalid, SocrataError } from './socrata-error.ts'
import { type SocrataCell, type SocrataType, toCell } from './socrata-values.ts'

export interface SocrataColumn {
  /** Lower case, digits and underscores. */
  readonly fieldName: string
  readonly dataTypeName: SocrataType
  /** As people see it; the field name unless given. */
  readonly name?: string
}

export interface SocrataDatasetDefinition {
  /** Four and four characters: `ggav-ufvc`. */
  readonly id: string
  readonly name: string
  readonly columns: readonly SocrataColumn[]
  /** The field that upserts are matched on; without one, every upsert appends. */
  readonly rowIdentifier?: string
  /** In the form in which rows are written. */
  readonly rows?: readonly SocrataInput[]
  /** Whether everybody may read it; true unless given. */
  readonly isPublic?: boolean
}

/** A row as it is written; digits that a double cannot hold are given as text. */
export type SocrataInput = Readonly<Record<string, SocrataCell | number | null>>

/** A row as it is read: fields without a value are absent. */
export type SocrataRow = Readonly<Record<string, SocrataCell>>

export interface StoredRow {
  readonly sid: string
  readonly cells: SocrataRow
  readonly createdAt: string
  readonly updatedAt: string
  readonly version: number
}

/** The reply to a write, named as Socrata names it. */
export interface SocrataCounters {
  readonly 'Rows Created': number
  readonly 'Rows Updated': number
  readonly 'Rows Deleted': number
  readonly Errors: number
  readonly 'By RowIdentifier': number
  readonly 'By SID': number
}

/** One entry of a write, checked against the columns. */
export interface RowWrite {
  readonly sid: string | undefined
  /** The value of the row identifier. */
  readonly key: string | undefined
  readonly isDelete: boolean
  readonly cells: Readonly<Record<string, SocrataCell | null>>
}

/** The rows of one dataset; every change is made whole or not at all. */
export interface SocrataDataset {
  readonly definition: SocrataDatasetDefinition
  columnOf(field: string): SocrataColumn | undefined
  /** In the order in which they were created. */
  rows(): readonly StoredRow[]
  find(rowId: string): StoredRow | undefined
  /** Checks what was sent, changing nothing. @throws SocrataError */
  toWrites(body: ExactJson): readonly RowWrite[]
  upsert(writes: readonly RowWrite[], now: Date): SocrataCounters
  replace(writes: readonly RowWrite[], now: Date): SocrataCounters
  updatedAt(): Date | undefined
}

const FIELD_NAME = /^[a-z_][a-z0-9_]*$/

export function createSocrataDataset(definition: SocrataDatasetDefinition): SocrataDataset {
  const { id, columns, rowIdentifier } = definition
  const byField = new Map(columns.map((column) => [column.fieldName, column]))
  if (!/^[a-z0-9]{4}-[a-z0-9]{4}$/.test(id))
    throw new Error(`startSocrata: ${JSON.stringify(id)} is not a 4x4 id`)
  for (const field of byField.keys()) {
    if (!FIELD_NAME.test(field))
      throw new Error(`startSocrata: ${id} cannot have a field ${JSON.stringify(field)}`)
  }
  if (byField.size < columns.length) throw new Error(`startSocrata: ${id} has a field twice`)
  const identifierType = rowIdentifier === undefined ? undefined : byField.get(rowIdentifier)?.dataTypeName
  if (rowIdentifier !== undefined && identifierType !== 'text' && identifierType !== 'number') {
    throw new Error(`startSocrata: the row identifier of ${id} has to be one of its text or number columns`)
  }
  let rows = new Map<string, StoredRow>()
  let sidByKey = new Map<string, string>()
  let changedAt: Date | undefined

  const find = (rowId: string): StoredRow | undefined =>
    rows.get(rowIdentifier === undefined ? rowId : (sidByKey.get(rowId) ?? rowId))

  const put = (row: StoredRow): void => {
    rows.set(row.sid, row)
    if (rowIdentifier !== undefined) sidByKey.set(String(row.cells[rowIdentifier]), row.sid)
  }

  function apply(writes: readonly RowWrite[], now: Date): SocrataCounters {
    const counters = { created: 0, updated: 0, deleted: 0, byKey: 0, bySid: 0 }
    for (const { sid, key, isDelete, cells } of writes) {
      const present = rows.get(sid ?? sidByKey.get(key ?? '') ?? '')
      if (present && sid !== undefined) counters.bySid += 1
      else if (present) counters.byKey += 1
      if (isDelete) {
        if (!present) continue
        rows.delete(present.sid)
        counters.deleted += 1
      } else {
        put(toStored(present, cells, now))
        if (present) counters.updated += 1
        else counters.created += 1
      }
    }
    changedAt = now
    return {
      'Rows Created': counters.created,
      'Rows Updated': counters.updated,
      'Rows Deleted': counters.deleted,
      Errors: 0,
      'By RowIdentifier': counters.byKey,
      'By SID': counters.bySid,
    }
  }

  function toWrite(entry: ExactJson, index: number): RowWrite {
    const data = { row: index }
    if (!isJsonObject(entry)) throw invalid('A row has to be a JSON object', data)
    const cells: Record<string, SocrataCell | null> = {}
    let sid: string | undefined
    let isDelete = false
    for (const [name, value] of Object.entries(entry)) {
      const field = name.toLowerCase()
      const column = byField.get(field)
      if (name === ':id' && typeof value === 'string') sid = value
      else if (name === ':deleted' && typeof value === 'boolean') isDelete = value
      else if (!column) throw invalid(`Illegal field name sent: ${name}`, { ...data, column: name })
      else if (Object.hasOwn(cells, field))
        throw invalid(`The field ${field} was sent twice in one row`, data)
      else cells[field] = requireCell(column, value, data)
    }
    const keyCell = rowIdentifier === undefined ? undefined : cells[rowIdentifier]
    const key = typeof keyCell === 'string' ? keyCell : undefined
    if (sid !== undefined && !rows.has(sid)) throw invalid(`There is no row ${sid}`, data)
    if (isDelete && sid === undefined && key === undefined) {
      throw invalid('A row to delete is named by its row identifier or its :id', data)
    }
    if (rowIdentifier !== undefined && sid === undefined && key === undefined) {
      throw invalid(`The row identifier ${rowIdentifier} has no value`, { ...data, column: rowIdentifier })
    }
    const present = sid === undefined ? undefined : rows.get(sid)
    if (
      present &&
      rowIdentifier !== undefined &&
      keyCell !== undefined &&
      keyCell !== present.cells[rowIdentifier]
    ) {
      throw invalid('The stand-in does not change the row identifier of a row named by its :id', data)
    }
    return { sid, key, isDelete, cells }
  }

  const dataset: SocrataDataset = {
    definition,
    columnOf: (field) => byField.get(field),
    rows: () => [...rows.values()],
    find,
    toWrites: (body) => (Array.isArray(body) ? (body as readonly ExactJson[]) : [body]).map(toWrite),
    upsert: apply,
    replace(writes, now) {
      if (writes.some(({ sid, isDelete }) => isDelete || sid !== undefined)) {
        throw invalid('A replace takes neither :deleted nor :id')
      }
      rows = new Map()
      sidByKey = new Map()
      const counters = apply(writes, now)
      return { ...counters, 'By RowIdentifier': 0 }
    },
    updatedAt: () => changedAt,
  }
  return dataset
}

function requireCell(
  { fieldName, dataTypeName }: SocrataColumn,
  value: ExactJson,
  data: Readonly<Record<string, unknown>>,
): SocrataCell | null {
  const cell = toCell(dataTypeName, value)
  if (cell !== undefined) return cell
  const shown = value instanceof JsonNumber ? value.text : JSON.stringify(value)
  throw new SocrataError(
    'invalid_request',
    `Cannot convert ${shown.slice(0, 60)} to ${dataTypeName} for the column ${fieldName}`,
    { ...data, column: fieldName },
  )
}

function toStored(
  present: StoredRow | undefined,
  changes: Readonly<Record<string, SocrataCell | null>>,
  now: Date,
): StoredRow {
  const cells: Record<string, SocrataCell> = { ...present?.cells }
  for (const [field, cell] of Object.entries(changes)) {
    if (cell === null) delete cells[field]
    else cells[field] = cell
  }
  const updatedAt = now.toISOString()
  return {
    sid: present?.sid ?? newSid(),
    cells,
    createdAt: present?.createdAt ?? updatedAt,
    updatedAt,
    version: (present?.version ?? 0) + 1,
  }
}

function newSid(): string {
  const characters = randomBytes(6).toString('hex')
  return `row-${characters.slice(0, 4)}.${characters.slice(4, 8)}~${characters.slice(8, 12)}`
}
