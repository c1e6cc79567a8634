import { describe } from 'vitest'
import { describeDescribing } from './extractor/describe-rows.ts'
import { describeExtracting } from './extractor/extract-rows.ts'
import { describeInspecting } from './extractor/inspect-source.ts'
import { describeMoments } from './extractor/moment-rows.ts'
import { describeRoundTrips } from './extractor/round-trip.ts'
import { describeSetHash } from './extractor/set-hash.ts'
import type { OpenSource } from './extractor/source-table.ts'
import { describeTotals } from './extractor/totals-rows.ts'
import { describeValues } from './extractor/value-rows.ts'
import { describeWindows } from './extractor/window-rows.ts'

/** What every Extractor over Oracle SQL does. It makes its own tables and drops them again. */
export function describeExtractor(name: string, open: OpenSource): void {
  describe(name, () => {
    describeValues(open)
    describeRoundTrips(open)
    describeDescribing(open)
    describeInspecting(open)
    describeExtracting(open)
    describeTotals(open)
    describeSetHash(open)
    describeMoments(open)
    describeWindows(open)
  })
}
