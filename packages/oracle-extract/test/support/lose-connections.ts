import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createOracleExtractor, openOraclePool } from '../../src/index.ts'
import { testRecordType } from './record-type.ts'

const [, , connectString = '', user = '', password = ''] = process.argv
const { signal } = new AbortController()
const things = testRecordType({ query: 'SELECT ID FROM THINGS', columns: ['ID'], statementTimeoutMs: 200 })
const limits = { connectTimeoutMs: 200, graceMs: 50, retry: { attempts: 1 } }
const codes: unknown[] = []

for (let attempt = 0; attempt < 5; attempt++) {
  await using pool = openOraclePool({ connectString, user, password: () => password }, limits)
  try {
    await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [] })
    await Array.fromAsync(snapshot.extract(things, { batchSize: 2, signal }))
  } catch (cause) {
    codes.push((cause as { readonly code?: unknown }).code)
  }
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
for (let turn = 0; turn < 5; turn++) {
  collectGarbage()
  await nextTurn()
}
console.log(JSON.stringify(codes))
