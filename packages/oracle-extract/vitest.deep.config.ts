import { deepTests } from '@findata/vitest-config'

export default deepTests()
