import type { Server } from 'node:http'
import { connectControl, type RemoteCallFault, type RemoteFaults, toRemoteFaults } from '../control-client.ts'
import { createControlServer, faultRoutes } from '../control-server.ts'
import { S3_FAULT_EFFECTS, type S3Fault, type S3Faults, type S3RequestRecord } from './s3-faults.ts'

/** The faults and the log of a server in another process, over its control URL. */
export interface S3Control extends RemoteFaults<S3Fault, S3RequestRecord> {
  callCount(): Promise<number>
}

export type RemoteS3Fault = RemoteCallFault<S3RequestRecord>

export function connectS3Control(controlUrl: string): S3Control {
  const faults = toRemoteFaults<S3Fault, S3RequestRecord>(connectControl(controlUrl, 'S3'))
  return { ...faults, callCount: async () => (await faults.requests()).length }
}

/** Serves the control URL: what `S3Control` asks for, in JSON. */
export function createS3ControlServer(faults: S3Faults, requests: () => readonly S3RequestRecord[]): Server {
  return createControlServer(faultRoutes(faults, S3_FAULT_EFFECTS, requests))
}
