import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Certificate, catalogue, type RecordTypeInput } from '@findata/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FinanceCli, openFinanceCli, unwrapped } from './finance-cli.ts'

let cli: FinanceCli
beforeAll(async () => {
  cli = await openFinanceCli()
}, 60_000)
afterAll(() => cli[Symbol.asyncDispose]())

/** Extracts units as changed, and shows the certificate. */
async function extractUnits(name: string, units: Partial<RecordTypeInput>) {
  const cwd = await cli.emptyFolder(name)
  await writeFile(join(cwd, 'findata.config.json'), JSON.stringify({ recordTypes: { units } }))
  const options = { cwd, env: { BUCKET_PREFIX: name } }
  const { exitCode, result } = await cli.runCli(['extract', 'units'], options)
  expect(result.error).toBe(undefined)
  const [extracted] = result.recordTypes ?? []
  expect(extracted?.error).toBe(undefined)
  const keys = Object.keys(await cli.objects(name))
  const key = keys.find((key) => key.includes('certificates/'))
  const certificate = JSON.parse((await cli.read(key ?? '')).toString()) as Certificate
  const { stdout } = await cli.runCli(['show', 'units'], options)
  return { exitCode, result: extracted, certificate, shown: unwrapped(stdout) }
}

test('with full source totals Oracle tells the hash of the very rows that are read, at no further execution', async () => {
  const { exitCode, result, certificate, shown } = await extractUnits('full', { sourceTotals: 'full' })
  expect(exitCode).toBe(0)
  const [source, read, file] = certificate.hops.map(({ totals }) => totals.setHash)
  expect(source).toMatch(/^[0-9a-f]{32}$/)
  expect([read, file]).toEqual([source, source])
  expect(result).toMatchObject({ setHash: source, executions: 2 })
  expect(certificate.leftOut).toEqual([])
  expect(certificate.comparisons[0]).toEqual({
    left: 'source',
    right: 'read',
    agrees: true,
    differences: [],
    notCompared: [],
  })
  expect(shown).toContain(source)
  expect(shown).not.toContain('Left out')
})

test('the certificate says why a hash that was asked for could not be had', async () => {
  const { query, binds, columns } = catalogue.get('units')
  const { exitCode, certificate, shown } = await extractUnits('partly', {
    sourceTotals: 'full',
    query: `SELECT u.*, TO_CLOB('none') AS REMARK FROM (${query}) u`,
    binds,
    columns: [...columns, 'REMARK'],
  })
  expect(exitCode).toBe(0)
  const why = 'source: no set hash: SQL does not hash column REMARK (CLOB)'
  expect(certificate.leftOut).toEqual([why])
  expect(certificate.comparisons[0]?.notCompared).toEqual(['set hash (not known at source)'])
  expect(shown).toContain(why)
})

test('without source totals the view is executed once, and the certificate states it', async () => {
  const { exitCode, result, certificate, shown } = await extractUnits('without', { sourceTotals: 'off' })
  expect(exitCode).toBe(0)
  expect(result).toMatchObject({ executions: 1 })
  expect(certificate.hops.map(({ name }) => name)).toEqual(['read', 'file'])
  expect(shown).toContain('source: sourceTotals is off for this record type')
})
