import { join } from 'node:path'
import { RESULT_FILES, readWorkspaceResults } from '@findata/vitest-config/results'
import { countResults } from './count-results.ts'

// Arguments are the scripts to count, all by default; the last line is `N passed, N failed`.

const scripts = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(RESULT_FILES)
const all = await readWorkspaceResults(join(import.meta.dirname, '../../..'))
const counted = all.filter(({ script }) => scripts.includes(script))
const { passed, failed, notes } = countResults(counted, { inCi: Boolean(process.env.CI) })

for (const note of notes) console.log(note)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
