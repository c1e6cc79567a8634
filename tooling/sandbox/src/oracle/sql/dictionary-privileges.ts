import { type DictionaryBuilder, name, text } from './dictionary-builder.ts'
import type { SessionState } from './session-state.ts'

/** Who may do what: grants on objects and in the system. */
export function addPrivilegeViews({ catalog, define }: DictionaryBuilder): void {
  const grants = () =>
    [...catalog.objectGrants].flatMap(([object, byGrantee]) => {
      const [owner = '', objectName = ''] = object.split('.')
      const kind = catalog.find(owner, objectName)?.kind
      const type = kind === 'dictionary' ? 'VIEW' : (kind ?? 'table').toUpperCase()
      return [...byGrantee].flatMap(([grantee, privileges]) =>
        [...privileges].map((privilege) => ({ owner, objectName, grantee, privilege, type })),
      )
    })
  const concerns =
    (viewer: SessionState) =>
    ({ owner, grantee }: { owner: string; grantee: string }) =>
      [owner, grantee].includes(viewer.user)
  define(
    'ALL_TAB_PRIVS',
    {
      GRANTOR: name,
      GRANTEE: name,
      TABLE_SCHEMA: name,
      TABLE_NAME: name,
      PRIVILEGE: text(40),
      GRANTABLE: text(3),
      HIERARCHY: text(3),
      COMMON: text(3),
      TYPE: text(24),
    },
    (viewer) =>
      grants()
        .filter((grant) => concerns(viewer)(grant) || grant.grantee === 'PUBLIC')
        .map(({ owner, objectName, grantee, privilege, type }) => [
          owner,
          grantee,
          owner,
          objectName,
          privilege,
          'NO',
          'NO',
          'NO',
          type,
        ]),
  )
  define(
    'USER_TAB_PRIVS',
    {
      GRANTEE: name,
      OWNER: name,
      TABLE_NAME: name,
      GRANTOR: name,
      PRIVILEGE: text(40),
      GRANTABLE: text(3),
      TYPE: text(24),
    },
    (viewer) =>
      grants()
        .filter(concerns(viewer))
        .map(({ owner, objectName, grantee, privilege, type }) => [
          grantee,
          owner,
          objectName,
          owner,
          privilege,
          'NO',
          type,
        ]),
  )
  const systemPrivileges = ({ user }: SessionState) => [...(catalog.systemGrants.get(user) ?? [])].sort()
  define('SESSION_PRIVS', { PRIVILEGE: text(40) }, (viewer) =>
    systemPrivileges(viewer).map((privilege) => [privilege]),
  )
  define('USER_SYS_PRIVS', { USERNAME: name, PRIVILEGE: text(40), ADMIN_OPTION: text(3) }, (viewer) =>
    systemPrivileges(viewer).map((privilege) => [viewer.user, privilege, 'NO']),
  )
}
