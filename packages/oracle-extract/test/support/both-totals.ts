import {
  type ControlTotals,
  collectTotals,
  type FrozenOrdinals,
  freezeOrdinals,
  openScratchFolder,
  type RecordType,
  type SourceTotals,
  type Window,
} from '@findata/core'
import { createOracleExtractor, type OraclePool } from '../../src/index.ts'

export interface BothTotals {
  /** By one aggregate query, with the set hash asked for. */
  readonly source: SourceTotals
  /** Of the rows as they were read. */
  readonly read: ControlTotals
}

/** Of one snapshot. */
export async function bothTotals(
  pool: OraclePool,
  recordType: RecordType,
  {
    ordinals = {},
    window,
  }: { readonly ordinals?: FrozenOrdinals; readonly window?: Window | undefined } = {},
): Promise<BothTotals> {
  const { signal } = new AbortController()
  await using scratch = await openScratchFolder()
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [recordType] })
  const { schema } = freezeOrdinals(await snapshot.describe(recordType, { signal }), ordinals)
  const some = { signal, ...(window && { window }) }
  const source = await snapshot.totals(recordType, { ...some, schema })
  const rows = snapshot.extract(recordType, { ...some, batchSize: 7 })
  return { source, read: (await collectTotals(rows, schema, recordType, scratch)).totals }
}
