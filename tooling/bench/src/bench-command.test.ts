import { expect, test } from 'vitest'
import type { Bench } from './bench.ts'
import { parseBenchArguments } from './bench-command.ts'

const [first, second] = ['first', 'second'].map(
  (name): Bench => ({ name, description: name, rows: [1], measure: async () => [] }),
) as [Bench, Bench]
const parse = (...args: string[]) => parseBenchArguments(args, [first, second])

test('without names all benches run', () => {
  expect(parse()).toEqual({ benches: [first, second] })
})

test('names choose benches, in their order', () => {
  expect(parse('second', 'first').benches).toEqual([second, first])
})

test('sizes may end in k or M', () => {
  expect(parse('--rows', '5000,100k, 1M').rows).toEqual([5_000, 100_000, 1_000_000])
})
