import type { IncomingHttpHeaders } from 'node:http'
import { SocrataError } from './socrata-error.ts'

export interface SocrataUser {
  readonly user: string
  readonly password: string
}

export interface SocrataCredentials extends SocrataUser {
  readonly appToken: string
}

export interface SocrataAccess {
  /** May read and write. */
  readonly credentials: SocrataCredentials
  /** May read also what is not public, and write nothing. */
  readonly readers: readonly SocrataUser[]
}

/** Who calls. @throws SocrataError for a wrong password or app token */
export function identify(
  { credentials, readers }: SocrataAccess,
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): 'owner' | 'reader' | 'anonymous' {
  const token = headers['x-app-token'] ?? query.get('$$app_token') ?? undefined
  if (token !== undefined && token !== credentials.appToken) {
    throw new SocrataError('permission_denied', 'Invalid app_token specified')
  }
  const { authorization } = headers
  if (authorization === undefined) return 'anonymous'
  const [, encoded] = /^basic\s+(\S+)$/i.exec(authorization) ?? []
  if (encoded === undefined) {
    throw new SocrataError('not_implemented', 'The stand-in does not imitate OAuth, only HTTP Basic')
  }
  const pair = Buffer.from(encoded, 'base64').toString()
  if (pair === `${credentials.user}:${credentials.password}`) return 'owner'
  if (readers.some(({ user, password }) => pair === `${user}:${password}`)) return 'reader'
  throw new SocrataError('authentication_required', 'Invalid username or password')
}
