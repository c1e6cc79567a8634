import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { exitCodeOf } from '@findata/core'
import { type CertificateRequest, createCertificateAuthority, type OracleServer } from '@findata/sandbox'
import { expect, test } from 'vitest'
import { type OraclePool, openOraclePool, oracleEnv } from '../src/index.ts'
import { IMPATIENT, openTestOracle, readAll } from './support/open-oracle.ts'

const READER = fileURLToPath(new URL('support/read-things.ts', import.meta.url))
const WALLET_PASSWORD = 'open sesame'
const DAY_MS = 86_400_000
const signal = new AbortController().signal

const authority = createCertificateAuthority()
const otherAuthority = createCertificateAuthority('another authority')
const client = authority.issue({ commonName: 'findata' })
const stranger = otherAuthority.issue({ commonName: 'findata' })
const WALLET = client.sealedKey(WALLET_PASSWORD) + client.certificate + authority.certificate

async function openTlsOracle(request: Partial<CertificateRequest> = {}, clientAuthority?: string) {
  const { certificate, key } = authority.issue({ commonName: 'db', hosts: ['127.0.0.1'], ...request })
  const tls = { certificate, key, ...(clientAuthority !== undefined && { clientAuthority }) }
  return await openTestOracle(9, { tls })
}

async function makeWallet(text: string) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'findata-wallet-'))
  await writeFile(join(folder.path, 'ewallet.pem'), text)
  return folder
}

function credentials({ user, password }: OracleServer) {
  return { ORACLE_USER: user, ORACLE_PASSWORD: password }
}

function openPool(environment: Record<string, string>): OraclePool {
  const env = oracleEnv(environment)
  if ('problems' in env) throw new Error(env.problems.join(', '))
  return openOraclePool(env.settings, IMPATIENT)
}

test('rows come over TCPS with a wallet, by connect string and by host, port and service', async () => {
  await using oracle = await openTlsOracle({}, authority.certificate)
  await using wallet = await makeWallet(WALLET)
  const { host, port, service, connectString } = oracle.server
  for (const address of [
    { ORACLE_CONNECT_STRING: connectString },
    { ORACLE_HOST: host, ORACLE_PORT: String(port), ORACLE_SERVICE: service },
  ]) {
    await using pool = openPool({
      ...credentials(oracle.server),
      ...address,
      ORACLE_WALLET_LOCATION: wallet.path,
      ORACLE_WALLET_PASSWORD: WALLET_PASSWORD,
    })
    expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
  }
  expect(oracle.server.defects()).toEqual([])
})

test('without a wallet, the authorities of NODE_EXTRA_CA_CERTS are trusted', async () => {
  await using oracle = await openTlsOracle()
  await using folder = await mkdtempDisposable(join(tmpdir(), 'findata-authority-'))
  const file = join(folder.path, 'authority.pem')
  await writeFile(file, authority.certificate)
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@findata/source', READER], {
    env: {
      ...credentials(oracle.server),
      ORACLE_CONNECT_STRING: oracle.server.connectString,
      NODE_EXTRA_CA_CERTS: file,
    },
  })
  expect(stdout).toBe('9\n')
})

test.each(['?ssl_server_dn_match=no', '?ssl_server_cert_dn="CN=db"'])(
  'with %s in the connect string, a certificate need not name the host',
  async (parameter) => {
    await using oracle = await openTlsOracle({ hosts: ['db.example'] })
    await using wallet = await makeWallet(WALLET)
    await using pool = openPool({
      ...credentials(oracle.server),
      ORACLE_CONNECT_STRING: `${oracle.server.connectString}${parameter}`,
      ORACLE_WALLET_LOCATION: wallet.path,
      ORACLE_WALLET_PASSWORD: WALLET_PASSWORD,
    })
    expect(await readAll(pool, oracle.things)).toEqual(oracle.expected)
  },
)

interface Mistake {
  readonly name: string
  readonly certificate?: Partial<CertificateRequest>
  readonly wallet?: string
  readonly password?: string
  readonly parameter?: string
  readonly message: RegExp
}

const MISTAKES: readonly Mistake[] = [
  {
    name: 'another authority in the wallet',
    wallet: client.key + client.certificate + otherAuthority.certificate,
    message: /no authority that is trusted here has signed .*Put the authority into ewallet\.pem/,
  },
  {
    name: 'an expired certificate of the database',
    certificate: { validFrom: new Date(Date.now() - 2 * DAY_MS), validUntil: new Date(Date.now() - DAY_MS) },
    message: /has expired .*Have the DBA renew it/,
  },
  {
    name: 'a certificate of the database that is not valid yet',
    certificate: { validFrom: new Date(Date.now() + DAY_MS / 2) },
    message: /is not valid yet .*check the clock of this machine/,
  },
  {
    name: 'a certificate of the database for another host',
    certificate: { hosts: ['db.example'] },
    message: /is for another host .*Connect by a host name that the certificate holds/,
  },
  {
    name: 'a certificate of the database for another subject',
    parameter: '?ssl_server_cert_dn="CN=other"',
    message: /has another subject .*Correct ssl_server_cert_dn/,
  },
  {
    name: 'a wrong wallet password',
    password: 'abracadabra',
    message: /does not open with the password given .*Set ORACLE_WALLET_PASSWORD/,
  },
  {
    name: 'a sealed wallet without a password',
    password: '',
    message: /the wallet needs a password, and none was given .*Set ORACLE_WALLET_PASSWORD/,
  },
  {
    name: 'a wallet without a private key',
    wallet: authority.certificate,
    message: /the wallet is not usable .*NODE_EXTRA_CA_CERTS/,
  },
  { name: 'a wallet that is no wallet', wallet: 'PK', message: /the wallet is not usable / },
]

test.each(MISTAKES)(
  '$name is a mistake of the environment that no retry and no secret goes with',
  async ({ certificate, wallet: text = WALLET, password = WALLET_PASSWORD, parameter = '', message }) => {
    await using oracle = await openTlsOracle(certificate)
    await using wallet = await makeWallet(text)
    await using pool = openPool({
      ...credentials(oracle.server),
      ORACLE_CONNECT_STRING: `${oracle.server.connectString}${parameter}`,
      ORACLE_WALLET_LOCATION: wallet.path,
      ORACLE_WALLET_PASSWORD: password,
    })
    const error = await pool.openSession({ signal }).catch((cause: unknown) => cause)
    expect(error).toMatchObject({
      name: 'TerminalError',
      code: 'ENVIRONMENT_INVALID',
      message: expect.stringMatching(/^Connecting to Oracle as FINANCE failed: /),
    })
    expect((error as Error).message).toMatch(message)
    expect(exitCodeOf(error)).toBe(2)
    const shown = inspect(error, { depth: 9, showHidden: true })
    for (const secret of [oracle.server.password, password || WALLET_PASSWORD, 'PRIVATE KEY'])
      expect(shown).not.toContain(secret)
    expect(oracle.server.messageCount()).toBe(0)
  },
)

test('a wallet folder without ewallet.pem is named as such', async () => {
  await using oracle = await openTlsOracle()
  await using folder = await mkdtempDisposable(join(tmpdir(), 'findata-wallet-'))
  await using pool = openPool({
    ...credentials(oracle.server),
    ORACLE_CONNECT_STRING: oracle.server.connectString,
    ORACLE_WALLET_LOCATION: folder.path,
  })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({
    code: 'ENVIRONMENT_INVALID',
    message: expect.stringMatching(/the wallet cannot be read .*Check ORACLE_WALLET_LOCATION/),
  })
})

test.each([
  ['no certificate', undefined],
  ['one of another authority', stranger.key + stranger.certificate + authority.certificate],
])('a database that asks for a certificate lets nobody in who has %s', async (_, text) => {
  await using oracle = await openTlsOracle({}, authority.certificate)
  await using wallet = await makeWallet(text ?? '')
  await using pool = openPool({
    ...credentials(oracle.server),
    ORACLE_CONNECT_STRING: oracle.server.connectString,
    ...(text !== undefined && { ORACLE_WALLET_LOCATION: wallet.path }),
  })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({
    code: expect.stringMatching(/^(ENVIRONMENT_INVALID|ORACLE_UNREACHABLE)$/),
    message: expect.stringMatching(/certificate/),
  })
  expect(oracle.server.sessions()).toEqual([])
})

test('TLS to a port that speaks none, and none to a port that wants it, say which to look at', async () => {
  await using secure = await openTlsOracle()
  await using plain = await openTestOracle(1)
  await using wallet = await makeWallet(WALLET)
  const withWallet = { ORACLE_WALLET_LOCATION: wallet.path, ORACLE_WALLET_PASSWORD: WALLET_PASSWORD }
  for (const [connectString, settings, message] of [
    [
      `tcps://${plain.server.connectString}`,
      withWallet,
      /the TLS handshake was broken off .*the port speaks TLS/,
    ],
    [secure.server.connectString.replace('tcps://', ''), {}, /was broken off .*\(TCP or TCPS\)/],
  ] as const) {
    await using pool = openPool({
      ...credentials(plain.server),
      ...settings,
      ORACLE_CONNECT_STRING: connectString,
    })
    await expect(pool.openSession({ signal })).rejects.toMatchObject({
      name: 'TransientError',
      code: 'ORACLE_UNREACHABLE',
      message: expect.stringMatching(message),
    })
  }
})

test('a TLS handshake that is never answered is given up at the deadline, and its socket is closed', async () => {
  const sockets = new Set<unknown>()
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.resume()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  await using wallet = await makeWallet(client.key + client.certificate + authority.certificate)
  const env = oracleEnv({
    ORACLE_USER: 'X',
    ORACLE_PASSWORD: 'x',
    ORACLE_CONNECT_STRING: `tcps://127.0.0.1:${port}/fin`,
    ORACLE_WALLET_LOCATION: wallet.path,
  })
  if ('problems' in env) throw new Error(env.problems.join(', '))
  await using pool = openOraclePool(env.settings, { connectTimeoutMs: 100, retry: { attempts: 1 } })
  await expect(pool.openSession({ signal })).rejects.toMatchObject({
    code: 'ORACLE_UNREACHABLE',
    message: expect.stringContaining('no answer within 0.1 s'),
  })
  await expect.poll(() => sockets.size).toBe(0)
  listener.close()
})
