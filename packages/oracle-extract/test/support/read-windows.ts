import { defineRecordType } from '@findata/core'
import { createOracleExtractor, openOraclePool } from '../../src/index.ts'

const [, , connectString = '', user = '', password = '', ...watermarks] = process.argv
const { signal } = new AbortController()
const HOUR = 3_600_000

await using pool = openOraclePool({ connectString, user, password: () => password })
const windows: unknown[] = []
for (const [index, column] of ['D', 'T', 'Z'].entries()) {
  const recordType = defineRecordType({
    name: `by_${column.toLowerCase()}`,
    query: 'SELECT * FROM FIN.MOMENTS',
    columns: ['ID', 'D', 'T', 'Z'],
    rowKey: ['ID'],
    cursor: column,
  })
  await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [recordType] })
  const request = { watermark: watermarks[index] ?? null, overlap: HOUR, marginMs: 1_500, signal }
  const window = await snapshot.window(recordType, request)
  const rows = (await Array.fromAsync(snapshot.extract(recordType, { window, batchSize: 2, signal }))).flat()
  const { totals } = await snapshot.totals(recordType, { window, signal })
  const { from, to, boundedBy } = window
  windows.push({ from, to, boundedBy, ids: rows.map(([id]) => id).sort(), counted: totals.rows })
}
console.log(JSON.stringify({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, windows }))
