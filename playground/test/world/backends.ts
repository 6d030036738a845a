import { appsyncDouble } from '@rowkeep/adapters-appsync/testing'
import { firestoreDouble } from '@rowkeep/adapters-firestore/testing'
import { pgliteSql, type Sql } from '@rowkeep/adapters-rest/postgres'
import { plainDouble, restDouble } from '@rowkeep/adapters-rest/testing'
import { supabaseDouble, supabaseKitDouble } from '@rowkeep/adapters-supabase/testing'
import type { Backend, RemoteHarness } from '@rowkeep/conformance-tests'
import type { Json, JsonObject } from '@rowkeep/kernel'
import { type ModelServer, modelServer } from '@rowkeep/kernel/testing'
import { harness as appsync } from '../../../adapters-appsync/test/conformance.ts'
import { harness as firestore } from '../../../adapters-firestore/test/conformance.ts'
import { etag, harness as rest } from '../../../adapters-rest/test/conformance.ts'
import { kit, plain } from '../../../adapters-supabase/test/conformance.ts'
import { type EffectLog, kitEffects, modelEffects } from './effects.ts'
import { type Refuse, refusedJoin, refusedStart } from './refusals.ts'

/** A double with what a test has to know of it beside its wire. */
export interface Place {
  readonly backend: Backend
  readonly effects: EffectLog
  /** All writes of `work` get one stamp, or one place in the order. */
  atOnce(work: () => Promise<void>): Promise<void>
  /** From now on its clock stands still, so that what is written gets a stamp that others have read before; absent: it cannot. */
  stopClock?(): void
}

/** A backend: its adapter over the vendor's own client, and how its traffic is told apart. */
export interface WorldBackend {
  readonly name: string
  readonly harness: RemoteHarness
  /** A fresh, empty one. */
  open(): Promise<Place>
  /** Whether a request may have an effect. */
  writes(request: Request): boolean | Promise<boolean>
  /** Whether a request belongs to a channel that stays open. */
  listens(request: Request): boolean
  /** What its channel is carried by. `numbered`: by answers that number their parts. */
  readonly channel: 'none' | 'answer' | 'numbered' | 'socket'
  /** How a socket is refused in the words of its protocol. Absent: the channel is none. */
  readonly refuse?: Refuse
  /** Whether a message of the channel tells of a change. */
  tells(frame: string): boolean
  /** The message in several parts, or with what it can lack missing. */
  cutFrame(frame: string): readonly string[]
  /** Asks for one row a page instead; a reason: no answer of its can be shorter than asked for while there is more. */
  readonly shorter: ((request: Request) => Promise<Request>) | string
  /** The first operation of a request with several; a reason: there is no such thing. */
  readonly half: ((request: Request) => Promise<Request>) | string
}

const pathOf = ({ url }: Request): string => new URL(url).pathname

/** A double over a model server, whose writes are watched. */
function over(
  double: (server: ModelServer) => Backend,
  table: string,
  read: (fields: JsonObject) => JsonObject | null,
): Place {
  let stopped: number | undefined
  const server = modelServer({ env: { now: () => stopped ?? Date.now() } })
  const effects = modelEffects(server, (name) => name === table, read)
  const stop = (): void => {
    // In the middle of a step of its clock: what is written has the stamp of the step's beginning.
    stopped = Math.ceil(server.now() / 10) * 10 + 5
  }
  return {
    backend: double(server),
    effects,
    async atOnce(work) {
      stop()
      await work()
      stopped = undefined
    },
    stopClock: stop,
  }
}

/** What a double over the PostgreSQL kit is made of, once for all cells of a process. */
interface Kit {
  readonly backend: Backend
  readonly sql: Sql
  readonly schema: string
  readonly effects: EffectLog
}

/** A double over the PostgreSQL kit, with its writes noted. */
const kitOf = async (backend: Backend, sql: Sql, schema: string): Promise<Kit> => {
  // The first look sets the schema up.
  await backend.rows('notes')
  return { backend, sql, schema, effects: await kitEffects(sql, schema) }
}

/** The same double for every cell, since a schema takes longer to make than a cell to play: emptied each time. */
function emptied(made: () => Promise<Kit>): () => Promise<Place> {
  let kit: Promise<Kit> | undefined
  return async () => {
    kit ??= made()
    const { backend, sql, schema, effects } = await kit
    const tables = ['rows', 'evictions', 'log', 'effects'].map((table) => `${schema}.${table}`)
    await sql.query(`truncate ${tables.join(', ')}`)
    // What an earlier one forbade.
    await sql.query(`drop function if exists ${schema}.forbid() cascade`)
    return {
      backend: { ...backend, close: async () => {} },
      effects,
      async atOnce(work) {
        await sql.query('begin')
        await work()
        await sql.query('commit')
      },
    }
  }
}

/** The fields of a document, as the wire writes them. */
function documentOf(stored: JsonObject): JsonObject | null {
  const fields = stored['fields'] as Readonly<Record<string, JsonObject>>
  if (fields['_deleted']?.['booleanValue'] === true) return null
  return { title: fields['title']?.['stringValue'] ?? null }
}

const markedBy =
  (mark: string) =>
  (fields: JsonObject): JsonObject | null =>
    fields[mark] === true ? null : fields

const single = 'a request carries one operation'

/** The request with another body. */
async function edited(request: Request, edit: (body: JsonObject) => JsonObject): Promise<Request> {
  const body = edit((await request.clone().json()) as JsonObject)
  const { url, method, headers } = request
  return new Request(url, { method, headers: withoutLength(headers), body: JSON.stringify(body) })
}

function withoutLength(headers: Headers): Headers {
  const rest = new Headers(headers)
  rest.delete('content-length')
  return rest
}

/** The request for one row only. */
async function readdressed(request: Request, param: string): Promise<Request> {
  const url = new URL(request.url)
  if (url.searchParams.has(param)) url.searchParams.set(param, '1')
  return new Request(url, request)
}

const firstOf = (list: unknown): Json => (list as readonly Json[]).slice(0, 1)

/** A frame of Phoenix with another payload. */
const phoenix =
  (edit: (payload: JsonObject) => JsonObject) =>
  (frame: string): readonly string[] => {
    const [join, ref, topic, event, payload] = JSON.parse(frame) as readonly Json[]
    return [JSON.stringify([join, ref, topic, event, edit(payload as JsonObject)])]
  }

// The suite's adapter is told of them.
const columns = { due: 'timestamptz', serial: 'bigint', price: 'numeric', scan: 'bytea' } as const

/** Every backend of the world. */
export const worldBackends: readonly WorldBackend[] = [
  {
    name: 'rest',
    harness: rest,
    open: emptied(async () => {
      const [sql, schema] = [await pgliteSql(), 'world_rest']
      return kitOf(restDouble({ sql, schema }), sql, schema)
    }),
    writes: (request) => pathOf(request).endsWith('/push'),
    listens: (request) => pathOf(request).endsWith('/live'),
    channel: 'answer',
    tells: (frame) => frame.includes('event: poke'),
    cutFrame: (frame) => [frame.slice(0, 9), frame.slice(9)],
    shorter: (request) => edited(request, (body) => ({ ...body, limit: 1 })),
    half: (request) => edited(request, (body) => ({ ...body, operations: firstOf(body['operations']) })),
  },
  {
    name: 'rest-plain',
    harness: etag,
    open: async () =>
      over(
        (server) => plainDouble({ server }),
        'notes',
        (fields) => fields,
      ),
    writes: ({ method }) => method !== 'GET',
    listens: () => false,
    channel: 'none',
    tells: () => false,
    cutFrame: (frame) => [frame],
    shorter: (request) => readdressed(request, 'limit'),
    half: single,
  },
  {
    name: 'supabase',
    harness: kit,
    open: emptied(async () => {
      const [sql, name] = [await pgliteSql(), 'world_supabase']
      return kitOf(await supabaseKitDouble({ sql, name }), sql, name)
    }),
    writes: (request) => pathOf(request).endsWith('_push'),
    listens: () => false,
    channel: 'socket',
    refuse: refusedJoin,
    tells: (frame) => frame.includes('"broadcast"') && frame.includes('"payload"'),
    cutFrame: phoenix((payload) => ({ ...payload, payload: {} })),
    shorter: (request) =>
      edited(request, (body) => ({ ...body, p_ask: { ...(body['p_ask'] as JsonObject), limit: 1 } })),
    half: (request) => edited(request, (body) => ({ ...body, p_operations: firstOf(body['p_operations']) })),
  },
  {
    name: 'supabase-plain',
    harness: plain,
    open: async () => over((server) => supabaseDouble({ server, columns }), 'notes', markedBy('deleted')),
    writes: ({ method }) => method !== 'GET' && method !== 'HEAD',
    listens: () => false,
    channel: 'socket',
    refuse: refusedJoin,
    tells: (frame) => frame.includes('"postgres_changes"') && frame.includes('commit_timestamp'),
    // What Realtime does with a row that is too large for it.
    cutFrame: phoenix((payload) => ({
      ...payload,
      data: { ...(payload['data'] as JsonObject), record: {}, errors: ['Error 413: Payload Too Large'] },
    })),
    shorter: (request) => readdressed(request, 'limit'),
    half: single,
  },
  {
    name: 'firestore',
    harness: firestore,
    open: async () => over((server) => firestoreDouble({ server }), 'users/ada/notes', documentOf),
    writes: (request) => pathOf(request).endsWith(':commit'),
    listens: (request) => pathOf(request).includes('/google.firestore.v1.Firestore/'),
    channel: 'numbered',
    tells: () => false,
    cutFrame: (frame) => [frame],
    shorter: 'a query is answered in full, up to its limit',
    half: 'a commit takes effect whole or not at all',
  },
  {
    name: 'appsync',
    harness: appsync,
    open: async () => over((server) => appsyncDouble({ server }), 'notes', markedBy('_deleted')),
    writes: async (request) => (await request.clone().text()).includes('mutation'),
    listens: () => false,
    channel: 'socket',
    refuse: refusedStart,
    tells: (frame) => frame.includes('"type":"data"'),
    cutFrame: (frame) => [JSON.stringify({ ...(JSON.parse(frame) as JsonObject), payload: { data: null } })],
    shorter: (request) =>
      edited(request, (body) => ({ ...body, variables: { ...(body['variables'] as JsonObject), limit: 1 } })),
    half: single,
  },
]
