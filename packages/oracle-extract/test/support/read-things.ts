import { createOracleExtractor, openOraclePool, oracleEnv } from '../../src/index.ts'
import { testRecordType } from './record-type.ts'

const { signal } = new AbortController()
const things = testRecordType({ query: 'SELECT ID FROM THINGS', columns: ['ID'] })

const env = oracleEnv(process.env)
if ('problems' in env) throw new Error(env.problems.join(', '))
await using pool = openOraclePool(env.settings)
await using snapshot = await createOracleExtractor(pool).openSnapshot({ signal, recordTypes: [things] })
console.log((await Array.fromAsync(snapshot.extract(things, { batchSize: 10, signal }))).flat().length)
