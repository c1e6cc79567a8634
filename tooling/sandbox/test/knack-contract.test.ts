import { describeKnackApi } from '@findata/contracts'
import type { KnackAppDefinition } from '../src/knack/knack-app.ts'
import { startKnack } from '../src/start-knack.ts'
import { realKnack } from './env.ts'

const APP: KnackAppDefinition = {
  id: '0123456789abcdef01234567',
  apiKey: 'contract-key',
  slug: 'contract',
  name: 'Contract',
  accountSlug: 'findata',
  timeZone: 'Central Time (US & Canada)',
  objects: [
    {
      key: 'object_1',
      name: 'Everything',
      fields: [
        { key: 'field_1', name: 'Text', type: 'short_text' },
        { key: 'field_2', name: 'Paragraph', type: 'paragraph_text' },
        { key: 'field_3', name: 'Number', type: 'number' },
        { key: 'field_4', name: 'Amount', type: 'currency' },
        { key: 'field_5', name: 'Flag', type: 'boolean' },
        { key: 'field_6', name: 'Changed', type: 'date_time' },
        { key: 'field_7', name: 'Status', type: 'multiple_choice', options: ['Active', 'Inactive'] },
      ],
    },
  ],
}

describeKnackApi('the stand-in', async () => {
  const server = await startKnack({ apps: [APP], callsPerSecond: 100_000 })
  return {
    apiUrl: server.url,
    appId: APP.id,
    apiKey: APP.apiKey,
    objectKey: 'object_1',
    callsPerSecond: Number.POSITIVE_INFINITY,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
})

const { appId, apiKey, apiUrl, objectKey } = realKnack
if (appId !== undefined && apiKey !== undefined && objectKey !== undefined) {
  describeKnackApi(`${objectKey} of the app ${appId}`, async () => ({
    apiUrl,
    appId,
    apiKey,
    objectKey,
    callsPerSecond: 5,
    [Symbol.asyncDispose]: async () => {},
  }))
}
