import { createOracleExtractor, openOraclePool } from '../../src/index.ts'
import { testRecordType } from './record-type.ts'

const [, , connectString = '', user = '', password = ''] = process.argv
const { signal } = new AbortController()
const recordType = testRecordType({
  query: 'SELECT m.*, CAST(T AS TIMESTAMP(6) WITH TIME ZONE) AS L FROM MOMENTS m ORDER BY ID',
  columns: ['ID', 'D', 'T', 'Z', 'N', 'L'],
})

await using pool = openOraclePool({ connectString, user, password: () => password })
await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
const rows = (await Array.fromAsync(snapshot.extract(recordType, { batchSize: 2, signal }))).flat()
console.log(JSON.stringify({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, rows }))
