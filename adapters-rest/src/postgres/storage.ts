import type {
  Feed,
  JsonObject,
  PullPage,
  PullRequest,
  PushRequest,
  PushVerdict,
  QueryPage,
  QueryRequest,
  RemoteRow,
} from '@rowkeep/kernel'
import { SyncError } from '@rowkeep/kernel'
import { run } from './connection.ts'
import { checkOptions } from './options.ts'
import { askOf, digestAskOf, type PullAnswer, pageOf } from './pull.ts'
import { type QueryAsk, queryAskOf } from './query.ts'
import { preparation } from './ready.ts'
import { schemaName } from './schema/name.ts'
import type { Sql } from './sql.ts'

/** Options of {@link postgresStorage}. */
export interface PostgresOptions {
  readonly sql: Sql
  /** The schema everything lives in, made if absent; default `rowkeep`. Several storages may share a database under several names. */
  readonly schema?: string
  /**
   * The largest record kept, bytes of its text as PostgreSQL writes it (with blanks, and numbers in full); default
   * 2,000,000. A write beyond it, by appending for example, is refused as `SYNC_TOO_LARGE`.
   */
  readonly recordBytes?: number
}

/** How much {@link PostgresStorage.purge} removed. */
export interface Purged {
  readonly tombstones: number
  readonly evictions: number
  readonly operations: number
}

/**
 * Synced records in PostgreSQL 14 or newer: what `syncHandler` needs (`pull`, `push`), and what the app's own server and
 * its operators need. Every call is one statement. All calls reject with `SYNC_FORMAT_NEWER` `SYNC_CONFIG_INVALID` where
 * the schema cannot be used, `SYNC_RATE_LIMITED` or `SYNC_STORE_FAILED` where nothing took effect, `SYNC_OUTCOME_UNKNOWN`
 * where the database did not answer.
 */
export interface PostgresStorage {
  /** Sets the schema up if that is still to be done. Every call does; a server may do it before it listens. */
  ready(): Promise<void>
  /** One page of a user's feed; `expired` also for a cursor that this storage did not make. */
  pull(user: string, request: PullRequest): Promise<PullPage>
  /** One verdict per operation. Pushes of one user run one after the other. */
  push(user: string, request: PushRequest): Promise<readonly PushVerdict[]>
  /** Rows of a user that meet a filter, in the kernel's order. @throws SyncError `SYNC_UNSUPPORTED` `SYNC_PROTOCOL` for what it cannot answer */
  query(user: string, request: QueryRequest): Promise<QueryPage>
  /** How many rows of a user meet a filter. @throws SyncError as `query` */
  count(user: string, request: Pick<QueryRequest, 'collection' | 'filter'>): Promise<number>
  /**
   * What the versions of a user's living rows of a feed add up to: base64 of the SHA-256 of `collection NUL id NUL revision NUL` of
   * each in UTF-8, in the order of these bytes. `null`: it cannot tell, for a filter that SQL would not test as a device does, and
   * while a transaction is open that began before one of the changes.
   */
  digest(user: string, feed: Feed): Promise<string | null>
  /** Creates, replaces or revives a whole record, unchecked. @throws SyncError `SYNC_ID_TAKEN` where the id is another user's */
  write(user: string, collection: string, id: string, record: JsonObject): Promise<void>
  /** Leaves a tombstone. @throws SyncError `SYNC_NOT_FOUND` where the user has no such record */
  remove(user: string, collection: string, id: string): Promise<void>
  /** The user's records of a collection, all of them, by id; tombstones left out. */
  rows(user: string, collection: string): Promise<readonly RemoteRow[]>
  /** Gives a row to another user; the former owner's devices drop it. @throws SyncError `SYNC_NOT_FOUND` where there is no such row */
  move(collection: string, id: string, user: string): Promise<void>
  /**
   * Forgets tombstones and evictions older than `retentionMs` and logged operations older than `opIdMemoryMs` (default
   * three times as long). A device that was away longer lists anew. Run it daily, with what the adapter declares.
   */
  purge(retentionMs: number, opIdMemoryMs?: number): Promise<Purged>
  /** Makes every cursor issued so far too old: all devices list anew. */
  expire(): Promise<void>
  /** Gives the history a new identity. To be called after a restore from a backup, before the first request. */
  restore(): Promise<void>
}

const call = (name: string): string => `select ${name}::text as answer`

/** The parts every statement below is made of: the schema's name, and a way to run SQL in it. */
interface Kit {
  readonly s: string
  readonly rows: (statement: string, ...params: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>
}

function openKit({ sql, schema = 'rowkeep' }: PostgresOptions): Kit & Pick<PostgresStorage, 'ready'> {
  const s = schemaName(schema)
  const ready = preparation(sql, s)
  return {
    s,
    ready,
    async rows(statement, ...params) {
      await ready()
      return run(sql, statement, params)
    },
  }
}

async function answerOf<T>(rows: Promise<readonly Record<string, unknown>[]>): Promise<T> {
  const answer = (await rows)[0]?.['answer']
  if (typeof answer !== 'string') throw new SyncError('SYNC_STORE_FAILED', { message: 'the database gave no answer' })
  return JSON.parse(answer) as T
}

async function mustHit(
  rows: Promise<readonly Record<string, unknown>[]>,
  otherwise: 'SYNC_ID_TAKEN' | 'SYNC_NOT_FOUND',
): Promise<void> {
  if ((await rows).length === 0) throw new SyncError(otherwise)
}

type ForDevices = Pick<PostgresStorage, 'pull' | 'push' | 'query' | 'count' | 'digest'>

function devices({ s, rows }: Kit, recordBytes: number): ForDevices {
  const query = <T>(user: string, ask: QueryAsk): Promise<T> =>
    answerOf<T>(rows(call(`${s}.query($1::text, $2::text::jsonb)`), user, JSON.stringify(ask)))
  const pull = <T>(user: string, ask: object): Promise<T> =>
    answerOf<T>(rows(call(`${s}.pull($1::text, $2::text::jsonb)`), user, JSON.stringify(ask)))
  return {
    query: async (user, request) => query<QueryPage>(user, queryAskOf(request)),
    async count(user, { collection, filter }) {
      const ask = queryAskOf({ collection, ...(filter ? { filter } : {}) })
      return (await query<{ readonly count: number }>(user, ask)).count
    },
    async pull(user, request) {
      const ask = askOf(request)
      return pageOf(await pull<PullAnswer>(user, ask), ask.at)
    },
    async digest(user, feed) {
      const ask = digestAskOf(feed)
      return ask ? (await pull<{ readonly digest: string | null }>(user, ask)).digest : null
    },
    push(user, { operations, atomic }) {
      // Only what the id names: `record` would be as long as `change` again.
      const named = operations.map(({ opId, kind, collection, id, expected, change, condition }) => {
        return { opId, kind, collection, id, expected, change, condition }
      })
      const push = call(`${s}.push($1::text, $2::text::json, $3::boolean, $4::int)`)
      return answerOf<readonly PushVerdict[]>(rows(push, user, JSON.stringify(named), atomic, recordBytes))
    },
  }
}

function records({ s, rows }: Kit): Pick<PostgresStorage, 'write' | 'remove' | 'rows' | 'move'> {
  return {
    write(user, collection, id, record) {
      const upsert = `insert into ${s}.rows as r (owner, collection, id, record) values ($1, $2, $3, $4::text::jsonb)
        on conflict (collection, id) do update set record = excluded.record where r.owner = excluded.owner returning 1`
      return mustHit(rows(upsert, user, collection, id, JSON.stringify(record)), 'SYNC_ID_TAKEN')
    },
    remove(user, collection, id) {
      const bury = `update ${s}.rows set record = null
        where owner = $1 and collection = $2 and id = $3 and record is not null returning 1`
      return mustHit(rows(bury, user, collection, id), 'SYNC_NOT_FOUND')
    },
    rows(user, collection) {
      const list = `select coalesce(jsonb_agg(${s}.wire(r) order by r.id), '[]')::text as answer
        from ${s}.rows r where r.owner = $1 and r.collection = $2 and r.record is not null`
      return answerOf<readonly RemoteRow[]>(rows(list, user, collection))
    },
    move(collection, id, user) {
      const give = `update ${s}.rows set owner = $3 where collection = $1 and id = $2 returning 1`
      return mustHit(rows(give, collection, id, user), 'SYNC_NOT_FOUND')
    },
  }
}

const interval = (ms: number, name: string): string => {
  if (Number.isFinite(ms) && ms >= 0) return `${ms} milliseconds`
  throw new SyncError('SYNC_INPUT_INVALID', { message: `${name} must be a number of milliseconds, 0 or more` })
}

function upkeep({ s, rows }: Kit): Pick<PostgresStorage, 'purge' | 'expire' | 'restore'> {
  return {
    async purge(retentionMs, opIdMemoryMs = 3 * retentionMs) {
      const ages = [interval(retentionMs, 'retentionMs'), interval(opIdMemoryMs, 'opIdMemoryMs')]
      return answerOf<Purged>(rows(call(`${s}.purge($1::text::interval, $2::text::interval)`), ...ages))
    },
    async expire() {
      await rows(`select ${s}.raise_floor('tombstone_floor', pg_current_xact_id()::text::numeric + 1)`)
    },
    async restore() {
      await rows(`update ${s}.meta set value = gen_random_uuid()::text where key = 'epoch'`)
    },
  }
}

/**
 * Synced records in PostgreSQL, over a `Pool` of `pg` (`postgresStorage({ sql: new Pool() })`), a PGlite, or anything
 * else that runs one statement. The schema is set up by the first call.
 * @throws SyncError `SYNC_CONFIG_INVALID` for a `sql` that cannot run a statement, a schema name that cannot be used, and options that
 * are not known
 */
export function postgresStorage(options: PostgresOptions): PostgresStorage {
  checkOptions(options)
  const kit = openKit(options)
  return {
    ready: kit.ready,
    ...devices(kit, options.recordBytes ?? 2_000_000),
    ...records(kit),
    ...upkeep(kit),
  }
}
