import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'

const MAIN = join(import.meta.dirname, '../src/main.ts')

type Environment = Readonly<Record<string, string | undefined>>

interface Sandbox extends AsyncDisposable {
  readonly env: Environment
  readonly stdout: string
  readonly stderr: string
  /** Ends it as Ctrl-C does and answers its exit code. */
  interrupt(): Promise<number | null>
}

/** Starts the command as a shell does and reads the file that it writes. */
async function startSandbox(...args: string[]): Promise<Sandbox> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'findata-sandbox-'))
  const file = join(folder.path, 'sandbox.env')
  const child = spawn(process.execPath, ['--conditions=@findata/source', MAIN, '--env', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = collect(child)
  await texts.contain('stderr', 'Written')
  const ended = once(child, 'exit')
  const interrupt = async () => {
    child.kill('SIGINT')
    const [exitCode] = await ended
    return exitCode as number | null
  }
  return {
    env: parseEnv(await readFile(file, 'utf8')),
    stdout: texts.stdout,
    stderr: texts.stderr,
    interrupt,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null) await interrupt()
    },
  }
}

function collect(child: ChildProcess) {
  const texts = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
      for (const look of waiting) look()
    })
  }
  return Object.assign(texts, {
    contain: (name: 'stdout' | 'stderr', text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (texts[name].includes(text)) resolve()
        }
        waiting.add(look)
        child.once('exit', () => reject(new Error(`the sandbox ended: ${texts.stderr}`)))
        look()
      }),
  })
}

async function query(env: Environment, sql: string): Promise<unknown[][]> {
  const connection = await oracledb.getConnection({
    user: env.ORACLE_USER,
    password: env.ORACLE_PASSWORD,
    connectString: env.ORACLE_CONNECT_STRING,
  })
  try {
    const { rows = [] } = await connection.execute<unknown[]>(sql)
    return rows
  } finally {
    await connection.close()
  }
}

function openClient(env: Environment): S3Client & Disposable {
  const client = new S3Client({
    endpoint: env.AWS_ENDPOINT_URL_S3 ?? '',
    region: env.AWS_REGION ?? '',
    forcePathStyle: true,
    credentials: {
      accessKeyId: env.AWS_ACCESS_KEY_ID ?? '',
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '',
    },
  })
  return Object.assign(client, { [Symbol.dispose]: () => client.destroy() })
}

const countUnits = async (env: Environment) =>
  Number((await query(env, 'SELECT COUNT(*) FROM LU_DEPT_UNITS'))[0]?.[0])

test('the environment it writes leads the real driver and clients to the stand-ins', async () => {
  await using sandbox = await startSandbox()
  const { env } = sandbox
  expect(Object.keys(env).sort()).toEqual([
    'AWS_ACCESS_KEY_ID',
    'AWS_ENDPOINT_URL_S3',
    'AWS_REGION',
    'AWS_SECRET_ACCESS_KEY',
    'BUCKET',
    'DEPT_UNITS_DATASET',
    'FDU_DATASET',
    'KNACK_API_KEY_DATA_TRACKER',
    'KNACK_API_KEY_FINANCE_PURCHASING',
    'KNACK_API_URL',
    'KNACK_APP_ID_DATA_TRACKER',
    'KNACK_APP_ID_FINANCE_PURCHASING',
    'ORACLE_CONNECT_STRING',
    'ORACLE_PASSWORD',
    'ORACLE_USER',
    'SO_PASS',
    'SO_TOKEN',
    'SO_USER',
    'SO_WEB',
    'SUBPROJECTS_DATASET',
    'TASK_DATASET',
  ])
  const app = await fetch(`${env.KNACK_API_URL}/applications/${env.KNACK_APP_ID_DATA_TRACKER}`)
  expect(await app.text()).toContain('data-tracker')
  const dataset = await fetch(`${env.SO_WEB}/api/views/${env.TASK_DATASET}.json`)
  expect(await dataset.text()).toContain('task_order')
  expect(await countUnits(env)).toBeGreaterThan(0)
  using client = openClient(env)
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: env.BUCKET }))
  expect(Contents).toBeUndefined()
})

test('it prints what it writes, and tells the rest within 80 columns', async () => {
  await using sandbox = await startSandbox()
  const printed = parseEnv(sandbox.stdout.replaceAll(/^#.*/gm, ''))
  expect(printed).toEqual(sandbox.env)
  const told = sandbox.stderr.split('\n').filter((line) => !line.startsWith('Written'))
  const longest = Math.max(...told.map((line) => line.length))
  expect(longest).toBeLessThanOrEqual(80)
})

test('it says which control address is whose', async () => {
  await using sandbox = await startSandbox()
  for (const [name, path, part] of [
    ['Oracle', '/', 'failedLogons'],
    ['S3', '/nowhere', 'GET /requests"}'],
    ['Knack', '/nowhere', '/records'],
    ['Socrata', '/nowhere', '/datasets/'],
  ] as const) {
    const [, url] = new RegExp(`^ +${name} +(http\\S+)`, 'm').exec(sandbox.stderr) ?? []
    expect(await (await fetch(`${url}${path}`)).text(), name).toContain(part)
  }
})

test('an interrupt ends it with 0', async () => {
  await using sandbox = await startSandbox()
  expect(await sandbox.interrupt()).toBe(0)
})

test('a scene is played by a POST, and day two only once', async () => {
  await using sandbox = await startSandbox()
  const [, control] = /curl -X POST (\S+)\/day-two/.exec(sandbox.stderr) ?? []
  const play = async (scene: string) => (await fetch(`${control}/${scene}`, { method: 'POST' })).status
  const before = await countUnits(sandbox.env)

  expect(await play('day-two')).toBe(200)
  expect(await countUnits(sandbox.env)).toBe(before + 1)
  expect(await play('day-two')).toBe(400)
  expect(await play('empty-units')).toBe(200)
  expect(await countUnits(sandbox.env)).toBe(0)
  expect(await play('refuse-logons')).toBe(200)
  await expect(countUnits(sandbox.env)).rejects.toThrow('NJS-518')
  expect(await play('no-such-scene')).toBe(400)
})

test('--day 2 starts with the second day', async () => {
  await using first = await startSandbox()
  await using second = await startSandbox('--day', '2')
  expect(await countUnits(second.env)).toBe((await countUnits(first.env)) + 1)
})

test('--data keeps the objects of S3', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'findata-sandbox-data-'))
  const data = join(folder.path, 'objects')
  {
    await using sandbox = await startSandbox('--data', data)
    using client = openClient(sandbox.env)
    await client.send(new PutObjectCommand({ Bucket: sandbox.env.BUCKET, Key: 'kept', Body: 'yes' }))
  }
  await using sandbox = await startSandbox('--data', data)
  using client = openClient(sandbox.env)
  const { Body } = await client.send(new GetObjectCommand({ Bucket: sandbox.env.BUCKET, Key: 'kept' }))
  expect(await Body?.transformToString()).toBe('yes')
})

test.each([
  [['--oracle-port', '70000'], 'A port is a number up to 65535.'],
  [['--day', '3'], 'Allowed choices are 1, 2.'],
  [['--nonsense'], "unknown option '--nonsense'"],
])('%j is a mistake', async (args, message) => {
  const child = spawn(process.execPath, ['--conditions=@findata/source', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = collect(child)
  const [exitCode] = await once(child, 'close')
  expect(exitCode).toBe(2)
  expect(texts.stderr).toContain(message)
})

test('a port that is taken is told, with exit 1', async () => {
  await using sandbox = await startSandbox()
  const port = new URL(sandbox.env.AWS_ENDPOINT_URL_S3 ?? '').port
  const child = spawn(process.execPath, ['--conditions=@findata/source', MAIN, '--s3-port', port], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = collect(child)
  const [exitCode] = await once(child, 'close')
  expect(exitCode).toBe(1)
  expect(texts.stderr).toContain('EADDRINUSE')
})
