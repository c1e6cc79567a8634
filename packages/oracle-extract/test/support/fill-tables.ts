import oracledb, { type BindParameter, type Connection } from 'oracledb'

export interface Login {
  readonly connectString: string
  readonly user: string
  readonly password: string
}

/** Executes statements through a connection of their own, and commits. */
export async function runStatements(login: Login, statements: readonly string[]): Promise<void> {
  await withConnection(login, async (connection) => {
    for (const statement of statements) await connection.execute(statement)
  })
}

/** Executes one statement for each row of values, which are bound by position, and commits. */
export async function insertRows(
  login: Login,
  statement: string,
  rows: readonly (readonly (string | Uint8Array | number | null)[])[],
): Promise<void> {
  await withConnection(login, async (connection) => {
    for (const row of rows) await connection.execute(statement, row.map(toBind))
  })
}

async function withConnection(login: Login, work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await oracledb.getConnection({ ...login })
  try {
    await work(connection)
    await connection.commit()
  } finally {
    await connection.close()
  }
}

function toBind(value: string | Uint8Array | number | null): BindParameter {
  const dir = oracledb.BIND_IN
  if (typeof value === 'number') return { dir, type: oracledb.DB_TYPE_BINARY_DOUBLE, val: value }
  if (value instanceof Uint8Array) return { dir, type: oracledb.DB_TYPE_RAW, val: Buffer.from(value) }
  return { dir, type: oracledb.DB_TYPE_VARCHAR, val: value }
}
