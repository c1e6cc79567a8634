import { TerminalError } from '@findata/core'
import type { KnackSettings } from '../env.ts'
import type { KnackDestination } from '../mapping.ts'
import type { Attempt, ProbeOptions } from '../probe-destination.ts'
import { checkIdentity } from './check-app.ts'
import { createKnackClient } from './knack-client.ts'
import { openObject } from './open-object.ts'

/** Long enough for an app that works; doctor is not to hang on one that does not. */
const TIMEOUT_MS = 10_000

/** The app by its public description, each object and its fields, then the key by one call that finds nothing. */
export async function probeKnack(
  { destination, settings }: { readonly destination: KnackDestination; readonly settings: KnackSettings },
  { recordTypes, clock, signal }: ProbeOptions,
  attempt: Attempt,
): Promise<void> {
  const client = createKnackClient(
    { ...settings, apiKey: settings.apiKey(), timeoutMs: TIMEOUT_MS },
    { clock, signal },
  )
  const app = await attempt(
    'app',
    async () => {
      const described = await client.application()
      checkIdentity(described, settings.app, destination.name)
      return described
    },
    ({ name, slug }) => `${name} (${slug})`,
  )
  if (!app) return
  let readable: { readonly objectKey: string; readonly field: string } | undefined
  for (const { recordType, schema } of recordTypes) {
    const opened = await attempt(
      recordType.name,
      () => openObject(app, { destination, settings, recordType, schema, startedAt: clock.now() }),
      ({ object, fields }) => `${object.key} (${object.name}), ${fields.length} fields`,
    )
    const field = opened?.fields.find(({ isKey }) => isKey)?.name
    if (opened && field !== undefined) readable ??= { objectKey: opened.object.key, field }
  }
  const isTimed = recordTypes.some(({ recordType }) =>
    destination.recordTypes[recordType.name]?.fields.some(({ from }) => 'generated' in from),
  )
  if (isTimed) {
    const timeZone = settings.timeZone ?? app.timeZone
    if (timeZone !== undefined) await attempt('time zone', () => timeZone, String)
  }
  if (!readable) return
  const { objectKey, field } = readable
  const isAccepted = await attempt(
    'credentials',
    () => client.findRecords(objectKey, field, ['0']),
    () => 'accepted',
  )
  const { left, limit, resetAt } = client.allowance()
  if (!isAccepted || left === undefined) return
  await attempt(
    'allowance',
    () => {
      if (left > 0) return left
      const anew = resetAt ? ` They begin anew at ${resetAt.toISOString()}.` : ''
      throw new TerminalError('DESTINATION_ALLOWANCE_SPENT', `The calls of the day are used up.${anew}`)
    },
    () =>
      `${left}${limit === undefined ? '' : ` of ${limit}`} calls left today${resetAt ? `, anew at ${resetAt.toISOString()}` : ''}`,
  )
}
