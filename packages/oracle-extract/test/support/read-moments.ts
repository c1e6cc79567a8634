import { createJsonArrayEncoder, freezeOrdinals } from '@findata/core'
import { createOracleExtractor, openOraclePool } from '../../src/index.ts'
import { testRecordType } from './record-type.ts'

const [, , connectString = '', user = '', password = '', query = '', ...columns] = process.argv
const { signal } = new AbortController()
const recordType = testRecordType({ query, columns })

await using pool = openOraclePool({ connectString, user, password: () => password })
await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [recordType] })
const { schema } = freezeOrdinals(await snapshot.describe(recordType, { signal }))
const encoder = createJsonArrayEncoder(schema)

console.log(Intl.DateTimeFormat().resolvedOptions().timeZone)
for await (const batch of snapshot.extract(recordType, { batchSize: 2, signal })) {
  for (const chunk of encoder.encode(batch)) process.stdout.write(chunk)
}
for (const chunk of encoder.finish()) process.stdout.write(chunk)
