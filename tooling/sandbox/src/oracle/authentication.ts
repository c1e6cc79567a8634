import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  pbkdf2,
  pbkdf2Sync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import { MESSAGE } from './ttc-messages.ts'
import { OracleError } from './values.ts'
import type { WireReader, WireWriter } from './wire-buffer.ts'

const deriveKey = promisify(pbkdf2)

const VERIFIER_12C = 0x4815
const VERIFIER_ROUNDS = 4096
const SESSION_KEY_ROUNDS = 3
const MODE_LOGON_WITH_PASSWORD = 0x0101

/** What is kept of a password. */
interface Verifier {
  readonly salt: Buffer
  readonly hash: Buffer
}

interface Account {
  readonly verifier: Verifier
  failures: number
  isLocked: boolean
  /** Days until the password expires, once the user is told; 0 when it has expired. */
  daysLeft: number | undefined
}

export interface AuthenticationRequest {
  readonly user: string
  readonly mode: number
  readonly pairs: ReadonlyMap<string, string>
}

export interface AccountOptions {
  /** User names and their passwords; names without quotes are upper case. */
  readonly users: Readonly<Record<string, string>>
  /** Failed logons in a row after which an account is locked; never by default. */
  readonly lockAfterFailures?: number
}

/** Keeps verifiers instead of passwords and counts the failed logons of every name that was tried. */
export class Accounts {
  readonly #accounts = new Map<string, Account>()
  readonly #failures = new Map<string, number>()
  readonly #lockAfterFailures: number
  readonly #secret = randomBytes(32)

  constructor({ users, lockAfterFailures = Number.POSITIVE_INFINITY }: AccountOptions) {
    this.#lockAfterFailures = lockAfterFailures
    for (const [name, password] of Object.entries(users)) this.setPassword(name, password)
  }

  setPassword(name: string, password: string): void {
    const salt = randomBytes(16)
    const speedyKey = pbkdf2Sync(Buffer.from(password), speedySalt(salt), VERIFIER_ROUNDS, 64, 'sha512')
    this.#accounts.set(foldName(name), {
      verifier: { salt, hash: verifierHash(speedyKey, salt) },
      failures: 0,
      isLocked: false,
      daysLeft: undefined,
    })
  }

  lock(name: string): void {
    this.#at(name).isLocked = true
  }

  unlock(name: string): void {
    const account = this.#at(name)
    account.isLocked = false
    account.failures = 0
  }

  /** With days left, logons work and are warned with ORA-28002; without, they fail with ORA-28001. A new password ends both. */
  expirePassword(name: string, daysLeft = 0): void {
    this.#at(name).daysLeft = daysLeft
  }

  #at(name: string): Account {
    const account = this.#accounts.get(foldName(name))
    if (account === undefined) throw new Error(`there is no user ${foldName(name)}`)
    return account
  }

  /** Failed logons by user name since the start, unknown names included. */
  failedLogons(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#failures)
  }

  /** The same answer for an unknown user as for a known one, so that names cannot be guessed from it. */
  verifierOf(user: string): Verifier {
    return (
      this.#accounts.get(user)?.verifier ?? {
        salt: createHmac('sha256', this.#secret).update(user).digest().subarray(0, 16),
        hash: randomBytes(32),
      }
    )
  }

  recordLogon(user: string, isPasswordRight: boolean): void {
    const account = this.#accounts.get(user)
    if (account?.isLocked) {
      this.#countFailure(user)
      throw new OracleError(28000, 'the account is locked')
    }
    if (isPasswordRight && account !== undefined) {
      account.failures = 0
      if (account.daysLeft === 0) throw new OracleError(28001, 'the password has expired')
      return
    }
    this.#countFailure(user)
    if (account !== undefined) {
      account.failures++
      account.isLocked = account.failures >= this.#lockAfterFailures
    }
    throw new OracleError(1017, 'invalid username/password; logon denied')
  }

  /** What a user is told that has just logged on. */
  warningFor(user: string): OracleError | undefined {
    const daysLeft = this.#accounts.get(user)?.daysLeft
    if (daysLeft === undefined) return undefined
    return new OracleError(28002, `the password will expire within ${daysLeft} days`)
  }

  #countFailure(user: string): void {
    this.#failures.set(user, (this.#failures.get(user) ?? 0) + 1)
  }
}

/** One logon: first the verifier, then the proof that both sides know the password. */
export class Authentication {
  readonly user: string
  readonly #accounts: Accounts
  readonly #verifier: Verifier
  readonly #serverKey = randomBytes(32)
  readonly #mixingSalt = randomBytes(16)

  constructor(accounts: Accounts, { user, mode }: AuthenticationRequest) {
    if ((mode & ~MODE_LOGON_WITH_PASSWORD) !== 0) {
      throw new OracleError(3115, 'the sandbox does not imitate administrative logons and password changes')
    }
    this.user = foldName(user)
    this.#accounts = accounts
    this.#verifier = accounts.verifierOf(this.user)
  }

  writeChallenge(out: WireWriter): void {
    writePairs(out, [
      ['AUTH_SESSKEY', hexOf(encrypt(this.#verifier.hash, this.#serverKey)), 0],
      ['AUTH_VFR_DATA', hexOf(this.#verifier.salt), VERIFIER_12C],
      ['AUTH_PBKDF2_CSK_SALT', hexOf(this.#mixingSalt), 0],
      ['AUTH_PBKDF2_VGEN_COUNT', String(VERIFIER_ROUNDS), 0],
      ['AUTH_PBKDF2_SDER_COUNT', String(SESSION_KEY_ROUNDS), 0],
    ])
  }

  /** Answers what proves the server to the client. Throws ORA-01017 or ORA-28000 and counts the failure, or ORA-28001. */
  async verify({ pairs }: AuthenticationRequest): Promise<string> {
    for (const key of ['AUTH_NEWPASSWORD', 'PROXY_CLIENT_NAME', 'AUTH_TOKEN']) {
      if (pairs.has(key)) throw new OracleError(3115, `the sandbox does not imitate logons with ${key}`)
    }
    const clientKey = decrypt(this.#verifier.hash, fromHex(pairs.get('AUTH_SESSKEY')).subarray(0, 32))
    const mixed = Buffer.from(hexOf(Buffer.concat([clientKey, this.#serverKey])))
    const sessionKey = await deriveKey(mixed, this.#mixingSalt, SESSION_KEY_ROUNDS, 32, 'sha512')
    const password = passwordIn(decrypt(sessionKey, fromHex(pairs.get('AUTH_PASSWORD'))))
    this.#accounts.recordLogon(this.user, password !== undefined && (await matches(password, this.#verifier)))
    const proof = Buffer.concat([randomBytes(16), Buffer.from('SERVER_TO_CLIENT'), Buffer.alloc(16, 16)])
    return hexOf(encrypt(sessionKey, proof))
  }
}

export function readAuthentication(request: WireReader): AuthenticationRequest {
  const hasUser = request.u8() !== 0
  request.ub()
  const mode = request.ub()
  request.u8()
  const count = request.ub()
  request.skip(2)
  const user = hasUser ? request.text() : ''
  const pairs = new Map<string, string>()
  for (let pair = 0; pair < count; pair++) {
    const key = request.sizedText()
    pairs.set(key, request.sizedText())
    request.ub()
  }
  request.expectEnd('the authentication message')
  return { user, mode, pairs }
}

export function writePairs(out: WireWriter, pairs: readonly (readonly [string, string, number])[]): void {
  out.u8(MESSAGE.parameter)
  out.ub(pairs.length)
  for (const [key, value, flags] of pairs) {
    out.sizedText(key)
    out.sizedText(value)
    out.ub(flags)
  }
}

/** Names are upper case unless they are quoted. */
export function foldName(name: string): string {
  const quoted = /^"(.*)"$/.exec(name)
  return quoted?.[1] ?? name.toUpperCase()
}

function speedySalt(salt: Buffer): Buffer {
  return Buffer.concat([salt, Buffer.from('AUTH_PBKDF2_SPEEDY_KEY')])
}

function verifierHash(speedyKey: Buffer, salt: Buffer): Buffer {
  return createHash('sha512').update(speedyKey).update(salt).digest().subarray(0, 32)
}

async function matches(password: Buffer, { salt, hash }: Verifier): Promise<boolean> {
  const speedyKey = await deriveKey(password, speedySalt(salt), VERIFIER_ROUNDS, 64, 'sha512')
  return timingSafeEqual(verifierHash(speedyKey, salt), hash)
}

/** The password after 16 random bytes and before its padding; undefined when the key was wrong. */
function passwordIn(decrypted: Buffer): Buffer | undefined {
  const padding = decrypted.at(-1) ?? 0
  if (padding < 1 || padding > 16 || decrypted.length < 16 + padding) return undefined
  const end = decrypted.length - padding
  return decrypted.subarray(end).every((byte) => byte === padding) ? decrypted.subarray(16, end) : undefined
}

function encrypt(key: Buffer, value: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, Buffer.alloc(16)).setAutoPadding(false)
  return Buffer.concat([cipher.update(value), cipher.final()])
}

function decrypt(key: Buffer, value: Buffer): Buffer {
  if (value.length === 0 || value.length % 16 !== 0) {
    throw new OracleError(1017, 'invalid username/password; logon denied')
  }
  const decipher = createDecipheriv('aes-256-cbc', key, Buffer.alloc(16)).setAutoPadding(false)
  return Buffer.concat([decipher.update(value), decipher.final()])
}

function hexOf(value: Buffer): string {
  return value.toString('hex').toUpperCase()
}

function fromHex(value = ''): Buffer {
  return Buffer.from(value, 'hex')
}
