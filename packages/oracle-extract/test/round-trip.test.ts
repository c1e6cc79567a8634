import { describeRoundTrips } from '@findata/contracts'
import { describe } from 'vitest'
import { ODD_SESSION, openRoundTripOracle } from './support/open-round-trip-source.ts'

describe('without row compression, in small packets', () => {
  describeRoundTrips(() => openRoundTripOracle({ rowCompression: false, parameter: '?sdu=512' }), { runs: 5 })
})

describe('in sessions that a trigger gave a decimal comma, dates and a zone of their own', () => {
  describeRoundTrips(() => openRoundTripOracle({ afterLogon: ODD_SESSION }), { runs: 5 })
})
