import type { Durability, LocalStore } from '../contracts/local-store.ts'
import type { RemoteAdapter } from '../contracts/remote-adapter.ts'
import { type Env, platformEnv } from '../env/env.ts'
import { defined, type JsonObject } from '../env/json.ts'
import { invalidConfig, refuseRest } from '../errors/sync-error.ts'
import { memoryStore } from '../journal/memory-store.ts'
import type { Conflict, Resolver } from '../model/conflict.ts'
import type { Observer } from '../model/events.ts'
import { isUser } from '../model/identity.ts'
import type { Where } from '../model/query.ts'
import type { AnySchema, Checked, Collections, Definition, Relation, Row } from '../model/schema.ts'
import { isObject } from '../model/value.ts'
import type { Middleware, SharedMiddleware } from '../pipeline/middleware.ts'
import type { ReadTest } from '../query/normalise.ts'
import type { SyncTiming } from '../sync/ports.ts'
import { Table } from '../tables/table.ts'
import type { Upgrade } from './session.ts'

/** What a plugin gets once, when it is added. */
export interface PluginHost {
  readonly env: Env
  observe(observer: Observer): () => void
}

/** The one way to extend a client: middleware changes or stops operations, an observer looks, `setup` does the rest. */
export interface Plugin<C = Collections> {
  readonly name: string
  readonly middleware?: Middleware<C>
  readonly observer?: Observer
  /** Runs when the plugin is added; the result runs when it is removed or the client disposed. */
  readonly setup?: (host: PluginHost) => void | (() => void)
}

/** A plugin in its own file or package: fits every client. */
export interface SharedPlugin {
  readonly name: string
  readonly middleware?: SharedMiddleware
  readonly observer?: Observer
  readonly setup?: NonNullable<Plugin['setup']>
}

/** The version of the app's data, and the way to it from older ones: a value of `@rowkeep/kernel/migrations`. */
export interface Migrations {
  readonly version: number
  /** Internal: a namespace at this version. @throws SyncError `SYNC_CONFIG_INVALID` for a collection that is not known */
  open(shapes: ReadonlyMap<string, CollectionShape>): Upgrade
}

/** Everything a client can be given. Only `collections` is required. */
export interface SyncClientOptions<C extends Collections> {
  readonly collections: C & Checked<NoInfer<C>>
  /** The backend. Absent: local only; writes wait in the outbox for a later version of the app that has one. */
  readonly remote?: RemoteAdapter
  /** Where data is kept. Absent: memory, which is gone with the process and says so in the status. */
  readonly store?: LocalStore
  /**
   * The least that the store must grant: a platform that cannot makes opening fail with `SYNC_STORE_DURABILITY`. Default `none`:
   * what the store's own options give, as the status says.
   */
  readonly durability?: Durability
  /** Whose data this is; each user has a namespace of their own. Default `''`: a backend without credentials. At most 1024 characters. */
  readonly user?: string
  /** By collection: the part of it to sync, asked at the start of each cycle. Absent or `undefined`: all of it. */
  readonly scope?: { readonly [N in keyof NoInfer<C>]?: () => Where<Row<NoInfer<C>[N]>> | undefined }
  /** By collection: who decides conflicts. Absent: at fields changed on both sides the local value; a delete against an edit waits in the inbox. */
  readonly conflict?: { readonly [N in keyof NoInfer<C>]?: Resolver<Row<NoInfer<C>[N]>> }
  /** `moreOperators` of `@rowkeep/kernel/operators`. Absent: `where` knows `eq ne gt gte lt lte in startsWith`. */
  readonly operators?: ReadTest
  /** `migrations(...)` of `@rowkeep/kernel/migrations`. Absent: the app's data is of version 1. */
  readonly migrations?: Migrations
  /** Plugins, the first one outermost. */
  readonly use?: readonly Plugin<NoInfer<C>>[]
  /** `auto` (default): the first use, or `start()`, begins to sync. `manual`: only `start()` and `synchronize()` do. */
  readonly sync?: 'auto' | 'manual'
  /** Clock, timers, randomness and network; default the platform's. */
  readonly env?: Env
  /** Deadline of each request, ms. Default 30 000. */
  readonly requestTimeoutMs?: number
  /** Longest time between two pulls while all is well, ms. Default 60 000. */
  readonly pullIntervalMs?: number
  /** Ceiling of the first wait after a failure, ms; doubles with each failure in a row. Default 1 000. */
  readonly retryMinMs?: number
  /** Ceiling of every wait after a failure, ms. Default 60 000. */
  readonly retryMaxMs?: number
}

/** The options, checked and completed. The public type names the app's own records; this is how the code reads them. */
export interface Settings extends SyncTiming {
  readonly collections: Collections
  readonly remote: RemoteAdapter | undefined
  readonly store: LocalStore
  readonly durability: Durability
  readonly user: string
  readonly scope: Readonly<Record<string, (() => unknown) | undefined>>
  readonly conflict: Readonly<Record<string, ((conflict: Conflict<JsonObject>) => unknown) | undefined>>
  readonly migrations: Migrations | undefined
  readonly use: readonly Plugin[]
  readonly sync: 'auto' | 'manual'
  readonly operators: ReadTest | undefined
  readonly env: Env
}

/** A collection as the client works with it. */
export interface CollectionShape {
  readonly name: string
  readonly schema: Definition['schema']
  readonly key: readonly string[]
  readonly relations: Readonly<Record<string, Relation>>
  /** What is seen of it. */
  readonly table: Table
}

/** What a collection may be named. */
const namePattern = /^[A-Za-z][\w-]{0,63}$/

function shapeOf(name: string, given: unknown): CollectionShape {
  const title = `collection "${name.slice(0, 80)}"`
  const refuse = (why: string): never => {
    throw invalidConfig(`${title} ${why}`)
  }
  if (!namePattern.test(name)) refuse(`needs a name like ${namePattern}`)
  const definition: Definition = '~standard' in Object(given) ? { schema: given as AnySchema } : Object(given)
  const { schema, key = 'id', indexes = [], relations = {}, ...rest } = definition
  refuseRest(title, rest, invalidConfig)
  if (!schema?.['~standard']) refuse('needs a schema: record<T>(), or one of zod, valibot or arktype')
  const fields = [key, ...(Array.isArray(indexes) ? indexes : [[]])].map((names): readonly string[] => [names].flat())
  if (fields.some((names) => !names.length || names.some((field) => !field || typeof field !== 'string'))) {
    refuse('needs fields, or lists of fields, as key and indexes')
  }
  return { name, schema, key: fields[0] as readonly string[], relations, table: new Table(fields.slice(1)) }
}

/** Checks and completes the collections. @throws SyncError `SYNC_CONFIG_INVALID` */
export function shapesOf(collections: Collections): ReadonlyMap<string, CollectionShape> {
  return new Map(Object.entries(collections).map(([name, given]) => [name, shapeOf(name, given)]))
}

/** Default of every option but the collections, which have none, and the store, of which each client has its own. */
const defaults: Omit<Settings, 'collections' | 'store'> = {
  remote: undefined,
  durability: 'none',
  user: '',
  scope: {},
  conflict: {},
  operators: undefined,
  migrations: undefined,
  use: [],
  sync: 'auto',
  env: platformEnv,
  requestTimeoutMs: 30_000,
  pullIntervalMs: 60_000,
  retryMinMs: 1_000,
  retryMaxMs: 60_000,
}

const isTime = (value: unknown): boolean => typeof value === 'number' && value > 0

/** By option, whether a value is of the right kind. */
const kinds: Readonly<Record<string, (value: never) => unknown>> = {
  collections: isObject,
  remote: (value: RemoteAdapter) => 'pull' in Object(value) && 'push' in value && value.capabilities?.limits,
  store: (value) => 'open' in Object(value),
  durability: (value) => ['none', 'relaxed', 'strict'].includes(value),
  user: isUser,
  scope: isObject,
  conflict: isObject,
  operators: (value) => typeof value === 'function',
  migrations: (value) => 'open' in Object(value),
  use: Array.isArray,
  sync: (value) => ['auto', 'manual'].includes(value),
  env: (value) => 'setTimer' in Object(value),
  requestTimeoutMs: isTime,
  pullIntervalMs: isTime,
  retryMinMs: isTime,
  retryMaxMs: isTime,
}

/** Scope and conflict name collections, and give each a function. */
function checkNames({ collections, scope, conflict }: Settings): void {
  for (const [name, value] of Object.entries({ ...scope, ...conflict })) {
    if (!Object.hasOwn(collections, name)) throw invalidConfig(`there is no collection "${name}"`)
    if (typeof value !== 'function') throw invalidConfig('scope and conflict must be functions by collection')
  }
}

/** The options, completed; misspelt ones and values of the wrong kind are refused. @throws SyncError `SYNC_CONFIG_INVALID` */
export function settingsOf(options: object | undefined): Settings {
  const given = defined(options ?? {})
  for (const [name, value] of Object.entries({ collections: undefined, ...given })) {
    if (!Object.hasOwn(kinds, name)) throw invalidConfig(`there is no option "${name}"`)
    if (value == null || !kinds[name]?.(value as never)) throw invalidConfig(`the option ${name} is missing or wrong`)
  }
  const settings: Settings = { ...defaults, store: memoryStore(), collections: {}, ...given }
  checkNames(settings)
  return settings
}
