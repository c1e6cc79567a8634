import { describeSocrataApi, SOCRATA_CONTRACT_COLUMNS } from '@findata/contracts'
import { startSocrata } from '../src/start-socrata.ts'
import { realSocrata } from './env.ts'

describeSocrataApi('the stand-in', async () => {
  const reader = { user: 'reader@sandbox.invalid', password: 'reads only' }
  const server = await startSocrata({
    datasets: [
      { id: 'cont-ract', name: 'Contract', columns: SOCRATA_CONTRACT_COLUMNS, rowIdentifier: 'record_id' },
      { id: 'plai-n000', name: 'Without row identifier', columns: SOCRATA_CONTRACT_COLUMNS },
    ],
    readers: [reader],
  })
  return {
    url: server.url,
    credentials: server.credentials,
    reader,
    dataset: 'cont-ract',
    plainDataset: 'plai-n000',
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
})

if (realSocrata.url !== undefined && realSocrata.dataset !== undefined) {
  const { url, dataset, credentials } = realSocrata
  describeSocrataApi(
    `the dataset ${dataset}`,
    async () => ({
      url,
      dataset,
      credentials,
      lagMs: 60_000,
      isLasting: true,
      [Symbol.asyncDispose]: async () => {},
    }),
    { lacks: ['replace', 'plain-dataset', 'reader'] },
  )
}
