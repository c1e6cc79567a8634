import { expect, test } from 'vitest'
import { rowsPerFetch } from './rows-per-fetch.ts'

const NUMBER = { type: { kind: 'number' } } as const
const CLOB = { type: { kind: 'clob' } } as const
const BLOB = { type: { kind: 'blob' } } as const

test('columns of ordinary width come a whole batch at a time', () => {
  const texts = Array.from({ length: 7 }, () => ({ type: { kind: 'text', size: 4_000 } }) as const)
  expect(rowsPerFetch({ maxLobLength: 1_000_000 }, [NUMBER, ...texts], 1_000)).toBe(1_000)
})

test('large objects come so few at a time that the longest ones fit into memory', () => {
  expect(rowsPerFetch({ maxLobLength: 1_000_000 }, [NUMBER, CLOB], 1_000)).toBe(31)
  expect(rowsPerFetch({ maxLobLength: 1_000_000 }, [NUMBER, BLOB], 1_000)).toBe(15)
  expect(rowsPerFetch({ maxLobLength: 16_000_000 }, [CLOB, CLOB, BLOB, BLOB], 1_000)).toBe(1)
})

test('large objects with a low limit come a whole batch at a time', () => {
  expect(rowsPerFetch({ maxLobLength: 10_000 }, [NUMBER, CLOB], 1_000)).toBe(1_000)
})
