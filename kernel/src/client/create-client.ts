import type { ClosableRemote, RemoteAdapter } from '../contracts/remote-adapter.ts'
import { platformEnv } from '../env/env.ts'
import type { JsonObject } from '../env/json.ts'
import { invalidConfig, SyncError } from '../errors/sync-error.ts'
import { createEvents } from '../events/emitter.ts'
import { listenersOf } from '../events/listeners.ts'
import { memoryStore } from '../journal/memory-store.ts'
import type { Conflict } from '../model/conflict.ts'
import { idOf } from '../model/identity.ts'
import type { Collections } from '../model/schema.ts'
import { runLayers } from '../pipeline/compose.ts'
import type { Around } from '../pipeline/middleware.ts'
import { normaliseWhere } from '../query/normalise.ts'
import { type CycleResult, Engine } from '../sync/engine.ts'
import { Table } from '../tables/table.ts'
import type { SyncClient } from './client.ts'
import type { Host, Opened } from './host.ts'
import { type CollectionShape, checkOptions, type Plugin, type SyncClientOptions, shapesOf } from './options.ts'
import { Reads } from './reads.ts'
import { openSession, type Session } from './session.ts'
import { settled } from './settled.ts'
import { inboxOf, quarantineOf } from './shelves.ts'
import { statusOf } from './status.ts'
import { type AnyWriteOptions, Writes } from './writes.ts'

/** The options as the code below reads them; the public type names the app's own records. */
type Options = Omit<SyncClientOptions<Collections>, 'scope' | 'conflict'> & {
  readonly scope?: Readonly<Record<string, (() => unknown) | undefined>>
  readonly conflict?: Readonly<Record<string, ((conflict: Conflict<JsonObject>) => unknown) | undefined>>
}

const isClosable = (remote: RemoteAdapter | undefined): remote is RemoteAdapter & ClosableRemote =>
  'close' in (remote ?? {})

class Client {
  readonly host: Host
  readonly #options: Options
  readonly #plugins: Plugin[] = []
  readonly #undo: (() => void)[] = []
  #opening: Promise<Opened> | undefined
  #opened: Opened | undefined
  #disposed: Promise<void> | undefined

  constructor(options: Options) {
    const timing = checkOptions(options)
    const { env = platformEnv, remote, use = [] } = options
    const shapes = shapesOf(options.collections)
    const uncaught = (error: unknown): void =>
      void env.setTimer(0, () => {
        throw error
      })
    this.#options = options
    this.host = {
      env,
      events: createEvents(uncaught),
      timing,
      remote,
      shapes,
      tables: new Map([...shapes.values()].map(({ name, indexes }) => [name, new Table(indexes)])),
      around: (kind, operation, last) => this.#around(kind, operation, last),
      changed: listenersOf(),
      ended: listenersOf(),
      open: () => this.open(),
      opened: () => this.#opened,
    }
    for (const plugin of use) this.use(plugin)
  }

  readonly #around: Around = (kind, operation, last) => {
    const layers = this.#plugins.flatMap(({ middleware }) => middleware?.[kind] ?? [])
    return runLayers(layers as never[], operation, last)
  }

  async open(): Promise<Opened> {
    if (this.#disposed) throw new SyncError('SYNC_CLOSED')
    // After a failure the next use tries again.
    this.#opening ??= this.#load().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #load(): Promise<Opened> {
    const { store = memoryStore(), user = '', sync = 'auto' } = this.#options
    const session = await openSession(this.host, store, user)
    const engine = this.#engine(session, user)
    this.#opened = { session, engine }
    this.host.changed.tell(new Set())
    if (sync === 'auto' && !this.#disposed) engine?.start()
    return this.#opened
  }

  #engine({ ledger, journal }: Session, user: string): Engine | undefined {
    const { env, events, timing, remote, shapes, around, changed } = this.host
    const { scope = {}, conflict = {} } = this.#options
    const nothing = new Set<string>()
    return (
      remote &&
      new Engine({
        env,
        user,
        remote,
        ledger,
        journal,
        events,
        timing,
        around,
        collections: [...shapes.keys()],
        scopeOf: (collection) => {
          const where = scope[collection]?.()
          return where === undefined ? undefined : normaliseWhere(where)
        },
        asks: (collection) => collection in conflict,
        resolve: (collection, id, found) =>
          around(
            'resolve',
            { kind: 'resolve', collection, id, conflict: found },
            async (operation) => (await conflict[collection]?.(operation.conflict)) as 'ask',
          ),
        hasId: (collection, record, id) => idOf(record, shapes.get(collection)?.key ?? []) === id,
        changed: () => changed.tell(nothing),
      })
    )
  }

  use(plugin: Plugin): () => void {
    const { events, env } = this.host
    if (!plugin?.name) throw invalidConfig('a plugin needs a name')
    this.#plugins.push(plugin)
    const undo: (() => void)[] = [() => void this.#plugins.splice(this.#plugins.indexOf(plugin), 1)]
    if (plugin.observer) undo.push(events.observe(plugin.observer))
    const tearDown = plugin.setup?.({ env, observe: events.observe })
    if (tearDown) undo.push(tearDown)
    const remove = (): void => {
      for (const one of undo.splice(0)) one()
    }
    this.#undo.push(remove)
    return remove
  }

  async start(): Promise<void> {
    ;(await this.open()).engine?.start()
  }

  async stop(): Promise<void> {
    // Through open(), so that calls take effect in their order.
    if (this.#opening || this.#disposed) await (await this.open()).engine?.stop()
  }

  async synchronize(): Promise<CycleResult> {
    const { engine } = await this.open()
    if (!engine) throw new SyncError('SYNC_UNSUPPORTED', { message: 'this client has no remote' })
    return engine.synchronize()
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#close()
    return this.#disposed
  }

  async #close(): Promise<void> {
    const { ended, remote } = this.host
    await Promise.resolve()
    ended.tell()
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.engine?.stop()
    await opened?.session.journal.close()
    await opened?.session.store.close()
    for (const remove of this.#undo) remove()
    if (isClosable(remote)) await remote.close()
  }
}

/** One collection's methods, untyped; the client's types name the records. */
function collectionOf(host: Host, shape: CollectionShape): object {
  const reads = new Reads(host, shape)
  const writes = new Writes(host, shape)
  return Object.freeze({
    create: (record: unknown, options?: AnyWriteOptions) => writes.create(record, options),
    createMany: (records: readonly unknown[]) => writes.createMany(records),
    save: (record: unknown, options?: AnyWriteOptions) => writes.save(record, options),
    update: (id: string, change: object, options?: AnyWriteOptions) => writes.update(id, change, options),
    delete: (id: string, options?: AnyWriteOptions) => writes.delete(id, options),
    read: (id: string) => reads.read(id),
    readAll: () => reads.query(),
    query: (query?: object) => reads.query(query),
    count: async (query?: object) => (await reads.query(query)).length,
    watchAll: () => reads.watchQuery({}),
    watchById: (id: string) => reads.watchById(id),
    watchQuery: (query: object) => reads.watchQuery(query),
    settled: (id: string, options?: { readonly signal?: AbortSignal }) =>
      settled(host, shape.name, id, options?.signal),
  })
}

/**
 * A client for the app's data. Nothing is opened yet: the first use does, and begins to sync unless `sync` is `manual`.
 *
 * @example
 * const { tasks } = createSyncClient({
 *   collections: { tasks: record<{ id: string; title: string; done: boolean }>() },
 *   remote: restAdapter({ url: 'https://api.example.com/sync' }),
 * }).collections
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function createSyncClient<const C extends Collections>(options: SyncClientOptions<C>): SyncClient<C> {
  const client = new Client(options as unknown as Options)
  const { host } = client
  const collections = [...host.shapes.values()].map((shape) => [shape.name, collectionOf(host, shape)])
  return Object.freeze({
    collections: Object.freeze(Object.fromEntries(collections)),
    status: statusOf(host),
    conflicts: inboxOf(host),
    quarantine: quarantineOf(host),
    start: () => client.start(),
    stop: () => client.stop(),
    synchronize: () => client.synchronize(),
    observe: host.events.observe,
    use: (plugin: Plugin) => client.use(plugin),
    dispose: () => client.dispose(),
  }) as unknown as SyncClient<C>
}
