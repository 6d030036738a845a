import { invalidConfig, SyncError } from '../errors/sync-error.ts'
import type { Events } from '../events/emitter.ts'
import type { Listeners } from '../events/listeners.ts'
import type { Draft } from '../journal/draft.ts'
import type { Decoration } from '../live/live-query.ts'
import { type Source, type Watch, watchOf } from '../live/watch.ts'
import type { RecordKey } from '../model/identity.ts'
import type { Relation } from '../model/schema.ts'
import type { Around } from '../pipeline/middleware.ts'
import type { Engine } from '../sync/engine.ts'
import type { Order } from '../sync/ports.ts'
import type { CollectionShape, Plugin, Settings } from './options.ts'
import type { Session } from './session.ts'

/** A session that is open, and the engine over it; no engine without a remote. */
export interface Opened extends Omit<Session, 'user'> {
  /** Whose session it is; `undefined`: nobody is signed in, and it holds nothing. */
  readonly user: string | undefined
  readonly engine: Engine | undefined
  /** Whether it syncs by itself from the start; `undefined`: as the option `sync` says. */
  readonly runs?: boolean
}

/** What relations add to a client, brought along by themselves. */
export interface Related extends Order {
  /** How what `named` asks for is put on rows of the collection. @throws SyncError `SYNC_INPUT_INVALID` */
  load(shape: CollectionShape, named: unknown, operators: Settings['operators']): Decoration
  /**
   * Decides what the deletion of a record does to those that refer to it, as `shown` has them (absent: as the app is shown them);
   * the result does it, or throws `moved`.
   */
  release(host: Host, shape: CollectionShape, id: string, shown?: Draft): Promise<(draft: Draft) => void>
}

/** What the relations of all collections bring along; `undefined`: there are none. @throws SyncError `SYNC_CONFIG_INVALID` */
export function relatedOf(shapes: Host['shapes']): Related | undefined {
  const all = [...shapes.values()].flatMap(({ relations }) => Object.values<Partial<Relation>>(Object(relations)))
  if (!all.every((relation) => typeof relation?.bring === 'function')) {
    throw invalidConfig('relations come from @rowkeep/kernel/relations')
  }
  return (all[0]?.bring as ((shapes: Host['shapes']) => Related) | undefined)?.(shapes)
}

/** What the parts of a client share. */
export interface Host extends Settings {
  readonly events: Events
  readonly shapes: ReadonlyMap<string, CollectionShape>
  /** `undefined`: no collection has relations. */
  readonly related: Related | undefined
  readonly around: Around
  /** Adds a plugin; the result removes it, and so does the end of the client. */
  plug(plugin: Plugin): () => void
  /** Something the client shows may have changed: the records a commit touched, or none where it was something else. */
  readonly changed: Listeners<ReadonlySet<RecordKey>>
  /** A session has begun: what the client shows is another user's, or was not there before. */
  readonly begun: Listeners<void>
  /** Aborts when the client is disposed, with `SYNC_CLOSED`. */
  readonly ended: AbortSignal
  /** Opens on first use. @throws SyncError of the store; `SYNC_CLOSED` once disposed */
  open(): Promise<Opened>
  /** What is open now; `undefined`: nothing yet. */
  opened(): Opened | undefined
  /**
   * From now on there is what `next` makes of what is open (`undefined`: nothing is), and whoever opens meanwhile waits for it.
   * `next` must not reject.
   */
  replace(next: (before: Opened | undefined) => Promise<Opened>): Promise<Opened>
}

/** What is open, with its engine. @throws SyncError `SYNC_UNSUPPORTED` where there is no remote */
export async function openEngine(host: Host): Promise<Opened & { readonly engine: Engine }> {
  const opened = await host.open()
  if (opened.engine) return opened as Opened & { readonly engine: Engine }
  throw new SyncError('SYNC_UNSUPPORTED', { message: 'this client has no remote' })
}

/**
 * What asks the remote, if it may be asked now. With `anyway` also where the platform believes to be offline.
 * @throws SyncError `SYNC_UNSUPPORTED` where there is no remote; `SYNC_NETWORK` while paused or offline; why the session has ended
 */
export async function reach(host: Host, anyway?: boolean): ReturnType<typeof openEngine> {
  const opened = await openEngine(host)
  opened.ending.signal.throwIfAborted()
  if (opened.engine.paused || !(anyway || host.env.online.now())) {
    throw new SyncError('SYNC_NETWORK', { message: 'offline, or paused: see resume()' })
  }
  return opened
}

/** A live value of the client; `undefined` until the store is open. To look at it is a first use: it opens the store. */
export function liveValue<T>(host: Host, source: Pick<Source<T>, 'read' | 'follow'>): Watch<T> {
  const { events, ended } = host
  return watchOf<T>({
    guard: events.guard,
    ended,
    read: () => (host.opened() ? source.read() : undefined),
    follow: (changed) => {
      const stop = source.follow(changed)
      const unfollow = host.begun.add(changed)
      host.open().catch((error: SyncError) => events.emit('sync:failed', { error, retryInMs: undefined }))
      return () => {
        unfollow()
        stop()
      }
    },
  })
}

/**
 * A live value computed from the whole client; the old object stays while nothing in it differs. `aging`: what else it depends on,
 * looked at whenever it is read.
 */
export function derived<T>(host: Host, compute: (opened: Opened) => T, aging?: () => unknown): Watch<T> {
  let value: T | undefined
  let text: string | undefined
  let stale = true
  let age: unknown
  host.changed.add(() => {
    stale = true
  })
  const read = (): T | undefined => {
    const opened = host.opened()
    const newAge = aging?.()
    if (!opened || (!stale && newAge === age)) return value
    stale = false
    age = newAge
    const fresh = compute(opened)
    const now = JSON.stringify(fresh)
    if (now !== text) value = fresh
    text = now
    return value
  }
  return liveValue(host, { read, follow: (changed) => host.changed.add(changed) })
}
