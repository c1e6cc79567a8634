import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { catalogue } from '@findata/core'
import type { OracleValue } from '@findata/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CliOutcome } from './cli-fixture.ts'
import { type FinanceCli, openFinanceCli, STACK, said, sha256, unwrapped } from './finance-cli.ts'
import { copyToDisk, spoilObject } from './stored-copy.ts'

const run = promisify(execFile)
const VERIFY_FILES = fileURLToPath(new URL('../../../tooling/verify-files/src/main.ts', import.meta.url))

type StoredRow = Readonly<Record<string, unknown>>

/** One run of all record types, with a prefix, that the tests below look at. */
let cli: FinanceCli
let extracted: CliOutcome
const PREFIX = 'city/finance/'
const textOf = async (recordType: string) => (await cli.read(`${PREFIX}${recordType}.json`)).toString()
const rowsOf = async (recordType: string) => JSON.parse(await textOf(recordType)) as StoredRow[]

beforeAll(async () => {
  cli = await openFinanceCli()
  extracted = await cli.runCli(['extract', '--all'], { env: { BUCKET_PREFIX: PREFIX } })
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

test('A4: each row is an object keyed by the upper-case column names, in their order', async () => {
  for (const { name, columns } of catalogue.recordTypes) {
    const rows = await rowsOf(name)
    expect(rows.length).toBeGreaterThan(1000)
    expect(Object.keys(rows[0] as StoredRow)).toEqual(columns)
    expect(columns.join()).toMatch(/^[A-Z0-9_,]+$/)
  }
})

test('A5: each file is one JSON array of all rows', async () => {
  for (const { recordType, rows } of extracted.result.recordTypes ?? []) {
    expect(await rowsOf(recordType)).toHaveLength(rows ?? -1)
  }
})

test('A6: a text id keeps its zero and an amount all its sixteen digits, in the bytes of the file', async () => {
  expect(await textOf('subprojects')).toContain('"SP_NUMBER_TXT":"13240.010"')
  expect(await textOf('task_orders')).toContain(
    '"TASK_ORDER_ID":"24ROW51000","TASK_ORDER_DESC":"Right of way <50 acres","TASK_ORDER_STATUS":"Active","TASK_ORDER_TYPE":"Internal Billed","TK_CURR_AMOUNT":9999999999999999.99,"CHARGED_AMOUNT":0.01,"TASK_ORDER_BAL":9999999999999999.98,',
  )
  expect(await textOf('task_orders')).toContain('"TK_CURR_AMOUNT":-0.25,"CHARGED_AMOUNT":-0.01')
})

test('A8: the file keeps its key after the prefix, beside a copy of its own with hashes, columns and times', async () => {
  const manifest = await cli.current('units', PREFIX)
  const { runId, data } = manifest
  const folder = `snapshots/units/${runId}`
  expect(Object.keys(await cli.objects(PREFIX)).filter((key) => key.includes('units'))).toEqual([
    `${PREFIX}certificates/units/${runId}.json`,
    `${PREFIX}${folder}/data.json.gz`,
    `${PREFIX}${folder}/manifest.json`,
    `${PREFIX}units.json`,
    `${PREFIX}units.manifest.json`,
  ])
  expect(Object.keys(await cli.objects()).every((key) => key.startsWith(PREFIX))).toBe(true)

  const stored = await cli.read(PREFIX + data.key)
  expect(sha256(stored)).toBe(data.sha256)
  expect(sha256(gunzipSync(stored))).toBe(data.plainSha256)
  expect(sha256(await textOf('units'))).toBe(data.plainSha256)
  const { query, binds, columns } = catalogue.get('units')
  expect(manifest).toMatchObject({
    querySha256: sha256(JSON.stringify([query, binds])),
    totals: { rows: 1500, distinctEntityKeys: 1500 },
  })
  expect(manifest.columns.map(({ name }) => name)).toEqual(columns)
  expect(Date.parse(manifest.startedAt)).toBeLessThanOrEqual(Date.parse(manifest.finishedAt))
})

test('A9: text beyond ASCII is plain UTF-8, and no NaN stands in any file', async () => {
  const text = await textOf('task_orders')
  expect(text).toContain('ซ่อมแซมสะพานลอยคนเดินข้าม')
  expect(text).toContain('Señalización y pavimentación, años 2024–2026')
  expect(text).toContain('Bike lane 🚲 & crosswalk')
  expect(text).not.toMatch(/\\u(?!00[01])/)
  expect(text).not.toMatch(/:\s*(?:NaN|-?Infinity)/)
})

test('A10: after a run no session is left in Oracle', () => {
  expect(cli.oracle.sessions()).toEqual([])
})

test('A13: a task order with several buyer FDUs is several rows, one without is one, one without a status none', async () => {
  const orders = cli.query('SELECT TASK_ORDER_DEPT, TASK_ORDER_ID, TASK_ORDER_STATUS FROM TASK_ORDERS')
  const pairs = cli.query('SELECT TASK_ORD_CD, BYR_FDU FROM TASK_ORDER_BUYERS')
  const buyers = new Map<OracleValue | undefined, Set<OracleValue | undefined>>()
  for (const [order, buyer] of pairs) buyers.set(order, (buyers.get(order) ?? new Set()).add(buyer))
  const wanted = orders.flatMap(([department, id, status]) => {
    if (status === null) return []
    return [...(buyers.get(id) ?? [null])].map((buyer) => [department, id, buyer].join())
  })

  const rows = await rowsOf('task_orders')
  const found = rows.map(({ TASK_ORDER_DEPT, TASK_ORDER_ID, BYR_FDU }) =>
    [TASK_ORDER_DEPT, TASK_ORDER_ID, BYR_FDU].join(),
  )
  expect(found.toSorted()).toEqual(wanted.toSorted())
  const movedOrder = (department: string) =>
    found.filter((row) => row.startsWith(`${department},2400002000,`)).map((row) => row.slice(5))
  expect(movedOrder('2400')).toContain('2400002000,5610 2400 4100')
  expect(movedOrder('2400').toSorted()).toEqual(movedOrder('6200').toSorted())
  expect(orders.some(([, , status]) => status === null)).toBe(true)
  expect(pairs.length).toBeGreaterThan(new Set(pairs.map((pair) => pair.join())).size)

  const { totals } = await cli.current('task_orders', PREFIX)
  const entities = new Set(rows.map((row) => `${row.TASK_ORDER_DEPT}/${row.TASK_ORDER_ID}`))
  expect(totals).toMatchObject({ rows: wanted.length, distinctEntityKeys: entities.size })
})

test('A14: units are those of the configured departments, beside one whose name is no number', async () => {
  expect(cli.query("SELECT DEPT FROM DEPARTMENT_UNITS WHERE DEPT = 'ADMN'").length).toBeGreaterThan(0)
  const departments = (await rowsOf('units')).map(({ DEPT }) => DEPT)
  expect(new Set(departments)).toEqual(new Set(['2400', '2507', '6200', '6207']))
  expect(cli.oracle.statements().every(({ sql }) => !/'?6207'?/.test(sql))).toBe(true)
})

test('A15: any of the six record types can be extracted, wherever it goes afterwards', () => {
  expect(extracted.result.recordTypes?.map(({ recordType }) => recordType)).toEqual([
    'task_orders',
    'units',
    'objects',
    'master_agreements',
    'fdus',
    'subprojects',
  ])
})

test('A16: objects and master_agreements keep the columns that nobody publishes', async () => {
  const [object] = await rowsOf('objects')
  const [agreement] = await rowsOf('master_agreements')
  expect(Object.keys(object ?? {})).toHaveLength(12)
  expect(object).toMatchObject({ OBJ_CLASS_ID: expect.any(Number), ACT_FL: expect.any(Number) })
  expect(agreement).toMatchObject({ DOC_PHASE_CD: expect.any(Number) })
})

test('A17: the last line of stdout is the result with the rows of each record type', () => {
  const { exitCode, stdout, result } = extracted
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toEqual(result)
  expect(result).toMatchObject({ command: 'extract', status: 'done', exitCode: 0 })
  expect(
    Object.fromEntries((result.recordTypes ?? []).map(({ recordType, rows }) => [recordType, rows])),
  ).toEqual({
    task_orders: 5899,
    units: 1500,
    objects: 1200,
    master_agreements: 1500,
    fdus: 12_000,
    subprojects: 2500,
  })
})

test('A17: progress goes to stderr, without colour or cursor codes in a log', async () => {
  cli.oracle.faults.arm({ kind: 'refuse', code: 12516 })
  const { exitCode, stdout, stderr } = await cli.runCli(['extract', 'units'], {
    env: { BUCKET_PREFIX: 'progress', FORCE_COLOR: undefined },
  })
  expect(exitCode).toBe(0)
  expect(stderr).toContain('units: counting in Oracle\nunits: reading 1,500 rows\n')
  expect(stderr).toMatch(/^Connecting to Oracle .*ORA-12516\)\. Trying again in \d s\.$/m)
  expect(stdout).not.toContain('Trying again')
  expect(stdout + stderr).not.toContain('\u001b')
})

test('A17: a failure is one message without a stack, and its exit code', async () => {
  cli.oracle.faults.arm({
    kind: 'error-on-call',
    statement: 'LU_OBJ_CD',
    code: 4063,
    text: 'view "FINDW.LU_OBJ_CD" has errors',
    times: 9,
  })
  const outcome = await cli.runCli(['extract', 'objects'], { env: { BUCKET_PREFIX: 'failure' } })
  cli.oracle.faults.clear()
  expect(outcome.exitCode).toBe(2)
  expect(outcome.stdout).toContain('objects: FAILED (exit 2)\n  ')
  expect(said(outcome)).not.toMatch(STACK)
  expect(unwrapped(outcome.stdout).match(/has errors of its own/g)).toHaveLength(2) // for a person, and in the result
})

test('all record types of a run share one SCN', async () => {
  const moments = new Set<string>()
  for (const name of catalogue.names) {
    const { consistency } = await cli.current(name, PREFIX)
    expect(consistency.label).toBe('scn')
    moments.add(`${consistency.scn} ${consistency.fixedAt}`)
  }
  expect(moments.size).toBe(1)
})

test('an independent verifier, which shares no code with this one, agrees on every snapshot', async () => {
  const copy = join(cli.folder, 'copy')
  await copyToDisk(cli, copy)
  const verified = catalogue.names.map(async (name) => {
    const { runId } = await cli.current(name, PREFIX)
    const folder = join(copy, PREFIX)
    const files = [`snapshots/${name}/${runId}/manifest.json`, `certificates/${name}/${runId}.json`]
    const { stdout } = await run(process.execPath, [VERIFY_FILES, ...files.map((file) => join(folder, file))])
    return stdout.trim()
  })
  const rows = extracted.result.recordTypes?.map(({ rows }) => rows) ?? []
  expect(await Promise.all(verified)).toEqual(
    catalogue.names.map((name, i) => `${name} ${extracted.result.runId}: ${rows[i]} rows, as recorded`),
  )
  const own = await cli.runCli(['verify', '--all'], { env: { BUCKET_PREFIX: PREFIX } })
  expect(own.exitCode).toBe(0)
})

test('one spoiled record type does not keep verify from the others', async () => {
  const key = `${PREFIX}units.manifest.json`
  await using _ = await spoilObject(cli, key, () => '{}')
  const { exitCode, result } = await cli.runCli(['verify', '--all'], { env: { BUCKET_PREFIX: PREFIX } })
  expect(exitCode).toBe(8)
  const verified = result.verified as readonly { target: string; differences: readonly string[] }[]
  expect(verified.map(({ target }) => target)).toEqual(catalogue.names.toSorted())
  expect(verified.filter(({ differences }) => differences.length > 0).map(({ target }) => target)).toEqual([
    'units',
  ])
})
