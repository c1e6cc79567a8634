import { freezeOrdinals } from '@findata/core'
import { expect, test } from 'vitest'
import type { SourceFilter } from './mapping.ts'
import { compileFilter } from './source-filter.ts'

const { schema } = freezeOrdinals(
  ['DEPT', 'STATUS'].map((name) => ({ name, type: { kind: 'text' }, isNullable: true }) as const),
)
const rows = [
  ['2400', 'Active'],
  ['2400', null],
  ['6200', 'Active'],
  [null, 'Inactive'],
]
const kept = (filter: SourceFilter) =>
  rows.flatMap((row, index) => (compileFilter(filter, schema)(row) ? [index] : []))

test.each<[SourceFilter, number[]]>([
  [{ column: 'DEPT', in: ['2400'] }, [0, 1]],
  [{ column: 'DEPT', in: ['2400', '6200'] }, [0, 1, 2]],
  [{ column: 'STATUS', isNull: true }, [1]],
  [{ column: 'STATUS', isNull: false }, [0, 2, 3]],
  [{ not: { column: 'DEPT', in: ['2400'] } }, [2, 3]],
  [
    {
      all: [
        { column: 'DEPT', in: ['2400'] },
        { column: 'STATUS', in: ['Active'] },
      ],
    },
    [0],
  ],
  [
    {
      any: [
        { column: 'DEPT', in: ['6200'] },
        { column: 'STATUS', isNull: true },
      ],
    },
    [1, 2],
  ],
])('A22: the filter %j keeps the rows it names', (filter, expected) => {
  expect(kept(filter)).toEqual(expected)
})

test('A22, A25: a filter on a column that the snapshot lacks stops the run', () => {
  expect(() => compileFilter({ not: { column: 'STATE', in: ['x'] } }, schema)).toThrow(
    expect.objectContaining({ code: 'COLUMNS_MISSING', details: { missing: ['STATE'] } }),
  )
})
