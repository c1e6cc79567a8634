import { PipelineError, TerminalError, TransientError } from '@findata/core'
import oracledb from 'oracledb'
import { expect, test } from 'vitest'
import { toPipelineError } from './errors.ts'

const task = { doing: 'Reading things', sql: 'SELECT A FROM FIN.THINGS_VW' }

function driverError(code: string, message: string, offset?: number): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code, ...(offset !== undefined && { offset }) })
}

function translated(code: string, message = 'text', offset?: number): PipelineError {
  const error = toPipelineError(driverError(code, message, offset), task)
  expect(error).toBeInstanceOf(PipelineError)
  return error as PipelineError
}

test.each([
  ['ORA-01017', TerminalError, 'ORACLE_LOGIN_REFUSED'],
  ['ORA-28000', TerminalError, 'ORACLE_LOGIN_REFUSED'],
  ['ORA-28001', TerminalError, 'ORACLE_LOGIN_REFUSED'],
  ['ORA-01045', TerminalError, 'ORACLE_PERMISSION_REFUSED'],
  ['ORA-01031', TerminalError, 'ORACLE_PERMISSION_REFUSED'],
  ['NJS-518', TransientError, 'ORACLE_UNREACHABLE'],
  ['NJS-503', TransientError, 'ORACLE_UNREACHABLE'],
  ['NJS-530', TransientError, 'ORACLE_UNREACHABLE'],
  ['NJS-510', TransientError, 'ORACLE_UNREACHABLE'],
  ['ORA-01033', TransientError, 'ORACLE_UNREACHABLE'],
  ['ORA-00018', TransientError, 'ORACLE_UNREACHABLE'],
  ['NJS-515', TerminalError, 'ENVIRONMENT_INVALID'],
  ['NJS-500', TransientError, 'ORACLE_CONNECTION_LOST'],
  ['ORA-01013', TransientError, 'ORACLE_TIMEOUT'],
  ['ORA-01555', TransientError, 'ORACLE_SNAPSHOT_TOO_OLD'],
  ['ORA-00942', TerminalError, 'ORACLE_VIEW_MISSING'],
  ['ORA-04063', TerminalError, 'ORACLE_VIEW_MISSING'],
  ['ORA-00904', TerminalError, 'COLUMNS_MISSING'],
  ['ORA-00933', TerminalError, 'ORACLE_QUERY_INVALID'],
  ['ORA-01722', TerminalError, 'ORACLE_QUERY_FAILED'],
  ['ORA-04031', TransientError, 'ORACLE_BUSY'],
])('%s is a %o with the code %s and says what to do next', (code, fate, errorCode) => {
  const error = translated(code)
  expect(error).toBeInstanceOf(fate)
  expect(error.code).toBe(errorCode)
  expect(error.message).toMatch(new RegExp(`^Reading things failed: .+ \\(${code}\\)\\. .+\\.$`))
  expect(error.details).toMatchObject({ oracleCode: code })
})

test.each([
  ['ORA-12541', 'TNS:no listener\nORA-02063: preceding line from AFAR', TransientError, 'ORACLE_UNREACHABLE'],
  [
    'ORA-02068',
    'following severe error from AFAR\nORA-03113: end-of-file',
    TransientError,
    'ORACLE_UNREACHABLE',
  ],
  [
    'ORA-01017',
    'invalid username/password\nORA-02063: preceding 2 lines from AFAR',
    TerminalError,
    'ORACLE_PERMISSION_REFUSED',
  ],
])('%s through a database link is about the other database', (code, message, fate, errorCode) => {
  const error = translated(code, message)
  expect(error).toBeInstanceOf(fate)
  expect(error.code).toBe(errorCode)
  expect(error.message).toContain('the database behind the link AFAR')
  expect(error.message).not.toContain('ORACLE_')
  expect(error.details).toMatchObject({ link: 'AFAR' })
})

test('an unlisted ORA- code keeps the words of Oracle', () => {
  expect(translated('ORA-29861', 'domain index is marked LOADING')).toMatchObject({
    code: 'ORACLE_QUERY_FAILED',
    message: expect.stringContaining('domain index is marked LOADING (ORA-29861)'),
  })
})

test('what is wrong with a query is told in the words of Oracle, and where', () => {
  const sql = 'SELECT A, B\n  FORM X WHERE SOME_COLUMN = ANOTHER_COLUMN'
  const words = 'FROM keyword not found where expected'
  const told = (offset?: number, text = words) =>
    (toPipelineError(driverError('ORA-00923', text, offset), { doing: 'Reading things', sql }) as Error)
      .message
  const correct = 'Correct the query of the record type.'
  expect(told(14)).toBe(
    `Reading things failed: Oracle does not understand the query: ${words} (ORA-00923) at character 15, before "FORM X WHERE SOME_COLUMN = ANO". ${correct}`,
  )
  for (const offset of [undefined, 0, 999]) {
    expect(told(offset)).toBe(
      `Reading things failed: Oracle does not understand the query: ${words} (ORA-00923). ${correct}`,
    )
  }
  expect(told(0, 'x'.repeat(2_000)).length).toBeLessThan(400)
  expect(told(0, `${words}\nHelp: https://docs.oracle.com/error-help/db/ora-00923/`)).not.toContain('Help')
})

test('what is wrong with a value is told in words without the value', () => {
  const { message } = translated(
    'ORA-01722',
    `unable to convert string value containing '12-SECRET' to a number`,
  )
  expect(message).toContain('does with it: invalid number (ORA-01722)')
  expect(message).not.toContain('SECRET')
  expect(translated('ORA-01476', 'divisor is equal to zero').message).toContain('divisor is equal to zero')
})

test('a missing view is named by the message, by the offset, or not at all', () => {
  expect(translated('ORA-00942', 'table or view "FIN"."THINGS_VW" does not exist').message).toContain(
    'the table or view FIN.THINGS_VW is not there',
  )
  expect(translated('ORA-00942', 'table or view does not exist', 14).message).toContain(
    'the table or view FIN.THINGS_VW is not there',
  )
  expect(translated('ORA-00942', 'table or view does not exist').message).toContain(
    'a table or view of its query',
  )
})

test('the code that the driver wrapped is shown too', () => {
  const wrapped = driverError('NJS-500', 'connection was closed\nORA-02396: exceeded maximum idle time')
  expect((toPipelineError(wrapped, task) as Error).message).toContain('(NJS-500, ORA-02396)')
})

test('a connection that breaks while it is made says that the database is unreachable', () => {
  const error = toPipelineError(driverError('NJS-500', 'closed'), { ...task, isConnecting: true })
  expect(error).toMatchObject({ code: 'ORACLE_UNREACHABLE' })
})

test('a certificate that the database refuses after the handshake is a mistake of the environment', () => {
  const words =
    'connection was closed\nNJS-501: connection to host db port 2484 terminated unexpectedly.\n' +
    '00A1B2:error:0A00045C:SSL routines:ssl3_read_bytes:tlsv13 alert certificate required:SSL alert number 116'
  const error = toPipelineError(driverError('NJS-500', words), { ...task, isConnecting: true })
  expect(error).toMatchObject({
    name: 'TerminalError',
    code: 'ENVIRONMENT_INVALID',
    message: expect.stringContaining('the database refuses the certificate of this client'),
  })
})

test.each([
  ['127.0.0.1:1521/X', /a service of one letter,.*ORACLE_HOST and ORACLE_SERVICE/],
  ['http://db/fin', /a protocol that is neither tcp nor tcps .*tcps:/],
  ['db:x/fin', /the connect string is not usable .*host:port\/service/],
  ['fin_high', /the connect string is a name, and there is no folder to look it up in .*ORACLE_CONFIG_DIR/],
])('the driver says what about the connect string %s is not usable', async (connectString, message) => {
  const { getConnection } = oracledb
  const cause = await getConnection({ user: 'A', password: 'B', connectString }).catch((e: unknown) => e)
  const error = toPipelineError(cause, { doing: 'Connecting', isConnecting: true })
  expect(error).toMatchObject({
    name: 'TerminalError',
    code: 'ENVIRONMENT_INVALID',
    message: expect.stringMatching(message),
  })
  expect((error as Error).message).not.toContain(connectString)
})

test('what is not an error of Oracle passes through untouched', () => {
  const others = [
    new TypeError('x'),
    driverError('NJS-005', 'invalid value'),
    driverError('ENOENT', 'no'),
    'text',
  ]
  for (const other of others) expect(toPipelineError(other, task)).toBe(other)
})
