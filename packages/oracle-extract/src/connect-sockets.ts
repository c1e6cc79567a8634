import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** The sockets of one connect attempt and of the connection that comes of it. */
export interface ConnectSockets {
  /** Ends them at once, also those still to come: whatever waits on them fails. */
  drop(): void
  /** Ends them once everything is written. */
  end(): void
}

interface SocketGroup extends ConnectSockets {
  add(socket: Socket): void
}

// The driver has no way to give up a connect attempt, or a connection whose server no longer answers, so the sockets are
// caught as they are made. Node publishes each in the async context of the one who connects.
const groups = new AsyncLocalStorage<SocketGroup>()
subscribe('net.client.socket', (message) => {
  groups.getStore()?.add((message as { readonly socket: Socket }).socket)
})

/** Calls `connect` and keeps hold of every TCP socket that is opened in its course. */
export function holdSockets<T>(connect: () => T): { readonly result: T; readonly sockets: ConnectSockets } {
  const group = createSocketGroup()
  return { result: groups.run(group, connect), sockets: group }
}

function createSocketGroup(): SocketGroup {
  const sockets = new Set<Socket>()
  let isDropped = false

  const destroy = (socket: Socket) => {
    // With an error, since the driver waits for nothing else; with a listener, since the driver may have none yet.
    socket.on('error', () => {})
    socket.destroy(new Error('given up'))
  }

  return {
    add(socket) {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      if (isDropped) destroy(socket)
    },
    drop() {
      isDropped = true
      for (const socket of sockets) destroy(socket)
    },
    end() {
      isDropped = true
      for (const socket of sockets) socket.destroySoon()
    },
  }
}
