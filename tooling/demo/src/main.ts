import { createNarrator } from './narrator.ts'
import { tellStory } from './story.ts'

const startedAt = performance.now()
const narrator = createNarrator(process.stdout)
process.stdout.write('findata: from Oracle to S3, Knack and Socrata, balanced to the cent at every hop\n')
await tellStory(narrator)

const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)
const { broken, held } = narrator
process.stdout.write(
  broken.length === 0
    ? `\nAll ${held} claims held, in ${seconds} s. Next: npm run sandbox, and the README.\n`
    : `\n${broken.length} of ${held + broken.length} claims did not hold:\n${broken.map((claim) => `  ${claim}\n`).join('')}`,
)
process.exitCode = broken.length === 0 ? 0 : 1
