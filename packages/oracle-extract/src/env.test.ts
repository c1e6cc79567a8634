import { mkdtempDisposable, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { type OracleSettings, oracleEnv } from './env.ts'
import { openOraclePool } from './oracle-pool.ts'

const complete = {
  ORACLE_USER: 'finance_reader',
  ORACLE_PASSWORD: 'hunter2',
  ORACLE_HOST: 'db.example.com',
  ORACLE_PORT: '1522',
  ORACLE_SERVICE: 'fin',
}

const byConnectString = { ORACLE_USER: complete.ORACLE_USER, ORACLE_PASSWORD: complete.ORACLE_PASSWORD }

describe('the new names', () => {
  test('A2: host, port and service become a descriptor with a service name', () => {
    expect(settingsOf(complete)).toMatchObject({
      user: 'finance_reader',
      connectString:
        '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db.example.com)(PORT=1522))(CONNECT_DATA=(SERVICE_NAME=fin)))',
    })
  })

  test('the port is 1521 unless said otherwise', () => {
    expect(settingsOf({ ...complete, ORACLE_PORT: undefined }).connectString).toContain('(PORT=1521)')
  })

  test('a connect string is taken as it is', () => {
    const { ORACLE_USER, ORACLE_PASSWORD } = complete
    const settings = settingsOf({ ORACLE_USER, ORACLE_PASSWORD, ORACLE_CONNECT_STRING: 'tcps://db:2484/fin' })
    expect(settings.connectString).toBe('tcps://db:2484/fin')
  })

  test('a wallet makes the connection a TLS one and is handed on', () => {
    const settings = settingsOf({
      ...complete,
      ORACLE_WALLET_LOCATION: '/wallet',
      ORACLE_WALLET_PASSWORD: 'open sesame',
      ORACLE_CONFIG_DIR: '/tns',
    })
    expect(settings).toMatchObject({ walletLocation: '/wallet', configDir: '/tns' })
    expect(settings.walletPassword?.()).toBe('open sesame')
    expect(settings.connectString).toContain('(PROTOCOL=TCPS)')
  })

  test.each([
    'tcps://db.example:2484/fin',
    '(DESCRIPTION=(ADDRESS=(PROTOCOL = tcps)(HOST=db)(PORT=2484))(CONNECT_DATA=(SERVICE_NAME=fin)))',
    'fin_high',
  ])('a wallet goes with %s', (connectString) => {
    const settings = settingsOf({
      ...byConnectString,
      ORACLE_CONNECT_STRING: connectString,
      ORACLE_WALLET_LOCATION: '/wallet',
    })
    expect(settings).toMatchObject({ walletLocation: '/wallet', connectString })
  })
})

describe('problems', () => {
  test.each([
    'db.example:1521/fin',
    'db.example/fin',
    'tcp://db.example:1521/fin',
    '(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=tcps)))',
  ])('a wallet with %s, which connects without TLS, is one', (connectString) => {
    const wallet = { ORACLE_WALLET_LOCATION: '/wallet' }
    expect(problemsOf({ ...byConnectString, ORACLE_CONNECT_STRING: connectString, ...wallet })).toEqual([
      expect.stringMatching(
        /^ORACLE_WALLET_LOCATION is set, but .* connects without TLS: begin it with tcps/,
      ),
    ])
  })

  test('a password of a wallet without a wallet is one, since the connection would go without TLS', () => {
    const password = { ORACLE_WALLET_PASSWORD: 'open sesame' }
    const problem =
      'ORACLE_WALLET_PASSWORD is set, but ORACLE_WALLET_LOCATION is not: name the folder of ewallet.pem, or leave the password out'
    expect(problemsOf({ ...complete, ...password })).toEqual([problem])
    expect(
      problemsOf({ ...byConnectString, ORACLE_CONNECT_STRING: 'tcps://db:2484/fin', ...password }),
    ).toEqual([problem])
  })

  test('A2: all missing variables are named at once', () => {
    expect(problemsOf({})).toEqual([
      'ORACLE_USER is not set',
      'ORACLE_PASSWORD is not set',
      'neither ORACLE_CONNECT_STRING nor ORACLE_HOST and ORACLE_SERVICE are set',
    ])
  })

  test('an empty variable counts as one that is not set', () => {
    expect(problemsOf({ ...complete, ORACLE_PASSWORD: '' })).toEqual(['ORACLE_PASSWORD is not set'])
  })

  test('two ways to say the address are one too many', () => {
    expect(problemsOf({ ...complete, ORACLE_CONNECT_STRING: 'db/fin' })).toEqual([
      'ORACLE_CONNECT_STRING and ORACLE_HOST, ORACLE_PORT, ORACLE_SERVICE are set: keep one way to say the address',
    ])
  })

  test('a password in the connect string is refused without repeating it', () => {
    const { ORACLE_USER, ORACLE_PASSWORD } = complete
    const problems = problemsOf({
      ORACLE_USER,
      ORACLE_PASSWORD,
      ORACLE_CONNECT_STRING: 'scott/tiger@db.example.com/fin',
    })
    expect(problems).toHaveLength(1)
    expect(problems[0]).not.toContain('tiger')
  })

  test.each([
    ['ORACLE_HOST', 'db)(HOST=evil'],
    ['ORACLE_SERVICE', 'fin)(SERVER=x'],
    ['ORACLE_PORT', '15 21'],
    ['ORACLE_PORT', '0'],
  ])('%s with characters of a descriptor is refused', (name, value) => {
    const problems = problemsOf({ ...complete, [name]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${name} `))
    expect(problems[0]).not.toContain(value)
  })
})

describe('the old names', () => {
  const old = { USER: 'finance_reader', PASSWORD: 'hunter2', HOST: 'db', PORT: '1521', SERVICE: 'fin' }

  test('A2: all five together are taken', () => {
    const settings = settingsOf(old)
    expect(settings.user).toBe('finance_reader')
    expect(settings.password()).toBe('hunter2')
    expect(settings.connectString).toContain('(HOST=db)(PORT=1521)')
  })

  test('A2: the USER of a shell alone is never taken', () => {
    expect(problemsOf({ USER: 'root', LOGNAME: 'root' })).toContain('ORACLE_USER is not set')
  })

  test('A2: the USER of a shell is not taken when the other four are set', () => {
    const problems = problemsOf({ ...old, USER: 'root', LOGNAME: 'root' })
    expect(problems[0]).toMatch(/^USER is the account of the shell/)
    expect(problems).toContain('ORACLE_USER is not set')
  })

  test.each(['PASSWORD', 'HOST', 'PORT', 'SERVICE'])('A2: without %s none of them is taken', (name) => {
    const problems = problemsOf({ ...old, [name]: undefined })
    expect(problems[0]).toContain(`${name} is not set`)
    expect(problems).toContain('ORACLE_USER is not set')
  })

  test('A2: one new name switches all the old ones off', () => {
    expect(problemsOf({ ...old, ORACLE_SERVICE: 'fin' })).toContain('ORACLE_USER is not set')
  })
})

describe('secrets', () => {
  test('a password may refer to another variable', () => {
    const settings = settingsOf({
      ...complete,
      ORACLE_PASSWORD: 'env:VAULT_VALUE',
      VAULT_VALUE: 'from the vault',
    })
    expect(settings.password()).toBe('from the vault')
  })

  test('a password may refer to a file, which is read again at every connect', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'oracle-env-'))
    const file = join(folder.path, 'password')
    await writeFile(file, 'first\n')
    const settings = settingsOf({ ...complete, ORACLE_PASSWORD: `file:${file}` })
    expect(settings.password()).toBe('first')
    await writeFile(file, 'rotated\n')
    expect(settings.password()).toBe('rotated')
  })

  test('a broken reference is a problem at once', () => {
    expect(problemsOf({ ...complete, ORACLE_PASSWORD: 'env:NOWHERE' })).toEqual([
      'ORACLE_PASSWORD refers to env:NOWHERE, which is empty or not set',
    ])
    expect(problemsOf({ ...complete, ORACLE_PASSWORD: 'file:/no/such/file' })).toEqual([
      'ORACLE_PASSWORD refers to file:/no/such/file, which cannot be read (ENOENT)',
    ])
  })

  test('a file that goes away later is a mistake of the environment, tried once', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'oracle-env-'))
    const file = join(folder.path, 'password')
    await writeFile(file, 'first\n')
    await using pool = openOraclePool(settingsOf({ ...complete, ORACLE_PASSWORD: `file:${file}` }))
    await rm(file)
    const { signal } = new AbortController()
    await expect(pool.openSession({ signal })).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'ENVIRONMENT_INVALID',
      message: `Reading ORACLE_PASSWORD failed: file:${file} cannot be read any more (ENOENT). Put the file back, or correct the reference.`,
    })
  })

  test('no way of printing the settings shows a secret', () => {
    const settings = settingsOf({
      ...complete,
      ORACLE_WALLET_LOCATION: '/wallet',
      ORACLE_WALLET_PASSWORD: 'hunter2',
    })
    expect(JSON.stringify(settings)).not.toContain('hunter2')
    expect(inspect(settings, { depth: 9, showHidden: true })).not.toContain('hunter2')
  })
})

function settingsOf(environment: Record<string, string | undefined>): OracleSettings {
  const env = oracleEnv(environment)
  if ('problems' in env) throw new Error(env.problems.join('\n'))
  return env.settings
}

function problemsOf(environment: Record<string, string | undefined>): readonly string[] {
  const env = oracleEnv(environment)
  return 'problems' in env ? env.problems : []
}
