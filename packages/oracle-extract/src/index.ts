/** Reads record types out of Oracle as batches of rows. */

export { type OracleEnv, type OracleSettings, oracleEnv } from './env.ts'
export { createOracleExtractor } from './oracle-extractor.ts'
export { driverVersion, type OraclePool, type OraclePoolOptions, openOraclePool } from './oracle-pool.ts'
export { type OracleCheck, probeOracle } from './probe-oracle.ts'
