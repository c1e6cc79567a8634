import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that listens; disposing it closes its connections, answered or not. */
export interface HttpListener extends AsyncDisposable {
  readonly url: string
  /** Address and port, without a scheme. */
  readonly host: string
}

/** Listens on the loopback interface, unless another address is given; port 0 takes a free one. */
export async function listenHttp(server: Server, port: number, address = '127.0.0.1'): Promise<HttpListener> {
  server.listen(port, address)
  await once(server, 'listening')
  const host = `${address}:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${host}`,
    host,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
