import {
  compareHops,
  compareMapped,
  createCertificate,
  type Hop,
  type Publication,
} from '../src/certificate.ts'
import { exampleCertificate, exampleFacts } from './example-certificate.ts'

const [read, file, entities] = exampleFacts.hops.slice(1) as [Hop, Hop, Hop]
const none = { rows: 0, sums: { AMOUNT: '0' } }
const held = { rows: 3, sums: { AMOUNT: '106.85' } }

const mapped: Hop = {
  name: 'mapped',
  of: 'entities',
  totals: {
    rows: 3,
    money: { AMOUNT: { nonNull: 3, sum: '106.85', min: '-0.25', max: '100.1' } },
    distinctEntityKeys: 3,
    setHash: '0c'.repeat(16),
  },
}

const publication: Publication = {
  destination: 'data-tracker',
  target: 'object_86 (Task orders) in Data Tracker',
  snapshotRunId: exampleCertificate.runId,
  sent: { creates: 2, updates: 1, deletes: 0 },
  unchanged: 0,
  departed: { rows: 4, sums: { AMOUNT: '2336.5' }, unreadable: 1 },
  duplicates: { rows: 1, sums: { AMOUNT: '7' }, unreadable: 0 },
  outdated: { ...none, unreadable: 0 },
  present: 8,
  entities: held,
  published: held,
  notPublished: { rejected: none, refused: none, stale: none, held: none, waiting: none },
  calls: 7,
}

/** The worked example as it is published: 3 entities, 106.85. */
export const publishedFacts = {
  ...exampleFacts,
  runId: '20261122T150000Z-publish',
  startedAt: '2026-11-22T15:00:00.000Z',
  finishedAt: '2026-11-22T15:00:03.000Z',
  ...toFacts(mapped, publication),
  leftOut: [`source: in the certificate of the snapshot, run ${exampleCertificate.runId}`],
  guards: [{ guard: 'departed', passed: true, evidence: '4 only there, reported', examples: [] }] as const,
  overrides: [],
  executions: 0,
}

export const publishedCertificate = createCertificate(publishedFacts)

const line = { rows: 1, sums: { AMOUNT: '7' } }

/** The same with the record of 7.00 refused. */
export const partlyPublishedCertificate = createCertificate({
  ...publishedFacts,
  ...toFacts(
    {
      ...mapped,
      totals: { rows: 2, money: { AMOUNT: { nonNull: 2, sum: '99.85', min: '-0.25', max: '100.1' } } },
    },
    {
      ...publication,
      sent: { creates: 1, updates: 1, deletes: 0 },
      published: { rows: 2, sums: { AMOUNT: '99.85' } },
      notPublished: { ...publication.notPublished, refused: line },
      outdated: { rows: 1, sums: { AMOUNT: '6' }, unreadable: 0 },
    },
  ),
})

function toFacts(as: Hop, publication: Publication) {
  const destination: Hop = { ...as, name: 'destination' }
  return {
    hops: [read, file, entities, as, destination],
    comparisons: [
      compareHops(read, file),
      compareMapped(entities, as, publication),
      compareHops(as, destination),
    ],
    publication,
  }
}
