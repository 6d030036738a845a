import {
  type RealPostgres,
  startPostgres,
  unavailable,
} from '../../../../../adapters-rest/test/postgres/real-postgres.mjs'
import type { Connection, LitePackages, Row } from './packages.ts'

/** A fresh database behind lite, and a way into it that goes around lite. */
export interface Opened {
  readonly connection: Connection
  /** Any number of statements, as the owner. */
  run(sql: string): Promise<void>
  /** One statement; parameters are text. */
  query(sql: string, params: readonly string[]): Promise<readonly Row[]>
}

/** What lite can stand on. */
export interface Database {
  readonly name: 'PGlite' | 'PostgreSQL'
  /** One connection for all: whoever uses it must be alone. */
  readonly single: boolean
  /** The order of text there as far as it is no order of bytes; `undefined`: it is one. */
  readonly collation: string | undefined
  open(name: string): Promise<Opened>
  stop(): Promise<void>
}

/** PostgreSQL as WebAssembly, inside this process and in memory. */
export const pglite = ({ createPgliteConnection }: LitePackages): Database => ({
  name: 'PGlite',
  single: true,
  collation: undefined,
  async open() {
    const connection = await createPgliteConnection({})
    const { driver } = connection
    return {
      connection,
      run: async (sql) => void (await driver.exec(sql)),
      query: async (sql, params) => (await driver.query(sql, params)).rows,
    }
  },
  stop: async () => undefined,
})

/** Why there is no PostgreSQL on this machine; `undefined`: there is one. */
export const noPostgres: string | undefined = unavailable

function socketOf({ pool }: RealPostgres): string {
  return `${pool.options.host ?? ''}/.s.PGSQL.5432`
}

/** The PostgreSQL of this machine: a cluster of its own, reached by a socket in a temporary folder. */
export async function postgres({ createPostgresConnection }: LitePackages): Promise<Database> {
  const server = await startPostgres()
  return {
    name: 'PostgreSQL',
    single: false,
    collation: 'en-US-x-icu',
    async open(name) {
      await server.pool.query(`create database ${name}`)
      const url = `postgres://postgres@localhost/${name}`
      const postgresOptions = { path: socketOf(server), max: 4, onnotice: () => undefined }
      const connection = createPostgresConnection({ url, postgresOptions })
      const { driver } = connection
      return {
        connection,
        run: async (sql) => void (await driver.unsafe(sql)),
        query: (sql, params) => driver.unsafe(sql, params),
      }
    },
    stop: () => server.stop(),
  }
}
