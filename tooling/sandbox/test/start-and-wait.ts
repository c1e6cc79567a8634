// A parent that starts the stand-ins and tells where they are; a test kills it.
import { startStandInProcess } from '../src/stand-in-process.ts'

const { controlUrl } = await startStandInProcess({ sample: 'none' })
process.send?.(controlUrl)
