import { mkdir, writeFile } from 'node:fs/promises'
import type { BenchResult } from './bench.ts'
import { parseBenchArguments } from './bench-command.ts'
import { BENCHES } from './benches.ts'
import { toTable } from './result-table.ts'

const request = parseBenchArguments(process.argv.slice(2), BENCHES)
const { json, profile, rounds } = request
// Before the work, so that a folder that is not there costs no quarter of an hour.
if (json !== undefined) await writeFile(json, '')
if (profile !== undefined) await mkdir(profile, { recursive: true })

const results: BenchResult[] = []
for (const bench of request.benches) {
  for (const rows of request.rows ?? bench.rows) {
    results.push(
      ...(await bench.measure(rows, {
        process: profile === undefined ? {} : { profileFolder: profile },
        ...(rounds !== undefined && { rounds }),
        say: (line) => console.error(line),
      })),
    )
  }
}
console.log(toTable(results))
if (json !== undefined) await writeFile(json, `${JSON.stringify({ results }, null, 2)}\n`)
