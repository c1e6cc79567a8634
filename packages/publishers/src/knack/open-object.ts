import { type RecordType, type Row, type RowSchema, type TargetField, TerminalError } from '@findata/core'
import type { KnackSettings } from '../env.ts'
import { compileRecordMapper, localTimestamp, type RejectedEntity } from '../map-record.ts'
import type { KnackDestination, Mapping } from '../mapping.ts'
import { toTargetFields } from '../target-fields.ts'
import type { WantedRecord } from '../target-record.ts'
import { checkIdentity, findFields, findObject } from './check-app.ts'
import type { KnackApp, KnackField, KnackObject } from './knack-metadata.ts'

/** An object of a Knack app that is proven to be the one that is meant, and how entities become records of it. */
export interface OpenObject {
  readonly object: KnackObject
  readonly mapping: Mapping
  /** In the order of the mapping, the mark of departed records last; `knackFields` are the same as Knack describes them. */
  readonly fields: readonly TargetField[]
  readonly knackFields: readonly KnackField[]
  toRecord(entity: Row): WantedRecord | RejectedEntity
}

export function openObject(
  app: KnackApp,
  {
    destination,
    settings,
    recordType,
    schema,
    startedAt,
  }: {
    readonly destination: KnackDestination
    readonly settings: KnackSettings
    readonly recordType: RecordType
    readonly schema: RowSchema
    readonly startedAt: Date
  },
): OpenObject {
  const mapping = destination.recordTypes[recordType.name]
  if (!mapping) {
    const known = Object.keys(destination.recordTypes).join(', ')
    throw new TerminalError(
      'DESTINATION_UNKNOWN',
      `${destination.name} does not take ${recordType.name}. It takes ${known}.`,
    )
  }
  checkIdentity(app, settings.app, destination.name)
  const [objectKey = ''] = [mapping.target].flat()
  const object = findObject(app, objectKey, destination.name)
  const where = `${object.key} (${object.name}) in ${app.name}`
  const knackFields = findFields(object, mapping, schema, where)
  const fields = toTargetFields(
    mapping,
    recordType,
    new Map(knackFields.map(({ key, name: label, kind }) => [key, { label, kind }])),
  )
  const timestamp = timestampOf(app, { destination, settings, mapping, startedAt })
  return {
    object,
    mapping,
    fields,
    knackFields,
    toRecord: compileRecordMapper({ mapping, recordType, schema, fields, timestamp }),
  }
}

/** The start of the run on the app's own clock; only mappings that generate it need the zone. */
function timestampOf(
  app: KnackApp,
  {
    destination,
    settings,
    mapping,
    startedAt,
  }: {
    readonly destination: KnackDestination
    readonly settings: KnackSettings
    readonly mapping: Mapping
    readonly startedAt: Date
  },
): string {
  if (!mapping.fields.some(({ from }) => 'generated' in from)) return ''
  const timeZone = settings.timeZone ?? app.timeZone
  try {
    if (timeZone !== undefined) return localTimestamp(startedAt, timeZone)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  const unknown = JSON.stringify(timeZone ?? app.timeZoneName)
  throw new TerminalError(
    'CONFIG_INVALID',
    `The time zone ${unknown} of ${app.name} is not known, so that the modified date cannot be written in it. Set destinations.${destination.name}.connection.timeZone to its IANA name, such as America/Chicago.`,
    { details: { destination: destination.name, timeZone: timeZone ?? app.timeZoneName } },
  )
}
