import fc from 'fast-check'
import { expect, test } from 'vitest'
import { repeatedNames } from './repeated-names.ts'

test.each([
  ['{"a":1,"a":2}', ['a']],
  ['{"a":{"b":1},"c":{"b":[{"b":"b"},{"b":":\\"b\\":"}]}}', []],
  ['{"a":{"b":1,"c":{},"b":{"d":1,"d":2}}}', ['a.b', 'a.b.d']],
  ['{"a":[{"b":1,"b":2}]}', ['a.b']],
  [String.raw`{"\"}{":1,"\u0061":1,"a":2}`, ['a']],
  ['[]', []],
  ['"a"', []],
])('%s has %j twice', (json, paths) => {
  expect(repeatedNames(json).map(({ path }) => path)).toEqual(paths)
})

test('what JSON.stringify writes has no name twice, and one more of the same is found', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), (value) => {
      const json = JSON.stringify(value)
      expect(repeatedNames(json)).toEqual([])
      const name = JSON.stringify(Object.keys(value)[0])
      expect(repeatedNames(`${json.slice(0, -1)},${name}:0}`)).toHaveLength(1)
    }),
  )
})
