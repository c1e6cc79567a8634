import { catalogue } from '@findata/core'
import {
  addTransferOrders,
  FINANCE_READER,
  grantFlashback,
  type OracleDatabase,
  type OracleServer,
  revokeFlashback,
  startOracle,
  transferCent,
} from '@findata/sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CliOutcome } from './cli-fixture.ts'
import { FINANCE_OWNER, type FinanceCli, openFinanceCli, unwrapped } from './finance-cli.ts'

interface Extracted {
  readonly recordType: string
  readonly verdict?: string
  readonly consistency?: string
  readonly scn?: string
  readonly because?: readonly string[]
  readonly executions?: number
  readonly sums?: Readonly<Record<string, string>>
}

const PROJECTS_OWNER = 'MSTR_IA_DEV'

let cli: FinanceCli
/** Of the amounts of all task orders, whoever moves cents between them. */
let sum: string
beforeAll(async () => {
  cli = await openFinanceCli()
  addTransferOrders(cli.database)
  const { result } = await cli.runCli(['extract', 'task_orders', '--quiet'])
  sum = (result.recordTypes as readonly Extracted[])[0]?.sums?.TK_CURR_AMOUNT ?? ''
})
afterAll(() => cli[Symbol.asyncDispose]())

interface Rivals {
  /** Called with the SQL of each statement before it is parsed. */
  readonly beforeEach?: (sql: string) => void
  readonly arm?: (faults: OracleServer['faults']) => void
}

function withoutGrants(): AsyncDisposable {
  revokeFlashback(cli.database)
  return { [Symbol.asyncDispose]: async () => grantFlashback(cli.database) }
}

let runs = 0
/** `extract` with a writer that moves a cent and commits between all statements. */
async function extractBesideWriter(
  args: readonly string[],
  { beforeEach = () => {}, arm = () => {} }: Rivals = {},
): Promise<CliOutcome & { readonly extracted: readonly Extracted[]; readonly transfers: number }> {
  let transfers = 0
  const database = watched(cli.database, (sql) => {
    transferCent(cli.database)
    transfers++
    beforeEach(sql)
  })
  await using server = await startOracle({ database, users: { [FINANCE_READER]: 'sandbox-only' } })
  arm(server.faults)
  const outcome = await cli.runCli(['extract', ...args], {
    env: { ORACLE_CONNECT_STRING: server.connectString, BUCKET_PREFIX: `run${++runs}` },
  })
  return { ...outcome, extracted: (outcome.result.recordTypes ?? []) as readonly Extracted[], transfers }
}

function watched(database: OracleDatabase, beforeEach: (sql: string) => void): OracleDatabase {
  return {
    ...database,
    openSession(user, context) {
      const session = database.openSession(user, context)
      return {
        parse(sql, bindTypes) {
          beforeEach(sql)
          return session.parse(sql, bindTypes)
        },
        commit: () => session.commit(),
        rollback: () => session.rollback(),
        close: () => session.close(),
        get isInTransaction() {
          return session.isInTransaction
        },
      }
    },
  }
}

const sumsOf = (extracted: readonly Extracted[]) =>
  extracted.flatMap(({ recordType, sums }) => (recordType === 'task_orders' ? [sums?.TK_CURR_AMOUNT] : []))
const labelsOf = (extracted: readonly Extracted[]) => [
  ...new Set(extracted.map(({ consistency }) => consistency)),
]

test('extract --all reads six record types at one SCN while money moves between all statements', async () => {
  const { exitCode, extracted, stdout, transfers } = await extractBesideWriter(['--all'])

  expect(exitCode).toBe(0)
  expect(extracted.map(({ recordType }) => recordType)).toEqual(catalogue.names)
  const [scn] = extracted.map(({ scn }) => scn)
  expect(scn).toMatch(/^\d+$/)
  expect(
    extracted.map((one) => [one.scn, one.consistency, one.executions, one.verdict, one.because]),
  ).toEqual(catalogue.names.map(() => [scn, `scn ${scn}`, 2, 'balanced', undefined]))
  expect(stdout.match(new RegExp(`source = read = file, scn ${scn}, 2 executions, `, 'g'))).toHaveLength(6)
  expect(sumsOf(extracted)).toEqual([sum])
  expect(transfers).toBeGreaterThan(20)
})

test('without the grants the label says less with the grant that helps, and the figures still agree', async () => {
  await using _grants = withoutGrants()
  const { exitCode, extracted, stdout, stderr } = await extractBesideWriter(['--all'])

  expect(exitCode).toBe(0)
  expect(labelsOf(extracted)).toEqual(['read-only transaction'])
  expect(extracted.some((one) => 'scn' in one)).toBe(false)
  expect(extracted.every(({ verdict }) => verdict === 'balanced')).toBe(true)
  expect(extracted[0]?.because).toContain(
    `units: it may not be read as of an SCN (ORA-01031); GRANT FLASHBACK ON FINDW.LU_DEPT_UNITS TO ${FINANCE_READER} would allow it.`,
  )
  expect(stdout).toContain('source = read = file, read-only transaction, 2 executions, ')
  expect(unwrapped(stderr)).toMatch(
    /^One moment: read-only transaction\. .+ GRANT FLASHBACK ON .+ \(and \d more: see because in the result\)$/m,
  )
  expect(sumsOf(extracted)).toEqual([sum])
})

test('where each statement has a moment of its own, the balance tells that rows came between', async () => {
  await using _grants = withoutGrants()
  let ids = 0
  const { exitCode, extracted, stdout } = await extractBesideWriter(['objects'], {
    beforeEach: () =>
      cli.database.run(
        FINANCE_OWNER,
        `INSERT INTO OBJECT_CODES (OBJ_ID, OBJ_CODE) VALUES (${900_000 + ++ids}, ${7_000 + ids})`,
      ),
    arm: (faults) =>
      faults.arm({
        kind: 'error-on-call',
        statement: 'SET TRANSACTION',
        code: 1031,
        text: 'insufficient privileges',
      }),
  })
  cli.database.run(FINANCE_OWNER, 'DELETE FROM OBJECT_CODES WHERE OBJ_ID > 900000')

  expect(exitCode).toBe(8)
  expect(extracted).toMatchObject([{ recordType: 'objects', error: { code: 'BALANCE_DIFFERS' } }])
  expect(stdout).toContain('objects: FAILED (exit 8)')
})

const LAST = catalogue.names.at(-1) ?? ''
/** What it reads. */
const LAST_VIEW = 'DEPT_2400_SUBPRJ_VW'
/** Struck in the rows of the record type that is read last, when others are committed. */
const BROKEN = { kind: 'cut-after-rows', rows: 100 } as const

test('a connection that breaks within extract --all is replaced by one that reads the same SCN', async () => {
  const { exitCode, extracted, stderr } = await extractBesideWriter(['--all'], {
    arm: (faults) => faults.arm({ ...BROKEN, statement: LAST_VIEW }),
  })

  expect(exitCode).toBe(0)
  expect(stderr).toContain('Trying again')
  const [scn] = extracted.map(({ scn }) => scn)
  expect(labelsOf(extracted)).toEqual([`scn ${scn}`])
  expect(extracted.find(({ recordType }) => recordType === LAST)?.executions).toBeGreaterThan(2)
  expect(sumsOf(extracted)).toEqual([sum])
})

const TOO_OLD = { kind: 'error-after-rows', rows: 100, code: 1555, text: 'snapshot too old' } as const

test('a read that finds its undo gone is begun again at a new SCN', async () => {
  const { exitCode, extracted, stderr } = await extractBesideWriter(['units'], {
    arm: (faults) => faults.arm({ ...TOO_OLD, statement: 'LU_DEPT_UNITS' }),
  })

  expect(exitCode).toBe(0)
  expect(unwrapped(stderr)).toMatch(/ORA-01555.* Trying again/)
  const [units] = extracted
  expect(units?.consistency).toBe(`scn ${units?.scn}`)
})

test.each([
  ['its undo is gone by then', { fault: BROKEN, isRevoked: false }],
  ['its undo ran out in the middle of a read', { fault: TOO_OLD, isRevoked: false }],
  ['it was a read-only transaction', { fault: BROKEN, isRevoked: true }],
])('a moment that cannot be read again leaves a fuzzy rest: %s', async (_, { fault, isRevoked }) => {
  await using _grants = isRevoked ? withoutGrants() : undefined
  let faults: OracleServer['faults'] | undefined
  let isSpoiled = fault !== BROKEN
  const { exitCode, extracted } = await extractBesideWriter(['--all'], {
    arm(given) {
      faults = given
      faults.arm({ ...fault, statement: LAST_VIEW })
    },
    beforeEach() {
      if (isSpoiled || faults?.list()[0]?.struck !== 1) return
      isSpoiled = true
      cli.database.run(PROJECTS_OWNER, "UPDATE SUBPROJECTS SET SP_STATUS = SP_STATUS || '!'")
      cli.database.expireUndo()
    },
  })

  expect(exitCode).toBe(0)
  const [first, ...others] = labelsOf(extracted)
  expect(first).toMatch(isRevoked ? /^read-only transaction$/ : /^scn \d+$/)
  expect(others).toEqual([expect.stringMatching(isRevoked ? /^fuzzy$/ : /^fuzzy, scn \d+$/)])
  const last = extracted.find(({ recordType }) => recordType === LAST)
  expect(last?.verdict).toBe('balanced')
  expect(last?.because?.[0]).toContain(`before this run was resumed is of ${first} (fixed at `)
  expect(extracted.find(({ recordType }) => recordType === 'task_orders')?.consistency).toBe(first)
})
