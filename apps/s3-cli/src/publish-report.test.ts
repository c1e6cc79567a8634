import {
  type Bridge,
  type Certificate,
  type PresentLine,
  type PublishResult,
  TerminalError,
} from '@findata/core'
import { describe, expect, test } from 'vitest'
import { describePublication, publicationResult } from './publish-report.ts'

const money = [
  { column: 'TK_CURR_AMOUNT', scale: 2 },
  { column: 'CHARGED_AMOUNT', scale: 2 },
]
const line = (rows: number, sum: string, unreadable = 0): PresentLine => ({
  rows,
  sums: { TK_CURR_AMOUNT: sum, CHARGED_AMOUNT: '0' },
  unreadable,
})
const none = line(0, '0')

const unbridged: Bridge = {
  read: none,
  rejected: none,
  filtered: none,
  exactDuplicates: none,
  folded: none,
  entities: none,
}

function resultWith(
  publication: Partial<NonNullable<Certificate['publication']>>,
  problems: PublishResult['problems'] = [],
  bridge = unbridged,
): PublishResult {
  const certificate = {
    runId: 'run',
    verdict: 'balanced',
    money,
    hops: [],
    comparisons: [],
    guards: [],
    bridge,
    publication: {
      departed: none,
      duplicates: none,
      outdated: none,
      published: line(5804, '1460347608.33'),
      entities: line(5804, '1460347608.33'),
      ...publication,
    },
  }
  const outcome = { created: 1, updated: 2, deleted: 0, alreadyDone: 0, calls: 7 }
  return {
    certificate,
    certificateKey: 'certificates/task_orders/run.json',
    outcome: { ...outcome, refused: [], stale: [], held: [], waiting: 0 },
    plan: { unchanged: 5801, rejected: 0 },
    rejections: { count: 0, listed: [] },
    manifest: { runId: 'snapshot' },
    target: 'object_86 (Task orders) in Data Tracker',
    problems,
  } as unknown as PublishResult
}

const described = (...of: Parameters<typeof resultWith>) =>
  describePublication('task_orders', 'data-tracker', resultWith(...of)).split('\n')

describe('what a publication did', () => {
  test('says what money the records hold that are only there, and what to do about them', () => {
    const lines = described({ departed: line(52, '23366903.94', 3) })
    expect(lines.join('\n')).toContain(`
  52 records are only in the destination: TK_CURR_AMOUNT 23,366,903.94;
    CHARGED_AMOUNT 0.00; 3 amounts are no numbers
  s3-cli plan names them; \`departed\` in the configuration can flag or delete
    such records
`)
  })

  test('speaks of one record as of one', () => {
    const text = described({
      departed: line(1, '5', 1),
      duplicates: line(1, '7'),
      outdated: line(1, '9'),
    }).join('\n')
    expect(text).toContain('1 record is only in the destination: TK_CURR_AMOUNT 5.00')
    expect(text).toContain('1 amount is no number\n  s3-cli plan names it; ')
    expect(text).toContain('1 record there shares its key with another: TK_CURR_AMOUNT 7.00')
    expect(text).toContain('1 record there is not as wanted: TK_CURR_AMOUNT 9.00')
  })

  test('says what lies between the rows of the file and the entities, with its money', () => {
    const bridge = {
      ...unbridged,
      read: line(5811, '10'),
      exactDuplicates: line(1, '0.25'),
      folded: line(2374, '-8461918327.93'),
      entities: line(3436, '8461918337.68'),
    }
    const text = described({}, [], bridge).join('\n')
    expect(text).toContain(`
  5,811 rows in the file, 3,436 entities; between them:
    1 exact duplicate
      TK_CURR_AMOUNT                                     0.25
      CHARGED_AMOUNT                                     0.00
    2,374 folded into another row of their key
      TK_CURR_AMOUNT                        -8,461,918,327.93
      CHARGED_AMOUNT                                     0.00
`)
    expect(publicationResult('units', 'socrata', resultWith({}, [], bridge))).toMatchObject({ bridge })
  })

  test('says nothing of records that are not there', () => {
    expect(described({}).join('\n')).not.toMatch(/between|only in|shares?|not as wanted|s3-cli plan/)
  })

  test('keeps within 80 columns and breaks no key', () => {
    const key = 'TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000, BYR_FDU=8400 2507 9042'
    const message = `task_orders in data-tracker: 1 cannot be published there:\n  ${key}: in the destination it would be the same record as ${key.replaceAll('8400 2507 9042', '84')}\nand the limit of 25 refused records is reached, so that nothing else was sent to the destination in this run.`
    const lines = described({ departed: line(52, '23366903.94') }, [
      new TerminalError('RECORDS_REJECTED', message),
    ])
    expect(lines.filter((one) => one.length > 80)).toEqual([])
    expect(lines.some((one) => one.startsWith(`    ${key}: `))).toBe(true)
    expect(lines.join('\n')).toContain('TASK_ORDER_DEPT=2400, TASK_ORDER_ID=24ROW51000, BYR_FDU=84')
  })

  test('counts them in the result for machines, whose messages are whole', () => {
    const message = 'one line '.repeat(20).trim()
    const result = publicationResult(
      'task_orders',
      'data-tracker',
      resultWith({ departed: line(52, '23366903.94'), duplicates: line(2, '1') }, [
        new TerminalError('RECORDS_REJECTED', message),
      ]),
    )
    expect(result).toMatchObject({
      departed: 52,
      duplicates: 2,
      status: 'incomplete',
      problems: [{ error: { message } }],
    })
  })
})
