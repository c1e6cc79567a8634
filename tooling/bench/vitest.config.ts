import { unitTests } from '@findata/vitest-config'

// Each test starts several processes, one after the other.
export default unitTests({ testTimeout: 60_000 })
