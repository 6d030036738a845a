import type { Host, Opened } from '../client/host.ts'
import type { PushOperation, PushVerdict, RemoteChange } from '../contracts/remote-adapter.ts'
import { asSyncError, errorOf, type SyncError } from '../errors/sync-error.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import type { Operations } from '../pipeline/middleware.ts'

/** Tries of one operation that failed in a row, in this run of the app. */
export interface Failing {
  readonly key: RecordKey
  readonly attempts: number
  readonly error: SyncError
}

/**
 * What goes over the wire, seen by a plugin of a client's own: operations on their way, tries that fail, the server's clock, and
 * whether what this device wrote comes back. Nothing of it is stored.
 */
export class Traffic {
  /** Operations of requests that are under way. */
  readonly sending: Set<string> = new Set()
  /** Operations whose answer is there but not yet committed. */
  readonly answered: Set<string> = new Set()
  readonly failing: Map<string, Failing> = new Map()
  /** The server's clock less the device's, ms, as of the last page that told it. */
  clockOffsetMs: number | undefined
  /** Writes that took effect and have not come back in a pull: when they were answered, and whether a run since then lacked them. */
  readonly #away = new Map<RecordKey, { readonly at: number; missed: boolean }>()
  /** By the collections of a feed: when the run under way began. */
  readonly #runs = new Map<string, number>()
  readonly #host: Host
  /** Told of records of which something changed that is no commit. */
  readonly #moved: (keys: readonly RecordKey[]) => void
  #opened: Opened | undefined

  constructor(host: Host, moved: (keys: readonly RecordKey[]) => void) {
    this.#host = host
    this.#moved = moved
    host.plug({
      name: 'diagnostics',
      middleware: {
        push: (operation, next) => this.#push(operation, next),
        pull: (operation, next) => this.#pull(operation, next),
      },
    })
    host.changed.add((touched) => this.#committed(touched))
  }

  /** Since when, ms on the device's clock, the oldest write that took effect is lacking in what is pulled; `undefined`: none is. */
  get laggingSince(): number | undefined {
    // What left the device meanwhile is not to come.
    const isHere = (key: RecordKey): unknown => this.#opened?.ledger.base.get(key)?.record
    const missed = [...this.#away].filter(([key, one]) => one.missed && isHere(key))
    return missed.length > 0 ? Math.min(...missed.map(([, { at }]) => at)) : undefined
  }

  #committed(touched: ReadonlySet<RecordKey>): void {
    const opened = this.#host.opened()
    // Another user's: nothing of what was seen concerns it.
    if (opened !== this.#opened) {
      for (const one of [this.sending, this.answered, this.failing, this.#away, this.#runs]) one.clear()
      this.clockOffsetMs = undefined
    }
    this.#opened = opened
    // As long as the cycle goes on, what was answered is still to be committed.
    if (opened?.engine?.state !== 'syncing') this.answered.clear()
    for (const [opId, { key }] of this.failing) {
      const queue = touched.has(key) ? opened?.ledger.queues.get(key) : undefined
      if (touched.has(key) && !queue?.some(({ op }) => op.opId === opId)) this.failing.delete(opId)
    }
  }

  #fail({ opId, collection, id }: PushOperation, thrown: unknown): void {
    const attempts = (this.failing.get(opId)?.attempts ?? 0) + 1
    const error = asSyncError(thrown, 'SYNC_OUTCOME_UNKNOWN')
    this.failing.set(opId, { key: keyOfRecord({ collection, id }), attempts, error })
  }

  async #push(
    operation: Operations['push'][0],
    next: () => Promise<readonly PushVerdict[]>,
  ): Promise<readonly PushVerdict[]> {
    const { operations } = operation
    const keys = operations.map(keyOfRecord)
    for (const { opId } of operations) this.sending.add(opId)
    this.#moved(keys)
    try {
      const verdicts = await next()
      for (const [at, one] of operations.entries()) this.#take(one, verdicts[at])
      return verdicts
    } catch (thrown) {
      for (const one of operations) this.#fail(one, thrown)
      throw thrown
    } finally {
      for (const { opId } of operations) this.sending.delete(opId)
      this.#moved(keys)
    }
  }

  #take(operation: PushOperation, verdict: PushVerdict | undefined): void {
    const { opId, collection, record } = operation
    if (verdict?.kind === 'retry') return this.#fail(operation, errorOf(verdict.error))
    this.answered.add(opId)
    // A deletion, and what is out of scope, may never be listed again.
    const comesBack = verdict?.kind === 'applied' && record && this.#opened?.engine?.work.inScope(collection, record)
    if (comesBack) this.#away.set(keyOfRecord(operation), { at: this.#host.env.now(), missed: false })
  }

  async #pull<T extends Operations['pull']>({ collections }: T[0], next: () => Promise<T[1]>): Promise<T[1]> {
    const { env } = this.#host
    const feed = collections.join()
    const askedAt = env.now()
    const beganAt = this.#runs.get(feed) ?? askedAt
    this.#runs.set(feed, beganAt)
    let page: T[1] | undefined
    try {
      page = await next()
      return page
    } finally {
      if (!page || page.kind === 'expired' || !page.more) this.#runs.delete(feed)
      if (page?.now !== undefined) this.clockOffsetMs = page.now - env.now()
      if (page && page.kind !== 'expired') this.#arrive(page.changes, askedAt)
      if (page && page.kind !== 'expired' && !page.more) this.#end(collections, beganAt)
    }
  }

  #arrive(changes: readonly RemoteChange[], askedAt: number): void {
    for (const change of changes) {
      const key = keyOfRecord(change)
      const away = this.#away.get(key)
      // A page that was asked for before may still hold what was there before.
      if (away && away.at <= askedAt) this.#away.delete(key)
    }
  }

  #end(collections: readonly string[], beganAt: number): void {
    for (const [key, away] of this.#away) {
      if (away.at < beganAt && collections.some((name) => key.startsWith(`${name}/`))) away.missed = true
    }
  }
}
