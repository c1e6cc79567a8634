import { join } from 'node:path'
import { readWorkspaceResults } from '@findata/vitest-config/results'
import { areas } from './areas.ts'
import { measureCoverage } from './coverage.ts'
import { toReport } from './report.ts'

// Prints which behaviours the latest test results hold; fails when a finished area has a gap.
// The folder to read is the workspace itself, or the first argument.

const root = process.argv[2] ?? join(import.meta.dirname, '../../..')
const { lines, isComplete } = toReport(measureCoverage(areas, await readWorkspaceResults(root)))
console.log(lines.join('\n'))
process.exitCode = isComplete ? 0 : 1
