import type { OracleValue } from '../oracle/values.ts'
import { centsToText, createSeededRandom, type SeededRandom } from './seeded-random.ts'

/** The rows of one table, in the order of its columns. */
export type TableRows = OracleValue[][]

export interface FinanceRows {
  readonly taskOrders: TableRows
  readonly buyerFdus: TableRows
  readonly departmentUnits: TableRows
  readonly objectCodes: TableRows
  readonly masterAgreements: TableRows
  readonly fdus: TableRows
  readonly subprojects: TableRows
  readonly fduBalances: TableRows
}

const FUNDS = ['5125', '5390', '5610', '4730', '8112', '8119', '8127', '8400', '8581'] as const
const FUND_NAMES: Readonly<Record<string, string>> = {
  5125: 'Mobility',
  5390: 'Transportation Inventory',
  5610: 'Parking Management',
  4730: 'Parking CIP',
  8112: '2012 Bond',
  8119: '2016 Bond',
  8127: '2018 Bond',
  8400: 'CIP Improvements',
  8581: 'Quarter Cent',
}
const DEPARTMENTS = ['2400', '2507', '6200', '6207'] as const
/** Text that has broken somebody's pipeline: an unclosed `<`, accents, Thai, quotes, line breaks, an emoji. */
const AWKWARD_TEXTS = [
  'Drainage <50 acres> north of Río Grande St',
  'Lot <50 acres',
  'Señalización y pavimentación, años 2024–2026',
  'ซ่อมแซมสะพานลอยคนเดินข้าม',
  'O\'Neil & Sons "phase II" \\ culvert',
  'Line one\nline two\r\nline three\ttab',
  'Bike lane 🚲 & crosswalk',
  '  two spaces before and after  ',
] as const
const WORKS = [
  'Signal',
  'Sidewalk',
  'Bridge',
  'Street light',
  'Crosswalk',
  'Parking meter',
  'Drainage',
  'Bikeway',
] as const
const ACTIONS = [
  'repair',
  'replacement',
  'inspection',
  'design',
  'survey',
  'installation',
  'removal',
] as const
const PLACES = [
  'Lamar Blvd',
  'Guadalupe St',
  'Riverside Dr',
  'E 7th St',
  'Burnet Rd',
  'Oltorf St',
  'Barton Springs Rd',
] as const
const PEOPLE = [
  'A. Flores',
  'B. Nguyen',
  'C. Okafor',
  'D. Petrov',
  'E. Suwannarat',
  'F. García',
  "G. O'Brien",
] as const
/** Local times around both changes of summer time of 2026 in America/Chicago, one of which does not exist there. */
const AWKWARD_DATES = [
  '2026-03-08T01:59:59',
  '2026-03-08T02:30:00',
  '2026-03-08T03:00:00',
  '2026-11-01T01:30:00',
  '2026-11-01T02:00:00',
  '2025-12-31T23:59:59',
  '2024-02-29T00:00:00',
] as const

const TASK_ORDERS = 3_500
const UNITS = 1_500
const UNITS_OF_OTHERS = 700
const OBJECTS = 1_200
const AGREEMENTS = 1_500
const FDUS = 12_000
const SUBPROJECTS = 2_500

/** Every table of the finance sample. Counts and shapes follow the real views; names and amounts are made up. */
export function makeFinanceRows(seed = 20_261_122): FinanceRows {
  const random = createSeededRandom(seed)
  const departmentUnits = makeDepartmentUnits(random)
  const subprojects = makeSubprojects(random)
  const taskOrders = makeTaskOrders(random)
  return {
    taskOrders,
    buyerFdus: makeBuyerFdus(random, taskOrders),
    departmentUnits,
    objectCodes: makeObjectCodes(random),
    masterAgreements: makeMasterAgreements(random),
    fdus: makeFdus(random, subprojects, departmentUnits),
    subprojects,
    fduBalances: makeFduBalances(random),
  }
}

function describeWork(random: SeededRandom, awkwardPercent = 2): string {
  if (random.chance(awkwardPercent)) return random.pick(AWKWARD_TEXTS)
  return `${random.pick(WORKS)} ${random.pick(ACTIONS)}, ${random.between(100, 9900)} ${random.pick(PLACES)}`
}

/** Columns: department, id, description, status, type, estimate, charged, balance, estimator, last update. */
function makeTaskOrders(random: SeededRandom): TableRows {
  const rows: TableRows = []
  for (let i = 0; i < TASK_ORDERS; i++) {
    const department = random.pick(['2400', '2400', '2400', '6200', '6000'])
    const id = random.chance(10)
      ? `${random.pick(['24ROW', '24ART', '62ART'])}${String(50_000 + i)}`
      : `${department}${String(2_000 + i).padStart(6, '0')}`
    const estimate = random.between(0, 90_000_000)
    const charged = random.between(-50_000, Math.round(estimate * 1.1) + 1)
    const isBlank = random.chance(1)
    rows.push([
      department,
      id,
      random.chance(0.4) ? null : describeWork(random),
      random.chance(0.5) ? null : random.pick(['Active', 'Inactive', 'Inactive']),
      random.pick(['Memo', 'Internal Billed']),
      isBlank ? null : centsToText(estimate),
      isBlank ? null : centsToText(charged),
      isBlank ? null : centsToText(estimate - charged),
      random.chance(60) ? null : random.pick(PEOPLE),
      random.chance(2) ? random.pick(AWKWARD_DATES) : dateIn(random, 2024, 2026),
    ])
  }
  // One id under two departments: the order moved from 2400 to 6200 and both rows are in the view.
  rows.push(
    [
      '2400',
      '2400002000',
      'Moved to 6200',
      'Inactive',
      'Memo',
      '100.1',
      '25.05',
      '75.05',
      null,
      '2024-05-01T00:00:00',
    ],
    [
      '6200',
      '2400002000',
      'Traffic signal, moved from 2400',
      'Active',
      'Memo',
      '7',
      null,
      '7',
      'A. Flores',
      '2024-05-01T00:00:01',
    ],
    // The largest NUMBER(18,2), a cent, and a negative cent.
    [
      '2400',
      '24ROW51000',
      'Right of way <50 acres',
      'Active',
      'Internal Billed',
      '9999999999999999.99',
      '0.01',
      '9999999999999999.98',
      null,
      '2026-03-08T02:30:00',
    ],
    ['2400', '24ART01073', null, 'Active', 'Memo', '-0.25', '-0.01', '-0.24', null, '2026-11-01T01:30:00'],
  )
  return dropRepeated(rows.reverse(), (row) => `${row[0]}/${row[1]}`)
}

/** Columns: task order id, buyer FDU, line. The view repeats a pair for every line, in no order. */
function makeBuyerFdus(random: SeededRandom, taskOrders: TableRows): TableRows {
  const rows: TableRows = []
  let line = 0
  for (const [, id] of taskOrders) {
    const count = random.chance(45) ? 1 : random.between(0, 4)
    for (let i = 0; i < count; i++) {
      const fdu = makeFdu(random)
      for (let repeat = random.between(1, 2); repeat > 0; repeat--)
        rows.push([id ?? null, fdu, String(++line)])
    }
  }
  rows.push(
    ['2400002000', '5610 2400 4200', String(++line)],
    ['2400002000', '5610 2400 4100', String(++line)],
    ['24ROW51000', '8400 2507 9042', String(++line)],
  )
  return rows.sort((a, b) => mix(a[2]) - mix(b[2]))
}

/** Columns: unit id, department id, department, unit, long name, short name, status. */
function makeDepartmentUnits(random: SeededRandom): TableRows {
  const rows: TableRows = []
  for (let i = 0; i < UNITS + UNITS_OF_OTHERS; i++) {
    // A department that is no number: the old query's comparison with numbers would stop at it.
    const department =
      i < UNITS ? random.pick(DEPARTMENTS) : random.pick(['1100', '4300', '8700', 'ADMN', '22A0'])
    const unit = String(1000 + (i % 9000))
    rows.push([
      String(359_318_059 + i * 7),
      String(180_775_091 + Number.parseInt(department, 36)),
      department,
      unit,
      random.chance(1) ? random.pick(AWKWARD_TEXTS) : `${random.pick(WORKS)} ${random.pick(ACTIONS)}`,
      `${department}-${unit}`,
      random.pick(['Active', 'Active', 'Inactive']),
    ])
  }
  return rows
}

/** Columns: the twelve of the object list. */
function makeObjectCodes(random: SeededRandom): TableRows {
  return Array.from({ length: OBJECTS }, (_, i) => [
    String(500_000 + i),
    String(random.between(1, 9)),
    String(random.between(10, 40)),
    String(random.between(100, 180)),
    String(random.between(1, 60)),
    String(5000 + i),
    `${random.pick(WORKS)} ${random.pick(['services', 'supplies', 'rental', 'fees'])}`,
    random.chance(5) ? null : `OBJ ${5000 + i}`,
    random.chance(20) ? null : describeWork(random),
    random.pick(['Y', 'N']),
    random.pick(['Active', 'Inactive']),
    random.pick(['1', '0']),
  ])
}

/** Columns: code, department, id, description, phase, vendor, legal name. */
function makeMasterAgreements(random: SeededRandom): TableRows {
  return Array.from({ length: AGREEMENTS }, (_, i) => [
    'MA',
    random.pick(['2400', '6200']),
    `GA${random.between(17, 26)}${String(i).padStart(7, '0')}`,
    random.chance(3) ? null : describeWork(random),
    String(random.between(1, 3)),
    random.chance(2) ? null : `VS${String(random.between(1, 99_999_999)).padStart(10, '0')}`,
    random.chance(2)
      ? null
      : `${random.pick(PEOPLE)} ${random.pick(['LLC', 'Inc.', 'S.A. de C.V.', 'จำกัด'])}`,
  ])
}

/** Columns: the fifteen of the sub-project FDU list. */
function makeFdus(random: SeededRandom, subprojects: TableRows, units: TableRows): TableRows {
  return Array.from({ length: FDUS }, (_, i) => {
    const unit = units[i % units.length] as OracleValue[]
    const fund = random.pick(FUNDS)
    const subproject = subprojects[i % subprojects.length] as OracleValue[]
    const isLoose = random.chance(1)
    return [
      `${unit[2]} Transportation`,
      isLoose ? null : String(70_000 + (i % SUBPROJECTS)),
      isLoose ? null : String(900_000 + i),
      isLoose ? null : (subproject[1] ?? null),
      String(1_000_000 + i),
      `${fund} ${unit[2]} ${unit[3]}`,
      fund,
      FUND_NAMES[fund] ?? null,
      unit[2] ?? null,
      unit[1] ?? null,
      unit[0] ?? null,
      unit[6] ?? null,
      unit[3] ?? null,
      unit[4] ?? null,
      unit[5] ?? null,
    ]
  })
}

/** Columns: project, number text, name, description, scope, manager, managing department, status. One percent appear twice. */
function makeSubprojects(random: SeededRandom): TableRows {
  const rows: TableRows = Array.from({ length: SUBPROJECTS - SUBPROJECTS / 100 }, (_, i) => {
    const project = 5000 + Math.floor(i / 3)
    return [
      String(project),
      `${project}.${String(((i % 3) + 1) * 10).padStart(3, '0')}`,
      describeWork(random),
      random.chance(10) ? null : `${describeWork(random, 5)}. ${describeWork(random)}.`,
      random.chance(30) ? null : makeScope(random),
      random.pick(PEOPLE),
      random.pick(['2400', '6200', null]),
      random.pick(['Active', 'Closed', 'Planned']),
    ]
  })
  const first = rows[0] as OracleValue[]
  first[0] = '13240'
  first[1] = '13240.010'
  for (let i = 0; i < SUBPROJECTS / 100; i++) rows.push([...(rows[i * 97] as OracleValue[])])
  return rows
}

/** Columns: those of the FDU balance view that the documentation's example reads. */
function makeFduBalances(random: SeededRandom): TableRows {
  return Array.from({ length: 400 }, (_, i) => {
    const approved = random.between(0, 500_000_000)
    const spent = random.between(0, approved)
    const obligated = random.between(0, approved - spent)
    const encumbered = random.between(0, 1_000_000)
    const fund = random.pick(FUNDS)
    const division = random.between(10, 40)
    const unit = String(1000 + i)
    return [
      `${fund} 2400 ${unit}`,
      random.pick(['Active', 'Inactive']),
      fund,
      FUND_NAMES[fund] ?? null,
      '2400',
      'Transportation',
      `24${division}`,
      `Division ${division}`,
      `24${division}A`,
      `Group ${division}A`,
      unit,
      describeWork(random),
      String(2_000_000 + i),
      random.chance(10) ? null : `${5000 + i}.010`,
      describeWork(random),
      random.pick(['Active', 'Closed']),
      centsToText(approved),
      centsToText(spent),
      centsToText(obligated),
      centsToText(encumbered),
      centsToText(approved - spent - obligated),
    ]
  })
}

function makeScope(random: SeededRandom): string {
  const paragraphs = random.chance(1) ? random.between(40, 120) : random.between(1, 6)
  return Array.from(
    { length: paragraphs },
    () => `${describeWork(random, 4)}; ${describeWork(random)}.`,
  ).join('\n')
}

function makeFdu(random: SeededRandom): string {
  return `${random.pick(FUNDS)} ${random.pick(DEPARTMENTS)} ${random.between(1000, 9999)}`
}

function dateIn(random: SeededRandom, firstYear: number, lastYear: number): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const date = `${random.between(firstYear, lastYear)}-${two(random.between(1, 12))}-${two(random.between(1, 28))}`
  return `${date}T${two(random.between(0, 23))}:${two(random.between(0, 59))}:${two(random.between(0, 59))}`
}

function dropRepeated(rows: TableRows, keyOf: (row: OracleValue[]) => string): TableRows {
  const seen = new Set<string>()
  return rows.filter((row) => !seen.has(keyOf(row)) && seen.add(keyOf(row)))
}

/** Scatters line numbers, so that rows come in an order that means nothing. */
function mix(line: OracleValue | undefined): number {
  return Math.imul(Number(line), 0x9e3779b1) >>> 0
}
