import { describeRoundTrips } from '@findata/contracts'
import { describe } from 'vitest'
import { ODD_SESSION, openRoundTripOracle } from './support/open-round-trip-source.ts'

describe.each([
  { wire: 'with row compression', options: {} },
  {
    wire: 'without row compression, in small packets',
    options: { rowCompression: false, parameter: '?sdu=512' },
  },
  { wire: 'in odd sessions, in another zone', options: { afterLogon: ODD_SESSION, timeZone: '-06:00' } },
])('thousands of rows $wire', ({ options }) => {
  describeRoundTrips(() => openRoundTripOracle(options), { runs: 150, timeoutMs: 280_000 })
})
