import type { Finding } from '@findata/core'
import { grantStatement, sqlName } from './grant-statements.ts'
import type { NamedObject } from './named-objects.ts'
import type { Account, UnseenObject } from './source-dictionary.ts'

/** As the query means it, for people. */
export function nameOf({ schema, name }: NamedObject): string {
  return schema === undefined ? name : `${schema}.${name}`
}

/** What to ask for so that a query finds a table or view, with as much of it as synonyms tell. */
export function missingObject(
  about: string,
  { owner, name, isBySynonym }: UnseenObject,
  { user, schema }: Account,
): Finding {
  const problem = { level: 'problem', about, code: 'ORACLE_VIEW_MISSING' } as const
  const grant = (of: string) => grantStatement('SELECT', `${of}.${name}`, user)
  if (owner !== undefined) {
    return {
      ...problem,
      detail: isBySynonym
        ? `the table or view is not there, or the user may not see it: it is a synonym for ${owner}.${name}`
        : 'the table or view is not there, or the user may not see it',
      nextStep: `Ask the owner for ${grant(owner)}, or correct the ${isBySynonym ? 'synonym' : 'name'}.`,
    }
  }
  const place = sqlName(schema, name)
  return {
    ...problem,
    detail:
      `the table or view is not there, or the user may not see it: neither an object nor a synonym of that name is visible to ${user}, ` +
      'so the synonym may be missing although the grant is there',
    nextStep: `Ask the owner for CREATE SYNONYM ${place} FOR <owner>.${sqlName(name)} and GRANT SELECT ON <owner>.${sqlName(name)} TO ${sqlName(user)}, write the owner before the name in the query, or correct the name.`,
  }
}
