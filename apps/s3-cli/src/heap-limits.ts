import { PerformanceObserver } from 'node:perf_hooks'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** Of the space for new objects; it holds each of its bytes twice, and may double once more before it is looked at again. */
const LARGE_NEW_SPACE_BYTES = 8 * 1024 * 1024

// A large machine tempts V8 to keep 200 MB of rows that nobody needs any more. Both flags are read whenever a collection
// ends, so they hold however Node was started; the flag that limits the new space directly can only be given to Node.
setFlagsFromString('--heap-growing-percent=50')
setFlagsFromString('--semi-space-growth-factor=1')
new PerformanceObserver(() => {
  const bytes = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
  // Asked again and again: an idle process gives the space back, and needs it again.
  setFlagsFromString(`--semi-space-growth-factor=${bytes < LARGE_NEW_SPACE_BYTES ? 2 : 1}`)
}).observe({ entryTypes: ['gc'] })
