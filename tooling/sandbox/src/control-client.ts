/** Asks a control URL and gives its JSON. @throws Error with the reason of a refusal */
export type AskControl = <Answer>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
) => Promise<Answer>

/** A fault in another process. */
export interface RemoteCallFault<Call> {
  readonly id: number
  /** The first call it hit, once it has; abort the wait with the signal. */
  arrived(signal?: AbortSignal): Promise<Call>
  release(): Promise<void>
  disarm(): Promise<void>
}

/** The faults and the log of a server in another process. */
export interface RemoteFaults<Fault, Call> {
  arm(fault: Fault): Promise<RemoteCallFault<Call>>
  clear(): Promise<void>
  requests(): Promise<readonly Call[]>
}

/** `service` names the stand-in in errors. */
export function connectControl(controlUrl: string, service: string): AskControl {
  return async (method, path, body, signal) => {
    const response = await fetch(new URL(path, controlUrl), {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const answer = await response.text()
    if (!response.ok)
      throw new Error(`The ${service} stand-in refused ${method} ${path}: ${answer.trimEnd()}`)
    return JSON.parse(answer)
  }
}

/** Asks for what `faultRoutes` serve. */
export function toRemoteFaults<Fault, Call>(ask: AskControl): RemoteFaults<Fault, Call> {
  return {
    async arm(fault) {
      const { id } = await ask<{ id: number }>('POST', '/faults', fault)
      return {
        id,
        arrived: (signal) => ask('GET', `/faults/${id}/arrived`, undefined, signal),
        release: () => ask('POST', `/faults/${id}/release`),
        disarm: () => ask('DELETE', `/faults/${id}`),
      }
    },
    clear: () => ask('DELETE', '/faults'),
    requests: () => ask('GET', '/requests'),
  }
}
