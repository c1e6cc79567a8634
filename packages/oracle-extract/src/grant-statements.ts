/** A name in SQL: quoted where Oracle would take it for another one, or for a word of its own. */
export function sqlName(...parts: readonly string[]): string {
  return parts.map((part) => (PLAIN.test(part) && !RESERVED.has(part) ? part : `"${part}"`)).join('.')
}

const PLAIN = /^[A-Z][A-Z0-9_$#]*$/
const RESERVED = new Set(
  (
    'ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COMMENT COMPRESS CONNECT CREATE ' +
    'CURRENT DATE DECIMAL DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS FILE FLOAT FOR FROM GRANT GROUP ' +
    'HAVING IDENTIFIED IMMEDIATE IN INCREMENT INDEX INITIAL INSERT INTEGER INTERSECT INTO IS LEVEL LIKE LOCK LONG ' +
    'MAXEXTENTS MINUS MLSLABEL MODE MODIFY NOAUDIT NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE ON ONLINE OPTION OR ' +
    'ORDER PCTFREE PRIOR PUBLIC RAW RENAME RESOURCE REVOKE ROW ROWID ROWNUM ROWS SELECT SESSION SET SHARE SIZE ' +
    'SMALLINT START SUCCESSFUL SYNONYM SYSDATE TABLE THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE VALUES ' +
    'VARCHAR VARCHAR2 VIEW WHENEVER WHERE WITH'
  ).split(' '),
)

/** Ready to be sent to a DBA; `object` is `OWNER.NAME` as the dictionary has it. */
export function grantStatement(privilege: string, object: string, user: string): string {
  return `GRANT ${privilege} ON ${sqlName(...object.split('.'))} TO ${sqlName(user)}`
}
