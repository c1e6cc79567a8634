import type { Clock } from '@findata/core'
import { BadValue, isSameValue, renderValue, type Stored, toStored } from './field-values.ts'
import {
  COMPUTED_TYPES,
  checkApp,
  type KnackAppDefinition,
  type KnackFieldDefinition,
  type KnackObjectDefinition,
  type KnackRecord,
  type KnackValues,
} from './knack-app.ts'
import { KnackError, type KnackFieldError } from './knack-error.ts'

export interface StoredRecord {
  readonly id: string
  /** Grows with every write to any record: records without an asked order come in this one. */
  position: number
  readonly values: Map<string, Stored>
}

export interface ObjectState {
  readonly definition: KnackObjectDefinition
  readonly fields: ReadonlyMap<string, KnackFieldDefinition>
  readonly records: Map<string, StoredRecord>
}

export interface AppState {
  readonly definition: KnackAppDefinition
  readonly objects: ReadonlyMap<string, ObjectState>
}

/** Who writes: a client may not set computed fields, the app itself may. */
export type Writer = 'client' | 'app'

export type RecordFormat = 'both' | 'raw' | 'html'

/** The apps and their records. */
export interface KnackStore {
  readonly apps: ReadonlyMap<string, AppState>
  /** @throws KnackError 400 with what is wrong with the values. */
  insert(object: ObjectState, values: KnackValues, writer: Writer): StoredRecord
  /** Changes the fields that are named. @throws KnackError 400 as `insert`, 404 without such a record. */
  update(object: ObjectState, id: string, values: KnackValues, writer: Writer): StoredRecord
  remove(object: ObjectState, id: string): void
  render(app: AppState, object: ObjectState, record: StoredRecord, format?: RecordFormat): KnackRecord
}

export function createKnackStore(definitions: readonly KnackAppDefinition[], clock: Clock): KnackStore {
  const apps = new Map<string, AppState>()
  let lastPosition = 0
  let lastSecond = 0
  let lastNumber = 0

  function nextId(): string {
    // As in a document store: seconds, machine and a counter, so that ids grow with time.
    lastSecond = Math.max(lastSecond, Math.floor(clock.now().getTime() / 1000))
    lastNumber += 1
    return `${lastSecond.toString(16).padStart(8, '0')}5ac0ffee00${lastNumber.toString(16).padStart(6, '0')}`
  }

  function write(object: ObjectState, record: StoredRecord, values: KnackValues, writer: Writer): void {
    const changes = checkValues(object, record, values, writer)
    for (const [key, stored] of changes) {
      if (stored === undefined) record.values.delete(key)
      else record.values.set(key, stored)
    }
    record.position = ++lastPosition
  }

  const store: KnackStore = {
    apps,
    insert(object, values, writer) {
      const record: StoredRecord = { id: nextId(), position: 0, values: new Map() }
      write(object, record, values, writer)
      for (const { key, type } of object.fields.values()) {
        if (type === 'auto_increment' && !record.values.has(key)) {
          record.values.set(key, nextNumber(object, key))
        }
      }
      object.records.set(record.id, record)
      return record
    },
    update(object, id, values, writer) {
      const record = requireRecord(object, id)
      write(object, record, values, writer)
      return record
    },
    remove(object, id) {
      requireRecord(object, id)
      object.records.delete(id)
    },
    render(app, object, record, format = 'both') {
      const rendered: Record<string, unknown> & { id: string } = { id: record.id }
      for (const field of object.fields.values()) {
        const target = app.objects.get(field.format?.object ?? '')
        const value = renderValue(field, record.values.get(field.key), (id) => identifierOf(target, id))
        if (format === 'raw') rendered[field.key] = 'raw' in value ? value.raw : ''
        else rendered[field.key] = value.formatted
        if (format === 'both' && 'raw' in value) rendered[`${field.key}_raw`] = value.raw
      }
      return rendered
    },
  }

  for (const definition of definitions) {
    checkApp(definition)
    const objects = definition.objects.map((object) => ({
      definition: object,
      fields: new Map(object.fields.map((field) => [field.key, field])),
      records: new Map<string, StoredRecord>(),
    }))
    apps.set(definition.id, {
      definition,
      objects: new Map(objects.map((object) => [object.definition.key, object])),
    })
    for (const object of objects) {
      for (const values of object.definition.records ?? []) store.insert(object, values, 'app')
    }
  }
  return store
}

export function requireRecord(object: ObjectState, id: string): StoredRecord {
  const record = object.records.get(id)
  if (!record) throw new KnackError(404, 'Record not found')
  return record
}

function checkValues(
  object: ObjectState,
  record: StoredRecord,
  values: KnackValues,
  writer: Writer,
): Map<string, Stored | undefined> {
  const changes = new Map<string, Stored | undefined>()
  const errors: KnackFieldError[] = []
  for (const [key, value] of Object.entries(values)) {
    const field = object.fields.get(key)
    // Clients send the id along; it changes nothing.
    if (key === 'id') continue
    if (!field) {
      errors.push({ field: key, type: 'unknown', message: `There is no field ${key}.` })
    } else if (writer === 'client' && COMPUTED_TYPES.has(field.type)) {
      errors.push({ field: key, type: 'computed', message: `${field.name} is computed.` })
    } else {
      try {
        changes.set(key, toStored(field, value))
      } catch (error) {
        if (!(error instanceof BadValue)) throw error
        errors.push({ field: key, type: 'invalid', message: `${field.name} ${error.message}.` })
      }
    }
  }
  const badKeys = new Set(errors.map(({ field }) => field))
  for (const { key, name, required, unique } of object.fields.values()) {
    if (badKeys.has(key)) continue
    const stored = changes.has(key) ? changes.get(key) : record.values.get(key)
    if (required && stored === undefined) {
      errors.push({ field: key, type: 'required', message: `${name} is required.` })
    }
    if (unique && changes.has(key) && stored !== undefined && isTaken(object, record.id, key, stored)) {
      errors.push({ field: key, type: 'unique', message: `${name} must be unique.` })
    }
  }
  if (errors.length > 0) {
    const reasons = errors.map(({ message }) => message).join(' ')
    throw new KnackError(400, `The record was refused. ${reasons}`, errors)
  }
  return changes
}

function isTaken(object: ObjectState, ownId: string, key: string, stored: Stored): boolean {
  for (const { id, values } of object.records.values()) {
    if (id !== ownId && isSameValue(values.get(key), stored)) return true
  }
  return false
}

function nextNumber(object: ObjectState, key: string): number {
  let highest = 0
  for (const { values } of object.records.values()) highest = Math.max(highest, Number(values.get(key) ?? 0))
  return highest + 1
}

function identifierOf(object: ObjectState | undefined, id: string): string {
  const record = object?.records.get(id)
  if (!object || !record) return ''
  const key = object.definition.identifier ?? object.definition.fields[0]?.key ?? ''
  const field = object.fields.get(key)
  return field ? String(renderValue(field, record.values.get(key), () => '').formatted) : ''
}
