import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { readRows } from './socrata-api/read-rows.ts'
import { refusalRows } from './socrata-api/refusal-rows.ts'
import {
  namespaceOf,
  type SocrataContractRow,
  type SocrataNeed,
  type SocrataService,
} from './socrata-api/socrata-row.ts'
import { valueRows } from './socrata-api/value-rows.ts'
import { writeRows } from './socrata-api/write-rows.ts'

/** The columns of the dataset that is tested; `record_id` is its row identifier. */
export const SOCRATA_CONTRACT_COLUMNS = [
  { fieldName: 'batch', dataTypeName: 'text' },
  { fieldName: 'record_id', dataTypeName: 'text' },
  { fieldName: 'label', dataTypeName: 'text' },
  { fieldName: 'amount', dataTypeName: 'number' },
  { fieldName: 'day', dataTypeName: 'calendar_date' },
  { fieldName: 'is_open', dataTypeName: 'checkbox' },
] as const

/**
 * A Socrata portal to test, with a dataset of `SOCRATA_CONTRACT_COLUMNS` that the credentials may write to; `plainDataset` has the
 * same columns and no row identifier. `reader` may not write. Reads may lag behind writes for `lagMs`. Disposed after the suite.
 */
export interface SocrataUnderTest extends SocrataService, AsyncDisposable {
  /** The suite removes what it wrote; for services that outlive the tests. */
  readonly isLasting?: boolean
}

export interface SocrataApiOptions {
  /** Rows that need this are left out. `replace` empties the dataset. */
  readonly lacks?: readonly SocrataNeed[]
}

const ROWS: readonly SocrataContractRow[] = [...writeRows, ...valueRows, ...readRows, ...refusalRows]

/** What findata relies on the SODA API for, one test a fact. */
export function describeSocrataApi(
  name: string,
  open: () => Promise<SocrataUnderTest>,
  { lacks = [] }: SocrataApiOptions = {},
): void {
  const rows = ROWS.filter(({ needs }) => needs === undefined || !lacks.includes(needs))

  describe(`${name} as Socrata (${rows.length} of ${ROWS.length} rows)`, () => {
    let service: SocrataUnderTest
    const suite = `contract-${randomUUID().slice(0, 8)}`

    beforeAll(async () => {
      service = await open()
    })
    afterAll(async () => {
      if (service.isLasting) for (const index of rows.keys()) await clear(service, batchOf(suite, index))
      await service[Symbol.asyncDispose]()
    })

    rows.forEach((row, index) => {
      test(row.title, { timeout: 300_000 }, () => row.run(namespaceOf(service, batchOf(suite, index))))
    })
  })
}

function batchOf(suite: string, index: number): string {
  return `${suite}-${index}`
}

async function clear(service: SocrataUnderTest, batch: string): Promise<void> {
  const socrata = namespaceOf(service, batch)
  const rows = await socrata.read({ $select: 'record_id', $limit: '5000' })
  if (rows.length > 0) await socrata.upsert(rows.map(({ record_id }) => ({ record_id, ':deleted': true })))
}
