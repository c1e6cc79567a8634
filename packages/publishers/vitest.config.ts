import { unitTests } from '@findata/vitest-config'

export default unitTests()
