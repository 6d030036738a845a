import type { Collection } from '../client/collection.ts'
import { liveValue } from '../client/host.ts'
import { shared } from '../client/reads.ts'
import type { JsonObject } from '../env/json.ts'
import type { SyncError } from '../errors/sync-error.ts'
import type { Ledger } from '../journal/ledger.ts'
import { LiveQuery } from '../live/live-query.ts'
import type { Watch } from '../live/watch.ts'
import { idOf } from '../model/identity.ts'
import type { Row } from '../model/schema.ts'
import { comparator, type Entry } from '../query/plan.ts'
import type { FetchQuery } from './fetch.ts'
import { type Ask, askOf } from './options.ts'
import { askRows } from './remote.ts'
import { isResident, takeRows } from './taking.ts'

/** What is here and what the server has, as one list. */
export interface FetchedLive<T> {
  /** In the order of the query, at most `limit`. */
  readonly rows: readonly T[]
  /** `loading`: the server is being asked · `ready`: its answer is in `rows` · `failed`: it could not be had, see `error` */
  readonly state: 'loading' | 'ready' | 'failed'
  /** Why it failed; `undefined` in the other states. */
  readonly error: SyncError | undefined
}

/** A live value that asks the server too. */
export interface FetchWatch<T> extends Watch<FetchedLive<T>> {
  /** Asks again, for example when a person pulls the list down; resolves when `state` says how it ended. */
  readonly refresh: () => Promise<void>
}

const byShape = new WeakMap<object, ReturnType<typeof shared>>()

/** The answer of the server beside what is here. */
class Union {
  readonly #ask: Ask
  readonly #local: LiveQuery
  readonly #tell = new Set<() => void>()
  /** Rows of the server's last answer that are not kept here. */
  #others: readonly Entry[] = []
  #state: FetchedLive<JsonObject>['state'] = 'loading'
  #error: SyncError | undefined
  #shown: FetchedLive<JsonObject> | undefined
  #asking: Promise<void> | undefined
  /** Whose session that is. */
  #ledger: Ledger | undefined

  constructor(ask: Ask) {
    this.#ask = ask
    this.#local = new LiveQuery(ask.shape.table, ask.plan, { tables: [], apply: (rows) => rows })
  }

  /** The same object while nothing in it changed. */
  read(): FetchedLive<JsonObject> {
    const rows = this.#rows()
    const { rows: before = [], state, error } = this.#shown ?? {}
    const same = rows.length === before.length && rows.every((row, at) => row === before[at])
    if (this.#shown && same && state === this.#state && error === this.#error) return this.#shown
    this.#shown = Object.freeze({ rows: same && this.#shown ? before : rows, state: this.#state, error: this.#error })
    return this.#shown
  }

  /** What is open; rows that another user's session was given are forgotten. */
  #session(): Ledger | undefined {
    const ledger = this.#ask.host.opened()?.ledger
    if (this.#ledger && ledger !== this.#ledger) {
      this.#others = []
      this.#asking = undefined
      this.#state = 'loading'
      this.#error = undefined
    }
    this.#ledger = ledger
    return ledger
  }

  #rows(): readonly JsonObject[] {
    const { shape, plan } = this.#ask
    const ledger = this.#session()
    // What came to be kept here is followed from then on, also when it is deleted.
    this.#others = this.#others.filter(({ id }) => ledger && !isResident(ledger, shape.name, id))
    const here = this.#local.read()
    if (this.#others.length === 0) return here
    const entries = here.map((record) => ({ id: String(idOf(record, shape.key)), record }))
    const all = [...entries, ...this.#others].sort(comparator(plan.order)).slice(0, plan.limit)
    return Object.freeze(all.map(({ record }) => record))
  }

  follow(changed: () => void): () => void {
    const { host } = this.#ask
    this.#tell.add(changed)
    const ends = [
      this.#local.follow(changed),
      // A deletion of a row that was never kept here moves no table.
      host.changed.add((touched) => touched.size > 0 && this.#others.length > 0 && changed()),
      host.env.online.watch((online) => {
        if (online && this.#state === 'failed') void this.refresh()
      }),
      host.begun.add(() => {
        this.#session()
        void this.refresh()
      }),
      () => this.#tell.delete(changed),
    ]
    void this.refresh()
    return () => {
      for (const end of ends) end()
    }
  }

  /** Asks the server; who asks meanwhile waits for the same answer. Never rejects. */
  refresh(): Promise<void> {
    this.#session()
    if (this.#asking) return this.#asking
    const asking = this.#load((end) => {
      // The answer to another user's question comes too late.
      if (this.#asking !== asking) return
      this.#asking = undefined
      end()
    })
    this.#asking = asking
    return asking
  }

  async #load(finish: (end: () => void) => void): Promise<void> {
    this.#become('loading')
    try {
      const { entries } = await takeRows(this.#ask, await askRows(this.#ask))
      finish(() => {
        this.#others = entries
        this.#become('ready')
      })
    } catch (error) {
      finish(() => this.#become('failed', error as SyncError))
    }
  }

  #become(state: FetchedLive<JsonObject>['state'], error?: SyncError): void {
    this.#state = state
    this.#error = error
    for (const changed of this.#tell) changed()
  }
}

/**
 * What is here at once, then together with what the server has, as one live value; equal queries share one. While
 * somebody listens: the first emission is the local answer with the state `loading`. When the server has answered, rows that are kept here
 * are refreshed, and its other rows stand beside them, in the order of the query, with the state `ready`. From then on every
 * change on this device shows at once: writes, and rows that arrive by sync. A server's row that is not kept here stays as it came until
 * the server is asked again, that is by `refresh`, by the first listener after there was none, and on coming online after a
 * failure. Offline, and whenever the server cannot be had, the local answer stays, with the state `failed` and the reason.
 *
 * @example const list = watchFetch(tasks, { where: { done: true }, orderBy: { title: 'asc' }, limit: 50 })
 * @throws SyncError `SYNC_INPUT_INVALID`
 */
export function watchFetch<C, D>(
  collection: Collection<C, D>,
  query: Omit<FetchQuery<Row<D>>, 'after'> = {},
): FetchWatch<Row<D>> {
  const ask = askOf(collection, query, {}, 'where', 'orderBy', 'limit')
  const share = byShape.get(ask.shape) ?? shared()
  byShape.set(ask.shape, share)
  return share(JSON.stringify(ask.plan), () => {
    const union = new Union(ask)
    const watch = liveValue(ask.host, { read: () => union.read(), follow: (changed) => union.follow(changed) })
    return { ...watch, refresh: () => union.refresh() }
  }) as FetchWatch<Row<D>>
}
