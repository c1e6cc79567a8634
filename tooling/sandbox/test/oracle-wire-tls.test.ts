import { X509Certificate } from 'node:crypto'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { type CertificateRequest, createCertificateAuthority } from '../src/certificates.ts'
import { type OracleServer, type OracleTls, startOracle } from '../src/start-oracle.ts'
import { CannedDatabase, numbered } from './canned-database.ts'

const SQL = 'SELECT n FROM t'
const DAY_MS = 86_400_000
const authority = createCertificateAuthority()

function start(request: Partial<CertificateRequest> = {}, tls: Partial<OracleTls> = {}) {
  const { certificate, key } = authority.issue({ commonName: 'oracle', hosts: ['127.0.0.1'], ...request })
  const rows = () => numbered(5_000, (index) => [String(index)])
  return startOracle({
    database: new CannedDatabase({ [SQL]: { columns: { N: { name: 'NUMBER' } }, rows } }),
    tls: { certificate, key, ...tls },
  })
}

/** The wallet of a client: its certificate and key, and the authority that it trusts. */
function walletOf(commonName = 'client', { trusts = authority, signer = authority } = {}): string {
  const { certificate, key } = signer.issue({ commonName })
  return key + certificate + trusts.certificate
}

async function read(oracle: OracleServer, options: Partial<oracledb.ConnectionAttributes> = {}) {
  const { connectString, user, password } = oracle
  const settings = { connectString, user, password, walletContent: walletOf(), ...options }
  await using connection = await oracledb.getConnection(settings)
  const { rows } = await connection.execute(SQL, [], { fetchArraySize: 1_000 })
  return rows?.length
}

test('a certificate is signed by its authority and holds the names asked for', () => {
  const issuer = new X509Certificate(authority.certificate)
  const issued = new X509Certificate(
    authority.issue({ commonName: 'db.example', hosts: ['db.example', '127.0.0.1'] }).certificate,
  )
  expect(issuer.ca).toBe(true)
  expect(issued.ca).toBe(false)
  expect(issued.verify(issuer.publicKey)).toBe(true)
  expect(issued.checkIssued(issuer)).toBe(true)
  expect(issued.checkHost('db.example')).toBe('db.example')
  expect(issued.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(issued.checkHost('other.example')).toBeUndefined()
})

test('rows come over TLS, and a client without TLS gets none', async () => {
  await using oracle = await start()
  expect(oracle.connectString).toMatch(/^tcps:\/\/127\.0\.0\.1:/)
  expect(await read(oracle)).toBe(5_000)
  await expect(read(oracle, { connectString: oracle.connectString.replace('tcps', 'tcp') })).rejects.toThrow()
  expect(oracle.defects()).toEqual([])
})

test('a wallet folder with a sealed key opens with its password only', async () => {
  await using oracle = await start()
  await using folder = await mkdtempDisposable(join(tmpdir(), 'wallet-'))
  const client = authority.issue({ commonName: 'client' })
  const wallet = client.sealedKey('sesame') + client.certificate + authority.certificate
  await writeFile(join(folder.path, 'ewallet.pem'), wallet)
  const { connectString, user, password } = oracle
  const settings = { connectString, user, password, walletLocation: folder.path }
  await using connection = await oracledb.getConnection({ ...settings, walletPassword: 'sesame' })
  await connection.ping()
  await expect(oracledb.getConnection({ ...settings, walletPassword: 'simsim' })).rejects.toMatchObject({
    code: 'NJS-505',
  })
})

test.each([
  [
    'of another authority',
    {},
    { walletContent: walletOf('client', { trusts: createCertificateAuthority('b') }) },
  ],
  [
    'expired',
    { validFrom: new Date(Date.now() - 2 * DAY_MS), validUntil: new Date(Date.now() - DAY_MS) },
    {},
  ],
  ['not yet valid', { validFrom: new Date(Date.now() + DAY_MS / 2) }, {}],
  ['of another host', { hosts: ['db.example'] }, {}],
  ['of another DN', {}, { sslServerCertDN: 'CN=other' }],
])('a client refuses a server certificate %s', async (_, request, options) => {
  await using oracle = await start(request)
  await expect(read(oracle, options)).rejects.toMatchObject({ code: expect.stringMatching(/^NJS-50[678]$/) })
  expect(oracle.messageCount()).toBe(0)
})

test('a client that compares a given DN, or no name at all, takes a certificate of another host', async () => {
  await using oracle = await start({ hosts: ['db.example'] })
  expect(await read(oracle, { sslServerCertDN: 'CN=oracle' })).toBe(5_000)
  expect(await read(oracle, { sslServerDNMatch: false })).toBe(5_000)
})

test('a server that asks for a certificate lets in only those that its authority signed', async () => {
  await using oracle = await start({}, { clientAuthority: authority.certificate })
  expect(await read(oracle)).toBe(5_000)
  const stranger = walletOf('stranger', { signer: createCertificateAuthority('another') })
  await expect(read(oracle, { walletContent: stranger })).rejects.toThrow()
  expect(oracle.sessions()).toEqual([])
})

test('a server is stopped while a client is in the middle of its handshake', async () => {
  const oracle = await start()
  await using socket = connect(oracle.port, oracle.host)
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await new Promise((resolve) => socket.once('connect', resolve))
  await oracle[Symbol.asyncDispose]()
  await closed
})
