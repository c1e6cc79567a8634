import { describeExtractor } from '@findata/contracts'
import { ODD_SESSION, openRoundTripOracle } from './support/open-round-trip-source.ts'

describeExtractor('the extractor in sessions that a trigger made odd', () =>
  openRoundTripOracle({ afterLogon: ODD_SESSION }),
)
