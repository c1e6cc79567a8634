import { keyName } from './catalog.ts'
import type { Row } from './compiled.ts'
import { type DictionaryBuilder, name, number, text } from './dictionary-builder.ts'
import type { SessionState } from './session-state.ts'

/** Primary and unique keys with their columns. */
export function addKeyViews({ defineForOwners, objects, isVisible }: DictionaryBuilder): void {
  const keys = (viewer: SessionState) =>
    objects()
      .filter((object) => object.kind === 'table')
      .filter((table) => isVisible(table, viewer))
      .flatMap((table) =>
        table.uniqueKeys.map((key, index) => ({ table, key, constraint: keyName(table, index) })),
      )
  defineForOwners(
    'CONSTRAINTS',
    {
      CONSTRAINT_NAME: name,
      CONSTRAINT_TYPE: text(1),
      TABLE_NAME: name,
      STATUS: text(8),
      VALIDATED: text(13),
    },
    (viewer) =>
      keys(viewer).map(({ table, key, constraint }): Row => {
        const type = key.isPrimary ? 'P' : 'U'
        return [table.owner, constraint, type, table.name, 'ENABLED', 'VALIDATED']
      }),
  )
  defineForOwners(
    'CONS_COLUMNS',
    { CONSTRAINT_NAME: name, TABLE_NAME: name, COLUMN_NAME: text(4000), POSITION: number },
    (viewer) =>
      keys(viewer).flatMap(({ table, key, constraint }) =>
        key.positions.map(
          (position, index): Row => [
            table.owner,
            constraint,
            table.name,
            table.columns[position]?.name ?? null,
            String(index + 1),
          ],
        ),
      ),
  )
}
