/** Stand-ins of the services findata talks to: real servers on loopback ports. */

export {
  type Certificate,
  type CertificateAuthority,
  type CertificateRequest,
  createCertificateAuthority,
} from './certificates.ts'
export { toEnvironment, toExportLines } from './environment.ts'
export {
  KNACK_FIELD_TYPES,
  type KnackAppDefinition,
  type KnackFieldDefinition,
  type KnackFieldFormat,
  type KnackFieldType,
  type KnackObjectDefinition,
  type KnackRecord,
  type KnackValues,
} from './knack/knack-app.ts'
export {
  connectKnackControl,
  type KnackControl,
  type KnackState,
  type RemoteKnackFault,
} from './knack/knack-control.ts'
export {
  type ArmedKnackFault,
  EVERY_KNACK_FAULT_EFFECT,
  KNACK_FAULT_EFFECTS,
  type KnackFault,
  type KnackFaultEffect,
  type KnackFaultMatch,
  type KnackFaults,
  type KnackHandEdit,
  type KnackOperation,
  type KnackRequestRecord,
} from './knack/knack-faults.ts'
export type { OracleDatabase, TableDefinition } from './oracle/database.ts'
export type { OracleControlState } from './oracle/oracle-control.ts'
export {
  type ArmedFault,
  EVERY_ORACLE_FAULT,
  type OracleFault,
  type OracleFaultKind,
  OracleFaults,
} from './oracle/oracle-faults.ts'
export {
  createOracleDatabase,
  type FunctionDefinition,
  type OracleDatabaseOptions,
  type OracleSqlDatabase,
} from './oracle/sql/oracle-database.ts'
export type { OracleType, OracleValue } from './oracle/values.ts'
export type { S3Credentials } from './s3/request-signature.ts'
export type { BucketAccess, BucketOptions } from './s3/s3-access.ts'
export { connectS3Control, type RemoteS3Fault, type S3Control } from './s3/s3-control.ts'
export {
  type ArmedS3Fault,
  S3_FAULT_EFFECTS,
  type S3Fault,
  type S3FaultEffect,
  type S3FaultMatch,
  type S3Faults,
  type S3RequestRecord,
} from './s3/s3-faults.ts'
export type { S3Operation, S3Permission } from './s3/s3-operations.ts'
export {
  addBenchTable,
  BENCH_TABLE,
  type BenchColumns,
  type BenchTable,
  benchColumnNames,
  benchTable,
} from './sample/bench-table.ts'
export {
  addFinanceSchema,
  addTransferOrders,
  applyFinanceDayTwo,
  emptyDepartmentUnits,
  FINANCE_READER,
  grantFlashback,
  removeTransferOrders,
  revokeFlashback,
  transferCent,
} from './sample/finance-schema.ts'
export { financeKnackApps } from './sample/knack-apps.ts'
export { financeSocrataDatasets } from './sample/socrata-datasets.ts'
export type { SocrataCredentials, SocrataUser } from './socrata/socrata-access.ts'
export {
  connectSocrataControl,
  type RemoteSocrataFault,
  type SocrataControl,
} from './socrata/socrata-control.ts'
export type {
  SocrataColumn,
  SocrataDatasetDefinition,
  SocrataInput,
  SocrataRow,
} from './socrata/socrata-dataset.ts'
export {
  type ArmedSocrataFault,
  SOCRATA_FAULT_EFFECTS,
  type SocrataFault,
  type SocrataFaultEffect,
  type SocrataFaultKind,
  type SocrataFaultMatch,
  type SocrataFaults,
  type SocrataOperation,
  type SocrataRequestRecord,
} from './socrata/socrata-faults.ts'
export type { SocrataCell, SocrataType } from './socrata/socrata-values.ts'
export { type StandInProcess, startStandInProcess } from './stand-in-process.ts'
export {
  SCENES,
  type SceneName,
  type StandInEndpoints,
  type StandIns,
  type StandInsOptions,
  startStandIns,
} from './stand-ins.ts'
export { type KnackOptions, type KnackServer, startKnack } from './start-knack.ts'
export {
  type OracleServer,
  type OracleServerOptions,
  type OracleSessionState,
  type OracleTls,
  type SessionEnding,
  startOracle,
} from './start-oracle.ts'
export { type S3Options, type S3Server, startS3 } from './start-s3.ts'
export { type SocrataOptions, type SocrataServer, startSocrata } from './start-socrata.ts'
export { createVirtualClock, type VirtualClock } from './virtual-clock.ts'
