import type { ClosableRemote, RemoteAdapter } from '../contracts/remote-adapter.ts'
import { platformEnv } from '../env/env.ts'
import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { createEvents } from '../events/emitter.ts'
import { memoryStore } from '../journal/memory-store.ts'
import type { Conflict } from '../model/conflict.ts'
import { idOf, type RecordKey, splitKey } from '../model/identity.ts'
import type { Collections } from '../model/schema.ts'
import { normaliseWhere } from '../query/normalise.ts'
import { Engine } from '../sync/engine.ts'
import { Table } from '../tables/table.ts'
import type { SyncClient } from './client.ts'
import { type Host, type Opened, Plugins, Signals } from './host.ts'
import { checkOptions, type Plugin, type SyncClientOptions, shapesOf, timingOf } from './options.ts'
import { openSession, type Session, type SessionPorts } from './session.ts'
import { collectionOf, inboxOf, quarantineOf, statusWatch } from './surface.ts'

/** The options as the code below reads them; the public type names the app's own records. */
type Options = Omit<SyncClientOptions<Collections>, 'scope' | 'conflict'> & {
  readonly scope?: Readonly<Record<string, (() => unknown) | undefined>>
  readonly conflict?: Readonly<Record<string, ((conflict: Conflict<JsonObject>) => unknown) | undefined>>
}

const isClosable = (remote: RemoteAdapter): remote is RemoteAdapter & ClosableRemote => 'close' in remote

class Client {
  readonly host: Host
  readonly #options: Options
  readonly #undo: (() => void)[] = []
  #opening: Promise<Opened> | undefined
  #opened: Opened | undefined
  #disposed: Promise<void> | undefined

  constructor(options: Options) {
    this.#options = options
    const env = options.env ?? platformEnv
    const shapes = shapesOf(options.collections)
    const uncaught = (error: unknown): void =>
      void env.setTimer(0, () => {
        throw error
      })
    const limits = options.remote?.capabilities.limits
    this.host = {
      env,
      events: createEvents(uncaught),
      timing: timingOf(options),
      remote: options.remote,
      shapes,
      tables: new Map([...shapes.values()].map(({ name, indexes }) => [name, new Table(indexes)])),
      limits: { idBytes: limits?.idBytes ?? 512, recordBytes: limits?.recordBytes ?? 1_000_000 },
      plugins: new Plugins(),
      signals: new Signals(),
      open: () => this.open(),
      opened: () => this.#opened,
    }
    for (const plugin of options.use ?? []) this.use(plugin)
  }

  /** Opens once; after a failure the next use tries again. */
  async open(): Promise<Opened> {
    this.host.signals.mustBeOpen()
    this.#opening ??= this.#load().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  async #load(): Promise<Opened> {
    const { env, tables, signals } = this.host
    const { store = memoryStore(), user = '', sync = 'auto' } = this.#options
    const committed: SessionPorts['committed'] = (touched, changed, isLocal) => {
      for (const key of this.#opened ? changed : []) this.#tellChange(key, isLocal(key) ? 'local' : 'remote')
      signals.changed(touched)
    }
    const session = await openSession({ env, store, user, tables, committed })
    const opened = { session, engine: this.#engine(session, user) }
    this.#opened = opened
    signals.changed()
    if (sync === 'auto') opened.engine?.start()
    return opened
  }

  #tellChange(key: RecordKey, source: 'local' | 'remote'): void {
    const [collection, id] = splitKey(key)
    this.host.events.emit('record:changed', { collection, id, source })
  }

  #engine({ ledger, journal }: Session, user: string): Engine | undefined {
    const { env, events, timing, remote, shapes, plugins, signals } = this.host
    const { scope = {}, conflict = {} } = this.#options
    if (!remote) return undefined
    return new Engine({
      env,
      user,
      remote,
      ledger,
      journal,
      events,
      timing,
      collections: [...shapes.keys()],
      scopeOf: (collection) => {
        const where = scope[collection]?.()
        return where === undefined ? undefined : normaliseWhere(where)
      },
      asks: (collection) => conflict[collection] !== undefined,
      resolve: (collection, id, found) =>
        plugins.around('resolve', { kind: 'resolve', collection, id, conflict: found }, async (operation) => {
          const resolver = conflict[collection]
          return (resolver ? await resolver(operation.conflict) : 'ask') as 'ask'
        }),
      hasId: this.hasId,
      around: (kind, operation, last) => plugins.around(kind, operation, last),
      changed: () => signals.changed(),
    })
  }

  readonly hasId = (collection: string, record: JsonObject, id: string): boolean =>
    idOf(record, this.host.shapes.get(collection)?.key ?? []) === id

  use(plugin: Plugin): () => void {
    const { plugins, events, env } = this.host
    if (typeof plugin?.name !== 'string')
      throw new SyncError('SYNC_CONFIG_INVALID', { message: 'a plugin needs a name' })
    const undo = [plugins.add(plugin)]
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
    const { engine } = await this.open()
    engine?.start()
  }

  async stop(): Promise<void> {
    this.host.signals.mustBeOpen()
    await (await this.#opening)?.engine?.stop()
  }

  async synchronize(): ReturnType<Engine['synchronize']> {
    const { engine } = await this.open()
    if (!engine) throw new SyncError('SYNC_UNSUPPORTED', { message: 'this client has no remote to sync with' })
    return engine.synchronize()
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#close()
    return this.#disposed
  }

  async #close(): Promise<void> {
    const { signals, remote } = this.host
    signals.end()
    const opened = await this.#opening?.catch(() => undefined)
    await opened?.engine?.stop()
    await opened?.session.close()
    for (const remove of this.#undo) remove()
    if (remote && isClosable(remote)) await remote.close()
  }
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
  checkOptions(options)
  const client = new Client(options as unknown as Options)
  const { host } = client
  const collections = [...host.shapes.values()].map((shape) => [shape.name, collectionOf(host, shape)])
  return Object.freeze({
    collections: Object.freeze(Object.fromEntries(collections)),
    status: statusWatch(host),
    conflicts: inboxOf(host, client.hasId),
    quarantine: quarantineOf(host),
    start: () => client.start(),
    stop: () => client.stop(),
    synchronize: () => client.synchronize(),
    observe: host.events.observe,
    use: (plugin: Plugin) => client.use(plugin),
    dispose: () => client.dispose(),
  }) as unknown as SyncClient<C>
}
