import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordTypeOfIndex, runOfCertificateKey, runOfSnapshotKey, snapshotKey } from './snapshot-key.ts'

const recordTypes = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/)
const runIds = fc.stringMatching(/^\d{8}T\d{6}Z-[0-9a-f]{8}$/)

test('A8: the plain file has the record type alone as its name', () => {
  expect(snapshotKey.plain('task_orders')).toBe('task_orders.json')
})

test('keys lead back to what they were made of', () => {
  fc.assert(
    fc.property(recordTypes, runIds, (recordType, runId) => {
      expect(recordTypeOfIndex(snapshotKey.index(recordType))).toBe(recordType)
      expect(runOfSnapshotKey(recordType, snapshotKey.data(recordType, runId))).toBe(runId)
      expect(runOfSnapshotKey(recordType, snapshotKey.manifest(recordType, runId))).toBe(runId)
      expect(runOfSnapshotKey(recordType, snapshotKey.folder(recordType, runId))).toBe(runId)
      expect(runOfCertificateKey(recordType, snapshotKey.certificate(recordType, runId))).toEqual({
        runId,
        isRefusal: false,
      })
      expect(runOfCertificateKey(recordType, snapshotKey.refusal(recordType, runId))).toEqual({
        runId,
        isRefusal: true,
      })
    }),
  )
})

test('keys of another record type or of nothing of ours belong to no run', () => {
  expect(
    runOfSnapshotKey('units', 'snapshots/units_old/20261122T133643Z-00000001/data.json.gz'),
  ).toBeUndefined()
  expect(runOfSnapshotKey('units', 'snapshots/units/readme.txt')).toBeUndefined()
  expect(runOfCertificateKey('units', 'certificates/units/notes.html')).toBeUndefined()
  expect(runOfCertificateKey('units', 'certificates/units/2025/a.json')).toBeUndefined()
  expect(recordTypeOfIndex('backup/units.manifest.json')).toBeUndefined()
  expect(recordTypeOfIndex('units.json')).toBeUndefined()
})
