import { readFileSync } from 'node:fs'
import { DATASET_ID } from './destination-input.ts'
import type {
  Destination,
  KnackConnection,
  KnackDestination,
  Reference,
  SocrataConnection,
  SocrataDestination,
} from './mapping.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** How to reach and enter one Knack app. */
export interface KnackSettings extends Omit<KnackConnection, 'appId' | 'apiKey' | 'apiUrl'> {
  readonly appId: string
  /** Asked at every call, so that a rotated secret file is read again; a function, so that no log can print it. */
  readonly apiKey: () => string
  /** Without a slash at its end. */
  readonly apiUrl: string
}

/** How to reach and enter one Socrata domain. */
export interface SocrataSettings
  extends Omit<SocrataConnection, 'domain' | 'appToken' | 'user' | 'password'> {
  /** Without a path: `https://data.example.org`. */
  readonly baseUrl: string
  readonly appToken: () => string
  readonly user: string
  readonly password: () => string
  /** Ids by record type, of those that were asked for. */
  readonly datasets: Readonly<Record<string, string>>
}

export type PublisherEnv<Settings> =
  | { readonly settings: Settings }
  | { readonly problems: readonly string[] }

/**
 * The settings of a destination for these record types, or every problem at once: variables and files by name, never a value. A
 * variable may itself hold a reference, `env:NAME` or `file:/path`.
 */
export function publisherEnv(
  destination: KnackDestination,
  recordTypes: readonly string[],
  variables: Environment,
): PublisherEnv<KnackSettings>
export function publisherEnv(
  destination: SocrataDestination,
  recordTypes: readonly string[],
  variables: Environment,
): PublisherEnv<SocrataSettings>
export function publisherEnv(
  destination: Destination,
  recordTypes: readonly string[],
  variables: Environment,
): PublisherEnv<KnackSettings | SocrataSettings>
export function publisherEnv(
  destination: Destination,
  recordTypes: readonly string[],
  variables: Environment,
): PublisherEnv<KnackSettings | SocrataSettings> {
  const problems: string[] = []
  const settings =
    destination.kind === 'knack'
      ? knackSettings(destination, variables, problems)
      : socrataSettings(destination, recordTypes, variables, problems)
  return problems.length > 0 ? { problems } : { settings }
}

function knackSettings(
  { name, connection }: KnackDestination,
  variables: Environment,
  problems: string[],
): KnackSettings {
  const { appId, apiKey, apiUrl, ...rest } = connection
  const read = (reference: Reference, what: string) =>
    readReference(reference, `${what} of ${name}`, variables, problems)
  const id = read(appId, 'the app id')
  const key = read(apiKey, 'the API key')
  const url = read(apiUrl, 'the API URL')
  checkPair([appId, id], [apiKey, key], name, problems)
  if (id && !/^[\w-]+$/.test(id.value())) problems.push(`${id.name} is no app id: letters and digits`)
  if (key && !/^[\x21-\x7e]+$/.test(key.value()))
    problems.push(`${key.name} is no API key: it has spaces or line ends`)
  return {
    ...rest,
    appId: id?.value() ?? '',
    apiKey: () => key?.value() ?? '',
    apiUrl: url ? toUrl(url, problems) : '',
  }
}

function socrataSettings(
  { name, connection, recordTypes: mappings }: SocrataDestination,
  recordTypes: readonly string[],
  variables: Environment,
  problems: string[],
): SocrataSettings {
  const { domain, appToken, user, password, ...rest } = connection
  const read = (reference: Reference, what: string) =>
    readReference(reference, `${what} of ${name}`, variables, problems)
  const host = read(domain, 'the domain')
  const token = read(appToken, 'the app token')
  const login = read(user, 'the user')
  const secret = read(password, 'the password')
  const baseUrl = host ? toOrigin(host, problems) : ''
  const datasets: Record<string, string> = {}
  for (const recordType of recordTypes) {
    const target = mappings[recordType]?.target
    if (target === undefined) throw new RangeError(`${name} does not take ${recordType}`)
    const id = read(target, `the dataset of ${recordType}`)
    if (!id) continue
    if (!DATASET_ID.test(id.value())) problems.push(`${id.name} is no id of a dataset, such as abcd-1234`)
    datasets[recordType] = id.value()
  }
  return {
    ...rest,
    baseUrl,
    appToken: () => token?.value() ?? '',
    user: login?.value() ?? '',
    password: () => secret?.value() ?? '',
    datasets,
  }
}

interface Resolved {
  /** How to speak of it: the variable, the file, or what it is. */
  readonly name: string
  /** Its place among the references that were given. */
  readonly place: number
  readonly value: () => string
}

/** The first reference that is set; otherwise a problem that names them all. */
function readReference(
  reference: Reference,
  what: string,
  variables: Environment,
  problems: string[],
): Resolved | undefined {
  const parts = [reference].flat()
  for (const [place, part] of parts.entries()) {
    const isFile = part.startsWith('file:')
    const name = part.startsWith('env:') ? part.slice(4) : isFile ? part : what
    try {
      const value = () => resolve(part, variables)
      if (value() !== '') return { name, place, value }
    } catch (cause) {
      const code = codeOf(cause)
      if (isFile && code === 'ENOENT' && place < parts.length - 1) continue
      problems.push(`${name} ${isFile ? '' : 'refers to a file that '}cannot be read (${code})`)
      return undefined
    }
  }
  const [first = '', ...others] = parts.map((part) => part.replace(/^env:/, ''))
  problems.push(`${first} is not set${others.length > 0 ? `, nor is ${others.join(', ')}` : ''} (${what})`)
  return undefined
}

/** The text behind a reference, or an empty one. A variable that holds a reference is followed, once. */
function resolve(reference: string, variables: Environment, depth = 0): string {
  const [, kind, target = ''] = /^(env|file):(.+)$/s.exec(reference) ?? []
  if (kind === undefined || depth > 1) return reference
  if (kind === 'file') return readFileSync(target, 'utf8').replace(/\r?\n$/, '')
  const value = variables[target]?.trim() ?? ''
  return resolve(value, variables, depth + 1)
}

/** An id of one app with the key of another one is refused by Knack, or worse, is not. */
function checkPair(
  [appIds, id]: readonly [Reference, Resolved | undefined],
  [apiKeys, key]: readonly [Reference, Resolved | undefined],
  name: string,
  problems: string[],
): void {
  if (!id || !key || typeof appIds === 'string' || typeof apiKeys === 'string') return
  if (appIds.length !== apiKeys.length || id.place === key.place) return
  problems.push(
    `${id.name} and ${key.name} are not of one pair, so that they may belong to different apps: set both ${appIds.map((_, place) => [appIds[place], apiKeys[place]].map((part) => part?.replace(/^env:/, '')).join(' and ')).join(', or both ')} (for ${name})`,
  )
}

function toUrl({ name, value }: Resolved, problems: string[]): string {
  const url = parseUrl(value())
  if (url && !url.search && !url.hash) return url.href.replace(/\/+$/, '')
  problems.push(
    `${name} is no https URL, such as https://api.knack.com/v1 (http only to this machine or a name without a domain), and it holds no user, query or fragment`,
  )
  return ''
}

function toOrigin({ name, value }: Resolved, problems: string[]): string {
  const text = value()
  const url = parseUrl(/^https?:\/\//i.test(text) ? text : `https://${text}`)
  if (url && url.pathname === '/' && !url.search && !url.hash) return url.origin
  problems.push(
    `${name} is neither a host, such as data.example.org, nor its https URL without a path (http only to this machine or a name without a domain)`,
  )
  return ''
}

function parseUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOCAL_HOST.test(url.hostname))
  return isSafe && url.username === '' && url.password === '' ? url : undefined
}

/** This machine, or a name without a domain: over http, every call would show the secrets to all in between. */
const LOCAL_HOST = /^(?:127(?:\.\d+){3}|\[::1\]|[^.:[\]]+)$/

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
}
