import type { FetchShape, RecordType, SourceColumn } from '@findata/core'

/** In characters. Several batches are held at once: one is fetched while another is encoded. */
const MOST_TEXT_PER_FETCH = 32_000_000

/** How many rows one fetch may bring, so that memory stays bounded however long the values are that the columns allow. */
export function rowsPerFetch(
  { maxLobLength }: Pick<RecordType, 'maxLobLength'>,
  columns: readonly Pick<SourceColumn, 'type'>[],
  batchSize: number,
): number {
  return Math.max(1, Math.min(batchSize, Math.floor(MOST_TEXT_PER_FETCH / widestRow(columns, maxLobLength))))
}

/** The same for a person: what decides it. */
export function fetchShape(
  { maxLobLength }: Pick<RecordType, 'maxLobLength'>,
  columns: readonly Pick<SourceColumn, 'name' | 'type'>[],
  batchSize: number,
): FetchShape {
  const large = columns.filter(({ type }) => type.kind === 'clob' || type.kind === 'blob')
  return {
    rows: rowsPerFetch({ maxLobLength }, columns, batchSize),
    largeObjects: large.map(({ name }) => name),
    largeObjectPercent:
      large.length === 0
        ? 0
        : Math.round((100 * widestRow(large, maxLobLength)) / widestRow(columns, maxLobLength)),
  }
}

function widestRow(columns: readonly Pick<SourceColumn, 'type'>[], maxLobLength: number): number {
  return columns.reduce((sum, { type }) => sum + longest(type, maxLobLength), 0)
}

function longest(type: SourceColumn['type'], maxLobLength: number): number {
  switch (type.kind) {
    case 'clob':
      return maxLobLength
    case 'blob':
      // Two hexadecimal digits for a byte.
      return 2 * maxLobLength
    case 'text':
      return type.size ?? 4_000
    case 'raw':
      return 4_000
    default:
      return 40
  }
}
