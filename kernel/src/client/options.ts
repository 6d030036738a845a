import type { LocalStore } from '../contracts/local-store.ts'
import type { RemoteAdapter } from '../contracts/remote-adapter.ts'
import type { Env } from '../env/env.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import type { Resolver } from '../model/conflict.ts'
import type { Observer } from '../model/events.ts'
import type { Where } from '../model/query.ts'
import type { AnySchema, Checked, Collections, Definition, Relation, Row } from '../model/schema.ts'
import type { Middleware, SharedMiddleware } from '../pipeline/middleware.ts'
import type { SyncTiming } from '../sync/ports.ts'

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

/** Everything a client can be given. Only `collections` is required. */
export interface SyncClientOptions<C extends Collections> {
  readonly collections: C & Checked<NoInfer<C>>
  /** The backend. Absent: local only; writes wait in the outbox for a later version of the app that has one. */
  readonly remote?: RemoteAdapter
  /** Where data is kept. Absent: memory, which is gone with the process and says so in the status. */
  readonly store?: LocalStore
  /** Whose data this is; each user has a namespace of their own. Default `''`: a backend without credentials. */
  readonly user?: string
  /** By collection: the part of it to sync, asked at the start of each cycle. Absent or `undefined`: all of it. */
  readonly scope?: { readonly [N in keyof NoInfer<C>]?: () => Where<Row<NoInfer<C>[N]>> | undefined }
  /** By collection: who decides conflicts. Absent: at fields changed on both sides the local value; a delete against an edit waits in the inbox. */
  readonly conflict?: { readonly [N in keyof NoInfer<C>]?: Resolver<Row<NoInfer<C>[N]>> }
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

/** A collection as the client works with it. */
export interface CollectionShape {
  readonly name: string
  readonly schema: Definition['schema']
  readonly key: readonly string[]
  readonly indexes: readonly (readonly string[])[]
  readonly relations: Readonly<Record<string, Relation>>
}

const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'object' ? value : [value])

function shapeOf(name: string, given: unknown): CollectionShape {
  const refuse = (why: string): never => {
    throw invalidConfig(`collection "${name.slice(0, 80)}" ${why}`)
  }
  if (!/^[A-Za-z][\w-]{0,63}$/.test(name)) refuse('needs a name of a letter, then up to 63 letters, digits, _ or -')
  const definition: Definition = '~standard' in Object(given) ? { schema: given as AnySchema } : Object(given)
  const { schema, key = 'id', indexes = [], relations = {}, ...rest } = definition
  const [stranger] = Object.keys(rest)
  if (stranger) refuse(`has no part "${stranger}"`)
  if (!schema?.['~standard']) refuse('has no schema: give record<T>(), or one of zod, valibot …')
  const fields = [list(key), ...(Array.isArray(indexes) ? indexes.map(list) : [[]])]
  if (fields.some((names) => !names.length || names.some((field) => !field || typeof field !== 'string'))) {
    refuse('has a key, or an index, that is no field or list of fields')
  }
  return { name, schema, key: fields[0] as readonly string[], indexes: fields.slice(1), relations }
}

/** Checks and completes the collections. @throws SyncError `SYNC_CONFIG_INVALID` */
export function shapesOf(collections: Collections): ReadonlyMap<string, CollectionShape> {
  const shapes = new Map(Object.entries(collections).map(([name, given]) => [name, shapeOf(name, given)]))
  for (const { name, relations } of shapes.values()) {
    for (const { to } of Object.values(relations)) {
      if (!shapes.has(to)) throw invalidConfig(`a relation of "${name}" leads to "${to}", no collection`)
    }
  }
  return shapes
}

/** Default of every option that is a time. */
const times: SyncTiming = { requestTimeoutMs: 30_000, pullIntervalMs: 60_000, retryMinMs: 1_000, retryMaxMs: 60_000 }

/** By option that is no time, whether a value is of the right kind. */
const kinds: Readonly<Record<string, (value: never) => unknown>> = {
  collections: Object,
  remote: (value: RemoteAdapter) => 'pull' in Object(value) && 'push' in value && value.capabilities?.limits,
  store: (value) => 'open' in Object(value),
  user: (value) => typeof value === 'string',
  scope: Object,
  conflict: Object,
  use: Array.isArray,
  sync: (value) => ['auto', 'manual'].includes(value),
  env: (value) => 'setTimer' in Object(value),
}

/** Scope and conflict name collections, and give each a function. */
function checkNames({ collections = {}, scope, conflict }: Partial<SyncClientOptions<Collections>>): void {
  for (const [name, value] of Object.entries({ ...scope, ...conflict })) {
    if (!Object.hasOwn(collections, name)) throw invalidConfig(`there is no collection "${name}"`)
    if (typeof value !== 'function') throw invalidConfig(`scope and conflict take a function for "${name}"`)
  }
}

/** The times, completed; misspelt options and values of the wrong kind are refused. @throws SyncError `SYNC_CONFIG_INVALID` */
export function checkOptions(options: object | undefined): SyncTiming {
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    const isTime = Object.hasOwn(times, name)
    if (!isTime && !Object.hasOwn(kinds, name)) throw invalidConfig(`there is no option "${name}"`)
    if (value === null || !(isTime ? value > 0 : kinds[name]?.(value as never)))
      throw invalidConfig(`the option ${name} is wrong`)
  }
  const all: Partial<SyncClientOptions<Collections>> = Object.fromEntries(given)
  if (!all.collections) throw invalidConfig('the option collections is missing')
  checkNames(all)
  return { ...times, ...all }
}
