import { bigquery } from './areas/bigquery.ts'
import { extract } from './areas/extract.ts'
import { knack } from './areas/knack.ts'
import { reportAndAdmin } from './areas/report-and-admin.ts'
import { socrata } from './areas/socrata.ts'
import type { Area } from './behaviour.ts'

export const areas: readonly Area[] = [extract, knack, socrata, bigquery, reportAndAdmin]
