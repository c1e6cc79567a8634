/** The vitest configuration of every package: fast tests, and the deep ones that run apart. */
export { deepTests, unitTests } from './test-config.ts'
