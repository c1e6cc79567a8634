import { expect, test } from 'vitest'
import { readEnvironment } from './env.ts'

const COMPLETE = {
  ORACLE_USER: 'READER',
  ORACLE_PASSWORD: 'a-secret',
  ORACLE_CONNECT_STRING: 'db/finance',
  BUCKET: 'finance',
}

test('the problems of all services that a command needs are named at once, without a value', () => {
  const environment = readEnvironment({ ORACLE_PASSWORD: 'a-secret', BUCKET: 's3://finance' })
  expect(() => environment.check('oracle', 's3')).toThrow(
    /ORACLE_USER is not set[\s\S]*ORACLE_CONNECT_STRING[\s\S]*BUCKET is not the name of a bucket/,
  )
  expect(() => environment.check('oracle', 's3')).not.toThrow(/a-secret|s3:\/\/finance/)
})

test('a service that a command does not need may be missing', () => {
  const { BUCKET } = COMPLETE
  expect(readEnvironment({ BUCKET }).s3()).toMatchObject({ bucket: 'finance', prefix: '' })
  expect(() => readEnvironment({ BUCKET }).oracle()).toThrow('ORACLE_USER')
})

test('the password is not in what can be printed of the settings', () => {
  const settings = readEnvironment(COMPLETE).oracle()
  expect(JSON.stringify(settings)).not.toContain('a-secret')
  expect(settings.password()).toBe('a-secret')
})

test('NO_COLOR counts with any value, and who runs the command is known', () => {
  expect(readEnvironment({ NO_COLOR: '1' }).isColorUnwanted).toBe(true)
  expect(readEnvironment({ NO_COLOR: '' }).isColorUnwanted).toBe(false)
  expect(readEnvironment({}).account).toMatch(/./)
})
