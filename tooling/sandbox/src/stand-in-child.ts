// The process that `startStandInProcess` starts. It ends when the channel to its parent does, whatever ended the parent.
import type { StandInGreeting } from './stand-in-process.ts'
import { startStandIns } from './stand-ins.ts'

const greet = (greeting: StandInGreeting) => process.send?.(greeting)

const orphaned = new Promise((resolve) => process.once('disconnect', resolve))
try {
  await using standIns = await startStandIns(JSON.parse(process.argv[2] ?? '{}'))
  greet({ endpoints: standIns.endpoints })
  await orphaned
} catch (error) {
  greet({ failure: error instanceof Error ? error.message : String(error) })
  await orphaned
}
process.exit()
