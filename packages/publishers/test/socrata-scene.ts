import type { Clock } from '@findata/core'
import {
  createVirtualClock,
  type SocrataDatasetDefinition,
  type SocrataInput,
  type SocrataServer,
  startSocrata,
} from '@findata/sandbox'
import type { SocrataSettings } from '../src/env.ts'
import { createSocrataClient, type SocrataClient } from '../src/socrata/socrata-client.ts'

export const DATASET = 'ggav-ufvc'

export interface SocrataScene extends AsyncDisposable {
  readonly server: SocrataServer
  readonly clock: Clock
  readonly settings: SocrataSettings
  /** What the client said about its retries. */
  readonly messages: readonly string[]
  openClient(options?: {
    readonly settings?: Partial<SocrataSettings>
    readonly timeoutMs?: number
  }): SocrataClient
}

/** One dataset of ids, names and amounts, whose row identifier may be another or none, and a clock that nobody waits for. */
export async function openScene(
  rows: readonly SocrataInput[] = [],
  {
    rowIdentifier = 'id',
    ...definition
  }: Partial<Omit<SocrataDatasetDefinition, 'rowIdentifier'>> & {
    readonly rowIdentifier?: string | null
  } = {},
): Promise<SocrataScene> {
  const clock = createVirtualClock()
  const server = await startSocrata({
    clock,
    datasets: [
      {
        id: DATASET,
        name: 'Task orders',
        columns: [
          { fieldName: 'id', dataTypeName: 'text' },
          { fieldName: 'name', dataTypeName: 'text' },
          { fieldName: 'amount', dataTypeName: 'number' },
        ],
        rows,
        ...(rowIdentifier !== null && { rowIdentifier }),
        ...definition,
      },
    ],
  })
  const settings: SocrataSettings = {
    baseUrl: server.url,
    appToken: () => server.credentials.appToken,
    user: server.credentials.user,
    password: () => server.credentials.password,
    rowsPerRequest: 1_000,
    bytesPerRequest: 4_000_000,
    lagMs: 30_000,
    datasets: { orders: DATASET },
  }
  const messages: string[] = []
  return {
    server,
    clock,
    settings,
    messages,
    openClient: ({ settings: other, timeoutMs } = {}) =>
      createSocrataClient({
        settings: { ...settings, ...other },
        clock,
        signal: new AbortController().signal,
        onRetry: (message) => void messages.push(message),
        ...(timeoutMs !== undefined && { timeoutMs }),
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** `0001`, `0002`, … with a name and an amount. */
export function sampleRows(count: number): SocrataInput[] {
  return Array.from({ length: count }, (_, index) => {
    const id = String(index + 1).padStart(4, '0')
    return { id, name: `Order ${id}`, amount: `${index}.10` }
  })
}
