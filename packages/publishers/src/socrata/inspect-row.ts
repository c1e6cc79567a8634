import type { PublishTarget } from '@findata/core'
import { type InspectOptions, inspectEntities } from '../inspect-entities.ts'
import type { PresentRecord } from '../target-record.ts'
import type { SocrataClient } from './socrata-client.ts'
import type { SocrataRows } from './socrata-rows.ts'

/** Reads the rows of a few entities by their row identifier. */
export function createRowInspector({
  client,
  dataset,
  fields,
  rows,
  toRecord,
}: Omit<InspectOptions, 'find'> & {
  readonly client: Pick<SocrataClient, 'readRows'>
  readonly dataset: string
  readonly rows: SocrataRows
}): PublishTarget['inspect'] {
  const place = fields.findIndex(({ isKey }) => isKey)
  const toLiteral = (key: string) =>
    fields[place]?.kind === 'number' ? key : `'${key.replaceAll("'", "''")}'`
  const find: InspectOptions['find'] = async (wanted) => {
    const keys = [...new Set(wanted.flatMap(({ values }) => values[place] ?? []))]
    const found: PresentRecord[] = []
    const condition = `${fields[place]?.name} in (${keys.map(toLiteral).join(', ')})`
    for await (const page of client.readRows(dataset, rows.names, condition)) {
      found.push(...page.map(rows.toPresent))
    }
    return found
  }
  return (entities) => inspectEntities({ fields, toRecord, find }, entities)
}
