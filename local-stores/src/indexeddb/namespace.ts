import {
  type CommitNumber,
  type Durability,
  type Env,
  isSyncError,
  type Json,
  type LoadPage,
  type OpenStore,
  type RoomyStore,
  type SharedStore,
  type Sharing,
  type StoreEntry,
  SyncError,
} from '@rowkeep/kernel'
import { tabs } from '@rowkeep/kernel/tabs'
import { type Limits, textsOf } from '../common/entries.ts'
import { roomOfOrigin } from '../common/room.ts'
import { commitWork } from './commit.ts'
import type { Connection } from './connection.ts'
import { foldIsDue, foldWork } from './fold.ts'
import { loadWork, pagesOf } from './load.ts'
import type { State } from './state.ts'
import type { Tuning } from './tuning.ts'

/** What an open namespace is made of. */
export interface NamespaceParts {
  readonly connection: Connection
  /** Name of the database, and of the channel on which its holders tell each other of commits. */
  readonly database: string
  /** Which database of that name it is. */
  readonly id: string
  readonly durability: Durability
  readonly limits: Limits
  readonly tuning: Tuning
  readonly env: Env
  /** Ends the hold on the namespace. */
  readonly leave: () => Promise<void>
}

/** After so many pages a load lets others work. */
const PAGES_AT_ONCE = 10

/** One namespace, open. */
export class OpenNamespace implements OpenStore, SharedStore {
  readonly durability: Durability
  readonly tabs: Sharing
  /** See {@link WatchableStore}; absent where tabs cannot tell each other. */
  declare readonly watch?: (listener: (head: CommitNumber) => void) => () => void
  /** See {@link RoomyStore}. */
  readonly room: RoomyStore['room'] | undefined = roomOfOrigin()
  readonly #parts: NamespaceParts
  readonly #working = new Set<Promise<unknown>>()
  readonly #listeners = new Set<(head: CommitNumber) => void>()
  readonly #channel: ReturnType<NonNullable<Env['broadcast']>> | undefined
  #closing: Promise<void> | undefined
  #broken: unknown
  #folding = false
  /** After chunks could not be put in order, it is tried again some commits later. */
  #foldAfter = 0

  constructor(parts: NamespaceParts) {
    this.#parts = parts
    this.durability = parts.durability
    this.tabs = tabs(parts.database)
    this.#channel = parts.env.broadcast?.(parts.database, (message) => this.#tell(message))
    if (this.#channel) Object.assign(this, { watch: this.#watch.bind(this) })
  }

  async *load(after: CommitNumber = 0): AsyncIterable<LoadPage> {
    this.#mustWork()
    const { connection, id, tuning } = this.#parts
    const view = await this.#sound(connection.run('readonly', loadWork(after, id, tuning)))
    let pages = 0
    for (const page of pagesOf(view)) {
      this.#mustWork()
      yield page
      pages += 1
      // The reader awaits nothing else that would let the page draw or answer.
      if (pages % PAGES_AT_ONCE === 0) await new Promise<void>((resolve) => this.#parts.env.setTimer(0, resolve))
    }
  }

  async commit(entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber> {
    this.#mustWork()
    const { connection, id, limits, tuning, env } = this.#parts
    const commit = { entries: textsOf(entries, limits), after, mark: env.uuid() }
    const state = await this.#sound(connection.run('readwrite', commitWork(commit, id, tuning)))
    this.#channel?.post(state.head)
    this.#keepUp(state)
    return state.head
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    while (this.#working.size > 0) await Promise.allSettled(this.#working)
    this.#channel?.close()
    await this.#parts.connection.close()
    await this.#parts.leave()
  }

  #mustWork(): void {
    if (this.#closing) throw new SyncError('SYNC_CLOSED')
    if (this.#broken === undefined) return
    const message = 'an earlier call left it unknown what the database holds; open the namespace again'
    throw new SyncError('SYNC_STORE_BROKEN', { message, cause: this.#broken })
  }

  /** Known to `close` until it settles; notes what makes the handle useless. */
  async #sound<T>(work: Promise<T>): Promise<T> {
    this.#working.add(work)
    try {
      return await work
    } catch (thrown) {
      if (isSyncError(thrown, 'SYNC_STORE_BROKEN')) this.#broken ??= thrown
      throw thrown
    } finally {
      this.#working.delete(work)
    }
  }

  #watch(listener: (head: CommitNumber) => void): () => void {
    const own = (head: CommitNumber): void => listener(head)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  #tell(message: Json): void {
    if (!Number.isSafeInteger(message)) return
    for (const listener of this.#listeners) listener(message as CommitNumber)
  }

  /** Behind the commit: none waits for it, and none fails by it. A commit that meets the same trouble tells of it. */
  #keepUp(state: State): void {
    const { connection, id, tuning } = this.#parts
    if (this.#folding || this.#closing || state.head < this.#foldAfter || !foldIsDue(state, tuning)) return
    this.#folding = true
    this.#sound(connection.run('readwrite', foldWork(id, tuning))).then(
      () => {
        this.#folding = false
      },
      () => {
        this.#folding = false
        this.#foldAfter = state.head + 100
      },
    )
  }
}
