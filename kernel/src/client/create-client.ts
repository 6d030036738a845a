import type { SharedStore } from '../contracts/local-store.ts'
import type { ClosableRemote } from '../contracts/remote-adapter.ts'
import { onAbort } from '../errors/deadline.ts'
import { asSyncError, invalidConfig, type SyncError } from '../errors/sync-error.ts'
import { createEvents } from '../events/emitter.ts'
import { listenersOf } from '../events/listeners.ts'
import type { Filter } from '../model/filter.ts'
import { idOf } from '../model/identity.ts'
import type { Collections } from '../model/schema.ts'
import { isObject } from '../model/value.ts'
import { runLayers } from '../pipeline/compose.ts'
import { maxLevels, normaliseWhere } from '../query/normalise.ts'
import { withDeadline } from '../sync/call.ts'
import { Engine, pausedKey } from '../sync/engine.ts'
import type { SyncPorts } from '../sync/ports.ts'
import type { SyncClient } from './client.ts'
import { type Host, type Opened, reach, relatedOf } from './host.ts'
import { type Life, leave, lifeOf } from './life.ts'
import { type Plugin, type Settings, type SyncClientOptions, settingsOf, shapesOf } from './options.ts'
import { withParts } from './parts.ts'
import { readsOf } from './reads.ts'
import { openSession, type Session } from './session.ts'
import { settled } from './settled.ts'
import { statusOf } from './status.ts'
import { checkRow } from './validate.ts'
import { writesOf } from './writes.ts'

/** The engine over a session; `undefined` without a remote. */
export function makeEngine(host: Host, session: Session): Engine | undefined {
  const { remote, scope, conflict, shapes, around, operators } = host
  if (!remote) return undefined
  const collections = [...shapes.keys()].sort()
  const filterOf = (collection: string): Filter | undefined => {
    const where = Object.hasOwn(scope, collection) ? scope[collection]?.() : undefined
    return where === undefined ? undefined : normaliseWhere(where, operators, maxLevels.wire)
  }
  return new Engine({
    ...host,
    ...session,
    remote,
    shared: host.store.capabilities.writers === 'many',
    share: (session.store as Partial<SharedStore>).tabs?.share as SyncPorts['share'],
    collections,
    filters: () => {
      try {
        return Object.fromEntries(collections.map((name) => [name, filterOf(name)]))
      } catch (error) {
        throw asSyncError(error, 'SYNC_CONFIG_INVALID')
      }
    },
    asks: (collection) => Object.hasOwn(conflict, collection),
    resolve: async (collection, id, found) => {
      const answer = await around(
        'resolve',
        { kind: 'resolve', collection, id, conflict: found },
        async (operation) => (await conflict[collection]?.(operation.conflict)) as 'ask',
      )
      // An answer that the app's own schema refuses is none.
      if (isObject(answer)) await checkRow(host, collection, answer)
      return answer
    },
    hasId: (collection, record, id) => idOf(record, shapes.get(collection)?.key ?? []) === id,
  })
}

/** What a client is made of, and how it opens and closes. */
function coreOf(settings: Settings): Host & Life {
  const plugins: Plugin[] = []
  const { env, remote, sync } = settings
  const shapes = shapesOf(settings.collections)
  // Only to be refused at once where it does not fit.
  settings.migrations?.open(shapes)
  const uncaught = (error: unknown): void => {
    env.setTimer(0, () => {
      throw error
    })
  }
  const load = async (): Promise<Opened> => {
    const session = await openSession(core)
    return { ...session, engine: makeEngine(core, session) }
  }
  const begin = ({ engine, runs = sync !== 'manual' }: Opened): void => {
    core.changed.tell(new Set())
    core.begun.tell()
    if (runs) engine?.start()
  }
  const end = async (opened: Opened | undefined, reason: SyncError): Promise<void> => {
    try {
      if (opened) await leave(opened, reason)
    } finally {
      await withDeadline(settings, undefined, () => (remote as Partial<ClosableRemote> | undefined)?.close?.())
    }
  }
  const core: Host & Life = {
    ...settings,
    events: createEvents(uncaught),
    shapes,
    related: relatedOf(shapes),
    around: (kind, operation, last) =>
      runLayers(plugins.flatMap(({ middleware }) => middleware?.[kind] ?? []) as never[], operation, last),
    plug: (plugin) => addPlugin(core, plugins, plugin),
    changed: listenersOf(),
    begun: listenersOf(),
    ...lifeOf(load, begin, end),
  }
  return core
}

/** Adds a plugin; the result removes it, and so does the end of the client. */
function addPlugin({ env, events, ended }: Host, plugins: Plugin[], plugin: Plugin): () => void {
  // A function has a name too: that of a plugin's maker, which was not called.
  if (!isObject(plugin) || !plugin.name) throw invalidConfig('a plugin is an object with a name')
  plugins.push(plugin)
  const { observer = {}, setup } = plugin
  const undo: (() => unknown)[] = [
    () => plugins.splice(plugins.indexOf(plugin), 1),
    events.observe(observer),
    setup?.({ env, observe: events.observe }) ?? (() => {}),
  ]
  const remove = (): void => {
    for (const one of undo.splice(0)) events.guard(one)
  }
  undo.push(onAbort(ended, remove))
  return remove
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
  const host = coreOf(settingsOf(options))
  for (const plugin of host.use) host.plug(plugin)
  const collections = [...host.shapes.values()].map((shape) => {
    const { name } = shape
    const settle = (id: string, given?: { readonly signal?: AbortSignal }) => settled(host, name, id, given?.signal)
    const collection = { ...readsOf(host, shape), ...writesOf(host, shape), settled: settle }
    return [name, withParts(Object.freeze(collection), host, shape)]
  })
  const setPaused = async (on: boolean): Promise<void> => {
    const { journal, engine } = await host.open()
    await journal.write(({ meta }) => meta.set(pausedKey, { on }))
    if (on) await engine?.rest()
  }
  const client = Object.freeze({
    collections: Object.freeze(Object.fromEntries(collections)),
    status: statusOf(host),
    use: host.plug,
    observe: host.events.observe,
    dispose: host.close,
    start: async () => {
      ;(await host.open()).engine?.start()
    },
    stop: async () => {
      // Through open(), so that calls take effect in their order.
      if (host.used()) await (await host.open()).engine?.stop()
    },
    pause: () => setPaused(true),
    resume: () => setPaused(false),
    synchronize: async () => {
      const { engine } = await reach(host, true)
      return engine.synchronize()
    },
  })
  return withParts(client, host) as unknown as SyncClient<C>
}
