import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { catalogue } from '@findata/core'
import { expect, test } from 'vitest'
import { toDestinations } from './define-destinations.ts'
import { publisherEnv } from './env.ts'
import type { KnackDestination, SocrataDestination } from './mapping.ts'

const knack = (connection: object = {}) =>
  toDestinations({ 'data-tracker': { connection } }, catalogue.recordTypes, 'findata.config.ts').get(
    'data-tracker',
  ) as KnackDestination
const socrata = toDestinations({}, catalogue.recordTypes, 'findata.config.ts').get(
  'socrata',
) as SocrataDestination

const login = { SO_WEB: 'data.example.org', SO_TOKEN: 'token', SO_USER: 'me', SO_PASS: 'hush' }

function problemsOf(env: object): readonly string[] {
  return 'problems' in env ? (env.problems as readonly string[]) : []
}

function settingsOf<Settings>(env: { settings: Settings } | { problems: readonly string[] }): Settings {
  if ('problems' in env) throw new Error(env.problems.join('; '))
  return env.settings
}

test('an app has its own variables, and both apps may share the old ones', () => {
  const own = { KNACK_APP_ID_DATA_TRACKER: 'a1', KNACK_API_KEY_DATA_TRACKER: 'k1' }
  const shared = { KNACK_APP_ID: 'a2', KNACK_API_KEY: 'k2' }

  const first = settingsOf(publisherEnv(knack(), [], { ...own, ...shared }))
  const second = settingsOf(publisherEnv(knack(), [], shared))

  expect([first.appId, first.apiKey()]).toEqual(['a1', 'k1'])
  expect([second.appId, second.apiKey()]).toEqual(['a2', 'k2'])
  expect(first).toMatchObject({
    apiUrl: 'https://api.knack.com/v1',
    app: { slug: 'data-tracker' },
    callsPerSecond: 9.5,
    reserveCalls: 50,
    settleMs: 600_000,
    concurrency: 4,
  })
})

test('an app id and a key of two different sets are refused', () => {
  const env = publisherEnv(knack(), [], {
    KNACK_APP_ID_DATA_TRACKER: 'a1',
    KNACK_APP_ID: 'a2',
    KNACK_API_KEY: 'k2',
  })

  expect(problemsOf(env)).toEqual([
    'KNACK_APP_ID_DATA_TRACKER and KNACK_API_KEY are not of one pair, so that they may belong to different apps: set both KNACK_APP_ID_DATA_TRACKER and KNACK_API_KEY_DATA_TRACKER, or both KNACK_APP_ID and KNACK_API_KEY (for data-tracker)',
  ])
})

test('all missing variables are named at once', () => {
  expect(problemsOf(publisherEnv(knack(), [], { KNACK_APP_ID: '  ' }))).toEqual([
    'KNACK_APP_ID_DATA_TRACKER is not set, nor is KNACK_APP_ID (the app id of data-tracker)',
    'KNACK_API_KEY_DATA_TRACKER is not set, nor is KNACK_API_KEY (the API key of data-tracker)',
  ])
})

test('A51: domain, credentials and only the datasets that are needed are asked for, all missing ones at once', () => {
  expect(
    problemsOf(publisherEnv(socrata, ['units', 'fdus'], { SO_USER: 'me', FDU_DATASET: 'abcd-1234' })),
  ).toEqual([
    'SO_WEB is not set (the domain of socrata)',
    'SO_TOKEN is not set (the app token of socrata)',
    'SO_PASS is not set (the password of socrata)',
    'DEPT_UNITS_DATASET is not set (the dataset of units of socrata)',
  ])

  const { datasets, baseUrl } = settingsOf(
    publisherEnv(socrata, ['fdus'], { ...login, FDU_DATASET: 'abcd-1234' }),
  )
  expect({ datasets, baseUrl }).toEqual({
    datasets: { fdus: 'abcd-1234' },
    baseUrl: 'https://data.example.org',
  })
})

test.each([
  ['data.example.org', 'https://data.example.org'],
  ['localhost:8443', 'https://localhost:8443'],
  ['https://data.example.org/', 'https://data.example.org'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
])('A51: SO_WEB may be a host or a URL: %s', (SO_WEB, baseUrl) => {
  expect(settingsOf(publisherEnv(socrata, [], { ...login, SO_WEB })).baseUrl).toBe(baseUrl)
})

test('secrets leave this machine only over TLS, but for names without a domain', () => {
  for (const url of ['http://data.example.org', 'http://93.184.216.34', 'http://[2001:db8::1]']) {
    expect(problemsOf(publisherEnv(socrata, [], { ...login, SO_WEB: url }))).toHaveLength(1)
    const variables = { KNACK_APP_ID: 'a1', KNACK_API_KEY: 'key', KNACK_API_URL: url }
    expect(problemsOf(publisherEnv(knack(), [], variables))).toHaveLength(1)
  }
  for (const url of ['http://localhost:1', 'http://[::1]:1', 'http://sandbox:8080']) {
    expect(settingsOf(publisherEnv(socrata, [], { ...login, SO_WEB: url })).baseUrl).toBe(url)
  }
})

test.each(['https://data.example.org/api', 'data.example.org?x=1', 'ftp://data.example.org', 'data example'])(
  'SO_WEB is not %j',
  (SO_WEB) => {
    expect(problemsOf(publisherEnv(socrata, [], { ...login, SO_WEB }))).toHaveLength(1)
  },
)

test('values that cannot be right are refused, and none of them is shown', () => {
  const socrataProblems = problemsOf(
    publisherEnv(socrata, ['fdus'], {
      ...login,
      SO_WEB: 'me:hush@data.example.org',
      FDU_DATASET: 'fdus-old',
    }),
  )
  const knackProblems = problemsOf(
    publisherEnv(knack(), [], {
      KNACK_APP_ID: 'a b',
      KNACK_API_KEY: 'hush hush',
      KNACK_API_URL: 'api.knack.com',
    }),
  )

  expect(socrataProblems).toEqual([
    'SO_WEB is neither a host, such as data.example.org, nor its https URL without a path (http only to this machine or a name without a domain)',
    'FDU_DATASET is no id of a dataset, such as abcd-1234',
  ])
  expect(knackProblems).toEqual([
    'KNACK_APP_ID is no app id: letters and digits',
    'KNACK_API_KEY is no API key: it has spaces or line ends',
    'KNACK_API_URL is no https URL, such as https://api.knack.com/v1 (http only to this machine or a name without a domain), and it holds no user, query or fragment',
  ])
})

test('a secret in a file is read again at every call, and a file that is not there is named', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'publisher-env-'))
  const path = join(folder.path, 'key')
  await writeFile(path, 'first\n')
  const variables = { KNACK_APP_ID: 'a1', KNACK_API_KEY: `file:${path}` }

  const settings = settingsOf(publisherEnv(knack(), [], variables))
  expect(settings.apiKey()).toBe('first')
  await writeFile(path, 'second\n')
  expect(settings.apiKey()).toBe('second')

  expect(problemsOf(publisherEnv(knack(), [], { ...variables, KNACK_API_KEY: `file:${path}-gone` }))).toEqual(
    ['KNACK_API_KEY refers to a file that cannot be read (ENOENT)'],
  )
  const configured = knack({ appId: 'a1', apiKey: ['file:/nowhere/key', `file:${path}`] })
  expect(settingsOf(publisherEnv(configured, [], {})).apiKey()).toBe('second')
})

test('printed settings show no secret', () => {
  const settings = [
    settingsOf(publisherEnv(socrata, [], { ...login, SO_PASS: 'hush', SO_TOKEN: 'hush' })),
    settingsOf(publisherEnv(knack(), [], { KNACK_APP_ID: 'a1', KNACK_API_KEY: 'hush' })),
  ]

  expect(JSON.stringify(settings)).not.toContain('hush')
  expect(inspect(settings, { depth: 10, showHidden: true })).not.toContain('hush')
})
