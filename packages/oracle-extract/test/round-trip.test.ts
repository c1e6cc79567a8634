import { describeRoundTrips } from '@findata/contracts'
import { describe } from 'vitest'
import { openRoundTripOracle } from './support/open-round-trip-source.ts'

describe('without row compression, in small packets', () => {
  describeRoundTrips(() => openRoundTripOracle({ rowCompression: false, parameter: '?sdu=512' }), { runs: 5 })
})
