import type { JsonObject } from '@rowkeep/kernel'
import { type PostgresStorage, postgresStorage, type Sql } from '../postgres/index.ts'
import { syncHandler } from '../server/index.ts'
import { freshSchema, sharedDatabase } from './database.ts'

export { type PlainCollectionName, type PlainDouble, plainDouble } from './plain/double.ts'
export type { PlainDoubleOptions } from './plain/settings.ts'

/** The collections the double serves. */
export type DoubleCollection = 'notes' | 'tasks'

/**
 * A REST backend inside this process: the real handler over the real kit on an embedded database. Its tokens are
 * `token-of-ada` and `token-of-bob`; the methods below speak for the user `ada`.
 */
export interface RestDouble {
  /** `https://rest.test`; the adapter's `url` is this and `/sync`. */
  readonly origin: string
  fetch(request: Request): Promise<Response>
  /** Live records, by id; tombstones left out. */
  rows(collection: DoubleCollection): Promise<readonly JsonObject[]>
  /** A create or an update by another device. */
  write(collection: DoubleCollection, row: JsonObject & { readonly id: string }): Promise<void>
  /** A deletion by another device. */
  remove(collection: DoubleCollection, id: string): Promise<void>
  /** Gives the row to somebody else, until `write` brings it back. */
  evict(collection: DoubleCollection, id: string): Promise<void>
  /** From now on refuses ada's writes to this row, as an app's own trigger or policy would (SQLSTATE 42501). */
  forbid(collection: DoubleCollection, id: string): Promise<void>
  /** Makes every cursor issued so far too old. */
  expire(): Promise<void>
  /** Gives the history a new identity, as a restore from a backup does. */
  restore(): Promise<void>
  /** Ends live streams and removes the data. */
  close(): Promise<void>
}

const user = 'ada'
const collections: readonly DoubleCollection[] = ['notes', 'tasks']

const authenticate = (request: Request): string | undefined =>
  /^Bearer token-of-(ada|bob)$/.exec(request.headers.get('authorization') ?? '')?.[1]

const keyOf = (collection: DoubleCollection, id: string): string => `${collection}/${id}`

const changes = (
  storage: PostgresStorage,
  poke: (collection: DoubleCollection) => void,
  evicted: Set<string> = new Set(),
): Pick<RestDouble, 'write' | 'remove' | 'evict'> => ({
  async write(collection, row) {
    // A row that was evicted is another user's; to write it again means that it comes back.
    if (evicted.delete(keyOf(collection, row.id))) await storage.move(collection, row.id, user)
    await storage.write(user, collection, row.id, row)
    poke(collection)
  },
  async remove(collection, id) {
    await storage.remove(user, collection, id)
    poke(collection)
  },
  async evict(collection, id) {
    await storage.move(collection, id, 'somebody-else')
    evicted.add(keyOf(collection, id))
    poke(collection)
  },
})

/** What {@link restDouble} is made with. */
export interface RestDoubleOptions {
  /**
   * The database it lives in, as `pgliteSql()` opens one. Default: one in memory, shared by the doubles of the process. When the
   * double is closed its schema is taken away.
   */
  readonly sql?: Sql
  /** Its schema there. Default: one that no double of the process has had. */
  readonly schema?: string
}

/** A fresh, empty backend. The first use of the first one in a process takes a few seconds. */
export function restDouble({ sql = sharedDatabase, schema = freshSchema() }: RestDoubleOptions = {}): RestDouble {
  const storage = postgresStorage({ sql, schema })
  const handler = syncHandler({ storage, authenticate, collections })
  let forbidden = 0
  return {
    origin: 'https://rest.test',
    fetch: handler,
    ...changes(storage, (collection) => handler.poke(user, [collection])),
    async rows(collection) {
      const rows = await storage.rows(user, collection)
      return rows.flatMap((row) => (row.kind === 'record' ? [row.record] : []))
    },
    async forbid(collection, id) {
      // The first use sets the schema up.
      await storage.rows(user, collection)
      const row = [collection, id].map((text) => `'${text.replaceAll("'", "''")}'`)
      await sql.query(`create or replace function ${schema}.forbid() returns trigger language plpgsql as
        $$ begin raise insufficient_privilege; end $$`)
      await sql.query(`create trigger forbid_${forbidden++} before insert or update on ${schema}.rows
        for each row when (new.collection = ${row[0]} and new.id = ${row[1]}) execute function ${schema}.forbid()`)
    },
    expire: () => storage.expire(),
    restore: () => storage.restore(),
    async close() {
      await handler.close()
      await sql.query(`drop schema if exists ${schema} cascade`)
    },
  }
}
