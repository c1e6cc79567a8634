import type { RecordType, SourceColumn } from '@findata/core'

/** In characters. Several batches are held at once: one is fetched while another is encoded. */
const MOST_TEXT_PER_FETCH = 32_000_000

/** How many rows one fetch may bring, so that memory stays bounded however long the values are that the columns allow. */
export function rowsPerFetch(
  { maxLobLength }: Pick<RecordType, 'maxLobLength'>,
  columns: readonly Pick<SourceColumn, 'type'>[],
  batchSize: number,
): number {
  const widest = columns.reduce((sum, { type }) => sum + longest(type, maxLobLength), 0)
  return Math.max(1, Math.min(batchSize, Math.floor(MOST_TEXT_PER_FETCH / widest)))
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
