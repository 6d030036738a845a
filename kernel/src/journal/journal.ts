import type { CommitNumber, OpenStore, StoreEntry } from '../contracts/local-store.ts'
import { asSyncError, isSyncError, SyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../model/identity.ts'
import { Draft } from './draft.ts'
import type { Ledger } from './ledger.ts'

/** A decision that reads the newest state and writes into the draft. Pure but for the draft: it may be asked again. */
export type Intent<T> = (draft: Draft) => T

interface Waiting {
  readonly intent: Intent<unknown>
  readonly done: (value: unknown) => void
  readonly fail: (error: unknown) => void
}

/** A commit's entries at the most; what waits behind them goes into the next. */
const entriesPerCommit = 5000

/**
 * The one writer of a namespace. Decisions of a tick share one commit; the ledger changes when the store has it durably.
 * Another tab's commit (`SYNC_STORE_STALE`) is loaded first, then every decision is made again.
 */
export class Journal {
  readonly #store: OpenStore
  readonly #ledger: Ledger
  readonly #session: string
  readonly #committed: (touched: ReadonlySet<RecordKey>, head: CommitNumber) => void
  #head: CommitNumber = 0
  #queue: Waiting[] = []
  #running: Promise<void> | undefined
  #closed = false

  constructor(
    store: OpenStore,
    ledger: Ledger,
    session: string,
    committed: (touched: ReadonlySet<RecordKey>, head: CommitNumber) => void,
  ) {
    this.#store = store
    this.#ledger = ledger
    this.#session = session
    this.#committed = committed
  }

  /** Brings in what the store has and this journal has not. The result: entries that could not be decoded. */
  async load(): Promise<readonly StoreEntry[]> {
    const broken = new Map<string, StoreEntry>()
    const touched = new Set<RecordKey>()
    for await (const page of this.#store.load(this.#head)) {
      if (page.reset) {
        for (const [key] of this.#ledger.bases()) touched.add(key)
        for (const [key] of this.#ledger.queues()) touched.add(key)
        this.#ledger.clear()
        broken.clear()
      }
      for (const key of this.#ledger.absorb(page.entries)) touched.add(key)
      for (const { table, key } of page.broken) broken.set(`${table}/${key}`, { table, key, value: undefined })
      this.#head = page.head
    }
    this.#committed(touched, this.#head)
    return [...broken.values()]
  }

  /**
   * Makes a decision and resolves once it is durable. What the intent throws rejects it alone and leaves no trace.
   * @throws SyncError of the store, or `SYNC_CLOSED`
   */
  write<T>(intent: Intent<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) return reject(new SyncError('SYNC_CLOSED'))
      this.#queue.push({ intent, done: resolve as (value: unknown) => void, fail: reject })
      this.#running ??= this.#run()
    })
  }

  /** Waits for what was accepted, then accepts no more. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#running
  }

  async #run(): Promise<void> {
    // One turn later, so that everything a tick asks for is in the queue.
    await Promise.resolve()
    while (this.#queue.length > 0) await this.#commit(this.#queue.splice(0))
    this.#running = undefined
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const { draft, decided, left } = this.#decide(group)
    this.#queue.unshift(...left)
    const entries = draft.entries()
    try {
      if (entries.length > 0) this.#head = await this.#store.commit(entries, this.#head)
    } catch (thrown) {
      return this.#failed(thrown, decided)
    }
    if (entries.length > 0) this.#committed(this.#ledger.absorb(entries), this.#head)
    for (const { done } of decided) done()
  }

  #decide(group: readonly Waiting[]): { draft: Draft; decided: readonly Decided[]; left: readonly Waiting[] } {
    let index = 0
    const draft = new Draft(this.#ledger, () => `${this.#head + 1}.${index++}.${this.#session}`)
    const decided: Decided[] = []
    for (const [at, waiting] of group.entries()) {
      if (index >= entriesPerCommit) return { draft, decided, left: group.slice(at) }
      const nested = draft.nest()
      try {
        const value = waiting.intent(nested)
        draft.merge(nested)
        decided.push({ waiting, done: () => waiting.done(value) })
      } catch (thrown) {
        waiting.fail(thrown)
      }
    }
    return { draft, decided, left: [] }
  }

  async #failed(thrown: unknown, decided: readonly Decided[]): Promise<void> {
    const error = asSyncError(thrown, 'SYNC_STORE_FAILED')
    const group = decided.map(({ waiting }) => waiting)
    if (isSyncError(error, 'SYNC_STORE_STALE')) {
      try {
        await this.load()
        this.#queue.unshift(...group)
      } catch (unloadable) {
        for (const { fail } of group) fail(asSyncError(unloadable, 'SYNC_STORE_FAILED'))
      }
    } else if (group.length > 1) {
      // One that cannot be stored must not take the others with it.
      for (const one of group) await this.#commit([one])
    } else for (const { fail } of group) fail(error)
  }
}

interface Decided {
  readonly waiting: Waiting
  readonly done: () => void
}
