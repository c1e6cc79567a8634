import type { Row } from './compiled.ts'
import { type DictionaryBuilder, date, name, objectType, text } from './dictionary-builder.ts'
import { dateText } from './dictionary-rows.ts'
import { referencesOf } from './references.ts'

/** What stands on what, and the links to other databases. */
export function addDependencyViews({
  catalog,

  defineForOwners,
  objects,
  isVisible,
}: DictionaryBuilder): void {
  defineForOwners(
    'DEPENDENCIES',
    {
      NAME: name,
      TYPE: text(19),
      REFERENCED_OWNER: name,
      REFERENCED_NAME: name,
      REFERENCED_TYPE: text(19),
      REFERENCED_LINK_NAME: name,
      DEPENDENCY_TYPE: text(4),
    },
    (viewer) =>
      objects()
        .filter((object) => isVisible(object, viewer))
        .flatMap((object) =>
          referencesOf(object, catalog).map(
            (reference): Row => [
              object.owner,
              object.name,
              objectType(object),
              reference.owner,
              reference.name,
              reference.type,
              reference.link,
              'HARD',
            ],
          ),
        ),
  )

  defineForOwners(
    'DB_LINKS',
    { DB_LINK: name, USERNAME: name, HOST: text(2000), CREATED: date },
    ({ user }) =>
      [user, 'PUBLIC'].flatMap((owner) =>
        [...(catalog.links.get(owner)?.values() ?? [])].map(
          (link): Row => [owner, link.name, link.username, link.connectString, dateText(link.createdAt)],
        ),
      ),
  )
}
