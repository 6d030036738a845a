import type { RemoteAdapter } from '../contracts/remote-adapter.ts'
import type { Env } from '../env/env.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Events } from '../events/emitter.ts'
import type { Source } from '../live/watch.ts'
import type { RecordKey } from '../model/identity.ts'
import { type Layer, runLayers } from '../pipeline/compose.ts'
import type { Operations } from '../pipeline/middleware.ts'
import type { Engine } from '../sync/engine.ts'
import type { SyncTiming } from '../sync/ports.ts'
import type { Table } from '../tables/table.ts'
import type { CollectionShape, Plugin } from './options.ts'
import type { Session } from './session.ts'
import type { RecordLimits } from './validate.ts'

/** A session that is open, and the engine over it; no engine without a remote. */
export interface Opened {
  readonly session: Session
  readonly engine: Engine | undefined
}

/** What the parts of a client share. */
export interface Host {
  readonly env: Env
  readonly events: Events
  readonly timing: SyncTiming
  readonly remote: RemoteAdapter | undefined
  readonly shapes: ReadonlyMap<string, CollectionShape>
  readonly tables: ReadonlyMap<string, Table>
  readonly limits: RecordLimits
  readonly plugins: Plugins
  readonly signals: Signals
  /** Opens on first use. */
  open(): Promise<Opened>
  /** What is open now; `undefined`: nothing yet. */
  opened(): Opened | undefined
}

/** The plugins in use, in order. */
export class Plugins {
  readonly #list: Plugin[] = []

  add(plugin: Plugin): () => void {
    this.#list.push(plugin)
    return () => {
      const at = this.#list.indexOf(plugin)
      if (at >= 0) this.#list.splice(at, 1)
    }
  }

  /** Runs every middleware of a kind around `last`. */
  around<K extends keyof Operations>(
    kind: K,
    operation: Operations[K][0],
    last: (operation: Operations[K][0]) => Promise<Operations[K][1]>,
  ): Promise<Operations[K][1]> {
    const layers = this.#list.flatMap(({ middleware }) => {
      const layer = middleware?.[kind] as Layer<Operations[K][0], Operations[K][1]> | undefined
      return layer ? [layer] : []
    })
    return runLayers(layers, operation, last)
  }
}

/** Tells the parts of a client that something they show may have changed, and that the client is gone. */
export class Signals {
  readonly #changed = new Set<(touched: ReadonlySet<RecordKey> | undefined) => void>()
  readonly #ended = new Set<() => void>()
  #closed = false

  /** `touched`: records a commit touched; `undefined`: something else, such as the engine's state. */
  changed(touched?: ReadonlySet<RecordKey>): void {
    for (const listener of [...this.#changed]) listener(touched)
  }

  onChange(listener: (touched: ReadonlySet<RecordKey> | undefined) => void): () => void {
    this.#changed.add(listener)
    return () => this.#changed.delete(listener)
  }

  end(): void {
    this.#closed = true
    for (const listener of [...this.#ended]) listener()
  }

  onEnd(listener: () => void): () => void {
    this.#ended.add(listener)
    if (this.#closed) listener()
    return () => this.#ended.delete(listener)
  }

  /** @throws SyncError `SYNC_CLOSED` once the client is disposed */
  mustBeOpen(): void {
    if (this.#closed) throw new SyncError('SYNC_CLOSED')
  }
}

/** A live value computed from the whole client; `same` keeps the old object where nothing differs. */
export function derived<T>(host: Host, compute: (opened: Opened) => T, same: (a: T, b: T) => boolean): Source<T> {
  let value: T | undefined
  let stale = true
  host.signals.onChange(() => {
    stale = true
  })
  return {
    guard: host.events.guard,
    onEnd: (ended) => host.signals.onEnd(ended),
    read: () => {
      const opened = host.opened()
      if (!opened || !stale) return value
      stale = false
      const fresh = compute(opened)
      if (value === undefined || !same(value, fresh)) value = fresh
      return value
    },
    follow: (changed) => host.signals.onChange(changed),
  }
}
