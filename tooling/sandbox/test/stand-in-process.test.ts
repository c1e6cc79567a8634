import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { connectS3Control } from '../src/s3/s3-control.ts'
import { benchTable } from '../src/sample/bench-table.ts'
import { type StandInProcess, startStandInProcess } from '../src/stand-in-process.ts'
import type { StandInsOptions } from '../src/stand-ins.ts'

async function query({ oracle }: StandInProcess, sql: string): Promise<unknown[][]> {
  const { user, password, connectString } = oracle
  const connection = await oracledb.getConnection({ user, password, connectString })
  try {
    const { rows = [] } = await connection.execute<unknown[]>(sql)
    return rows
  } finally {
    await connection.close()
  }
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('the stand-ins answer from another process, which ends on dispose', async () => {
  let pid = 0
  {
    await using standIns = await startStandInProcess()
    pid = standIns.pid
    expect(pid).not.toBe(process.pid)
    const [[units]] = (await query(standIns, 'SELECT COUNT(*) FROM LU_DEPT_UNITS')) as [[number]]
    await standIns.play('day-two')
    expect(await query(standIns, 'SELECT COUNT(*) FROM LU_DEPT_UNITS')).toEqual([[units + 1]])
    expect(await connectS3Control(standIns.s3.controlUrl).callCount()).toBe(0)
    expect((await fetch(standIns.oracle.controlUrl)).status).toBe(200)
  }
  expect(isAlive(pid)).toBe(false)
})

test('the generated table has its rows in the order of their numbers, and NULL in some', async () => {
  const sample = { benchRows: 1_500, columns: 12 } as const
  await using standIns = await startStandInProcess({ sample })
  const rows = await query(standIns, 'SELECT TO_CHAR(ROW_ID), TITLE, DESCRIPTION FROM BENCH_ROWS')
  const { generated } = benchTable(sample)
  expect(rows).toEqual(
    Array.from({ length: 1_500 }, (_, index) => {
      const [id, , , title, description] = generated.row(index)
      return [id, title, description]
    }),
  )
  const nulls = rows.filter(([, , description]) => description === null).length
  expect(nulls / rows.length).toBeGreaterThan(0.1)
  expect(nulls / rows.length).toBeLessThan(0.2)
})

test('the wide table has 25 columns', async () => {
  await using standIns = await startStandInProcess({ sample: { benchRows: 1, columns: 25 } })
  const [row] = await query(standIns, 'SELECT * FROM BENCH_ROWS')
  expect(row).toHaveLength(25)
})

test('what keeps it from starting is told', async () => {
  const options: StandInsOptions = { sample: 'none', s3: { buckets: [{ name: 'NOT A BUCKET' }] } }
  await expect(startStandInProcess(options)).rejects.toThrow('"NOT A BUCKET" is not a bucket name')
})

test('it dies with its parent, also when that is killed', async () => {
  const parent = fork(join(import.meta.dirname, 'start-and-wait.ts'), {
    execArgv: ['--conditions=@findata/source'],
  })
  const [controlUrl] = (await once(parent, 'message')) as [string]
  const answers = () =>
    fetch(controlUrl).then(
      () => true,
      () => false,
    )
  expect(await answers()).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(answers, { timeout: 10_000 }).toBe(false)
})
