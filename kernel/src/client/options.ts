import type { LocalStore } from '../contracts/local-store.ts'
import type { RemoteAdapter } from '../contracts/remote-adapter.ts'
import type { Env } from '../env/env.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Resolver } from '../model/conflict.ts'
import type { Observer } from '../model/events.ts'
import type { Where } from '../model/query.ts'
import type { Checked, Collections, Definition, Relation, Row } from '../model/schema.ts'
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

const invalid = (message: string): SyncError => new SyncError('SYNC_CONFIG_INVALID', { message })
const list = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value)

function shapeOf(name: string, given: Collections[string]): CollectionShape {
  if (!/^[A-Za-z][\w-]{0,63}$/.test(name)) {
    throw invalid(`collection "${name.slice(0, 80)}": a name is a letter, then up to 63 letters, digits, _ or -`)
  }
  const definition: Definition = '~standard' in given ? { schema: given } : given
  if (typeof definition?.schema?.['~standard']?.validate !== 'function') {
    throw invalid(`collection "${name}" has no schema: give record<T>(), or a zod, valibot or arktype schema`)
  }
  const { schema, key = 'id', indexes = [], relations = {} } = definition
  return { name, schema, key: list(key), indexes: indexes.map(list), relations }
}

/** Checks and completes the collections. @throws SyncError `SYNC_CONFIG_INVALID` */
export function shapesOf(collections: Collections): ReadonlyMap<string, CollectionShape> {
  if (typeof collections !== 'object' || collections === null) throw invalid('collections must be an object')
  const shapes = new Map(Object.entries(collections).map(([name, given]) => [name, shapeOf(name, given)]))
  for (const { name, relations } of shapes.values()) {
    for (const [relation, { to }] of Object.entries(relations)) {
      if (!shapes.has(to)) throw invalid(`relation "${relation}" of "${name}" leads to "${to}", which is no collection`)
    }
  }
  return shapes
}

/** Checks and completes the times. @throws SyncError `SYNC_CONFIG_INVALID` */
export function timingOf(options: Partial<SyncTiming>): SyncTiming {
  const timing = {
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    pullIntervalMs: options.pullIntervalMs ?? 60_000,
    retryMinMs: options.retryMinMs ?? 1_000,
    retryMaxMs: options.retryMaxMs ?? 60_000,
  }
  for (const [name, value] of Object.entries(timing)) {
    if (!(value > 0)) throw invalid(`${name} must be a number of milliseconds above 0`)
  }
  return timing
}

const known =
  'collections remote store user scope conflict use sync env requestTimeoutMs pullIntervalMs retryMinMs retryMaxMs'.split(
    ' ',
  )

/** Refuses misspelt options and values of the wrong kind. @throws SyncError `SYNC_CONFIG_INVALID` */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw invalid('createSyncClient takes an object with collections')
  const stranger = Object.keys(options).find((name) => !known.includes(name))
  if (stranger !== undefined) throw invalid(`there is no option "${stranger}"; known: ${known.join(' ')}`)
  const { user, sync, remote, store } = options as Record<string, unknown>
  if (user !== undefined && typeof user !== 'string') throw invalid('user must be text')
  if (sync !== undefined && sync !== 'auto' && sync !== 'manual') throw invalid('sync must be "auto" or "manual"')
  const has = (value: unknown, ...methods: string[]): boolean =>
    value === undefined ||
    methods.every((name) => typeof (value as Record<string, unknown> | null)?.[name] === 'function')
  if (!has(remote, 'pull', 'push')) throw invalid('remote must be a RemoteAdapter, with pull and push')
  if (!has(store, 'open', 'destroy')) throw invalid('store must be a LocalStore, with open and destroy')
}
