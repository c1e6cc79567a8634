import type { WireReader } from './wire-buffer.ts'

/** What is known of a session's client; `context` is what SQL can ask for and changes with every piggyback. */
export class SessionFacts {
  readonly sid: number
  readonly serial: number
  user = ''
  /** Of the session's time zone, east of UTC. */
  offsetMinutes = 0
  /** By the names of SYS_CONTEXT('USERENV', …). */
  readonly context = new Map<string, string>()

  constructor(sid: number, serial: number, address: string) {
    this.sid = sid
    this.serial = serial
    this.context.set('SID', String(sid))
    this.context.set('SERIAL#', String(serial))
    this.context.set('IP_ADDRESS', address)
  }

  setClient(pairs: ReadonlyMap<string, string>): void {
    this.#setFromPairs(pairs, {
      AUTH_TERMINAL: 'TERMINAL',
      AUTH_PROGRAM_NM: 'CLIENT_PROGRAM_NAME',
      AUTH_MACHINE: 'HOST',
      AUTH_PID: 'CLIENT_PROCESS',
      AUTH_SID: 'OS_USER',
    })
  }

  logOn(user: string, pairs: ReadonlyMap<string, string>): void {
    this.user = user
    this.context.set('SESSION_USER', user)
    this.#setFromPairs(pairs, { SESSION_CLIENT_DRIVER_NAME: 'CLIENT_DRIVER' })
    for (const [key, value] of pairs) {
      const zone = key.startsWith('AUTH_ALTER_') ? /TIME_ZONE\s*=\s*'([+-])(\d+):(\d+)'/i.exec(value) : null
      if (zone === null) continue
      const [, sign, hours, minutes] = zone
      this.offsetMinutes = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
    }
  }

  #setFromPairs(pairs: ReadonlyMap<string, string>, names: Readonly<Record<string, string>>): void {
    for (const [key, name] of Object.entries(names)) {
      const value = pairs.get(key)
      if (value !== undefined) this.context.set(name, value)
    }
  }

  /** Module, action, client id and the like; the values follow in the order of their lengths. */
  readEndToEnd(request: WireReader): () => void {
    request.skip(2)
    request.ub()
    const lengths = new Map<string, number>()
    const readLength = (name: string) => {
      const isSet = request.u8() !== 0
      const length = request.ub()
      if (isSet) lengths.set(name, length)
    }
    for (const name of ['CLIENT_IDENTIFIER', 'MODULE', 'ACTION', 'ECID']) readLength(name)
    request.u8()
    request.ub()
    readLength('CLIENT_INFO')
    request.u8()
    request.ub()
    request.u8()
    request.ub()
    readLength('DBOP_NAME')
    const values = new Map<string, string>()
    for (const [name, length] of lengths) values.set(name, length === 0 ? '' : request.text())
    return () => {
      for (const [name, value] of values) this.#set(name, value)
    }
  }

  readApplicationContext(request: WireReader): () => void {
    if (request.u8() !== 0) request.ub()
    request.u8()
    const count = request.ub()
    request.ub()
    request.u8()
    const namespace = request.text()
    const pairs = Array.from({ length: count }, () => {
      const pair = [request.sizedText(), request.sizedText()] as const
      request.ub()
      return pair
    })
    return () => {
      for (const [key, value] of pairs) this.#set(`${namespace}.${key}`, value)
    }
  }

  #set(name: string, value: string): void {
    if (value === '') this.context.delete(name)
    else this.context.set(name, value)
  }
}
