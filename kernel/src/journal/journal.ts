import type { CommitNumber, LoadPage, OpenStore, StoreEntry, WatchableStore } from '../contracts/local-store.ts'
import { asSyncError, isSyncError, SyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../model/identity.ts'
import { Draft, type StandsAlone } from './draft.ts'
import type { Ledger } from './ledger.ts'

/** A decision that reads the newest state and writes into the draft. Pure but for the draft: it may be asked again. */
export type Intent<T> = (draft: Draft) => T

interface Waiting {
  readonly intent: Intent<unknown>
  readonly done: (value: never) => void
  readonly fail: (error: unknown) => void
  value?: unknown
}

/** What a journal is told by, and tells, whoever holds it. */
export interface JournalPorts {
  /** Throws where the data may not be shown, nor written to. */
  check(): void
  /** Records that a load or a commit touched, those that it changes itself it adds; and which of them the app wrote. */
  committed(touched: Set<RecordKey>, written?: ReadonlySet<RecordKey>): void
  readonly standsAlone: StandsAlone
  /** What a draft writes. */
  entries(draft: Draft): readonly StoreEntry[]
}

/** New operations of one commit at the most; what waits behind them goes into the next. */
const opsPerCommit = 5000

/**
 * The one writer of a namespace. Decisions of a tick share one commit; the ledger changes when the store has it durably.
 * Another tab's commit (`SYNC_STORE_STALE`) is loaded first, then every decision is made again.
 */
export class Journal {
  readonly #store: OpenStore
  readonly #ledger: Ledger
  readonly #session: string
  readonly #ports: JournalPorts
  /** Why the store refused the last commit; `undefined`: it took it. */
  trouble: SyncError | undefined
  #head: CommitNumber = 0
  #queue: Waiting[] = []
  #running: Promise<void> | undefined
  /** Why it takes no more. */
  #closed: SyncError | undefined
  /** Another tab has committed; its commits are still to be loaded. */
  #behind = false

  constructor(store: OpenStore, ledger: Ledger, session: string, ports: JournalPorts) {
    this.#store = store
    this.#ledger = ledger
    this.#session = session
    this.#ports = ports
  }

  /**
   * Brings in what the store has and this journal has not, all of it or nothing: nobody sees half of it, and what failed begins
   * where it began. The result: the entries that could not be decoded.
   */
  async load(): Promise<LoadPage['broken']> {
    let pages: LoadPage[] = []
    for await (const page of this.#store.load(this.#head)) {
      if (page.reset) pages = []
      pages.push(page)
    }
    const { head } = pages.at(-1) ?? { head: this.#head }
    // Numbers of commits never go back: what was acknowledged is gone, and nothing is built on what is left without a new start.
    if (head < this.#head) throw new SyncError('SYNC_STORE_BROKEN', { message: 'the store lost commits' })
    const touched = new Set<RecordKey>()
    for (const page of pages) {
      if (page.reset) this.#ledger.clear(touched)
      this.#ledger.absorb(page.entries, touched)
    }
    this.#ports.check()
    this.#ports.committed(touched)
    // Last: where the data may not be shown, nothing is committed on top of it.
    this.#head = head
    return pages.flatMap(({ broken }) => broken)
  }

  /**
   * Makes a decision and resolves once it is durable. What the intent throws rejects it alone and leaves no trace.
   * @throws SyncError of the store, or what it was closed with
   */
  write<T>(intent: Intent<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw this.#closed
      this.#queue.push({ intent, done: resolve, fail: reject })
      this.#running ??= this.#run()
    })
  }

  /** Looks at the ledger when no commit is under way, nor any decision made that is not in it. */
  between<T>(look: () => T): Promise<T> {
    // The journal goes on only after this: reactions run in the order in which their promises were settled.
    return this.write(() => {}).then(look)
  }

  /** Waits for what was accepted; from now on it accepts no more, for a reason. */
  async close(reason: SyncError): Promise<void> {
    this.#closed = reason
    await this.#running
  }

  /** Brings in what other tabs commit, as they do, where the store tells of it; ends with the store. */
  follow(store: Partial<WatchableStore>): void {
    store.watch?.((head) => {
      if (head <= this.#head || this.#closed) return
      this.#behind = true
      this.#running ??= this.#run()
    })
  }

  async #run(): Promise<void> {
    // One turn later, so that everything a tick asks for is in the queue.
    await Promise.resolve()
    while (this.#queue.length > 0 || this.#behind) {
      const behind = this.#behind
      this.#behind = false
      // Only to be sooner: what fails here meets the next commit, which says so to who asked for it.
      if (behind) await this.load().catch(() => {})
      await this.#commit(this.#queue.splice(0))
    }
    this.#running = undefined
  }

  async #commit(group: Waiting[]): Promise<void> {
    const [draft, decided] = this.#decide(group)
    const entries = this.#ports.entries(draft)
    if (entries.length > 0) {
      try {
        this.#head = await this.#store.commit(entries, this.#head)
      } catch (thrown) {
        return this.#failed(asSyncError(thrown, 'SYNC_STORE_FAILED'), decided)
      }
      this.trouble = undefined
      const touched = new Set<RecordKey>()
      this.#ledger.absorb(entries, touched)
      this.#ports.committed(touched, draft.written)
    }
    for (const { done, value } of decided) done(value as never)
  }

  /** Lets the group decide, one after the other, on one draft; takes out of it those who threw. */
  #decide(group: Waiting[]): readonly [Draft, Waiting[]] {
    let index = 0
    const nextKey = (): string => `${this.#head + 1}.${index++}.${this.#session}`
    const { standsAlone } = this.#ports
    const draft = new Draft(this.#ledger, nextKey, standsAlone)
    const decided: Waiting[] = []
    for (let waiting = group.shift(); waiting; waiting = group.shift()) {
      const part = new Draft(draft, nextKey, standsAlone)
      try {
        this.#ports.check()
        waiting.value = waiting.intent(part)
        draft.merge(part)
        decided.push(waiting)
      } catch (thrown) {
        waiting.fail(thrown)
      }
      if (index >= opsPerCommit) this.#queue.unshift(...group.splice(0))
    }
    return [draft, decided]
  }

  async #failed(error: SyncError, group: Waiting[]): Promise<void> {
    if (isSyncError(error, 'SYNC_STORE_STALE')) {
      try {
        await this.load()
        this.#queue.unshift(...group)
        return
      } catch (unloadable) {
        error = asSyncError(unloadable, 'SYNC_STORE_FAILED')
      }
    } else if (group.length > 1) {
      // One that cannot be stored must not take the others with it.
      for (const one of group) await this.#commit([one])
      return
    }
    // That a value is too large is the value's trouble, and that the app is outdated is not the store's.
    if (/STORE/.test(error.code)) this.trouble = error
    this.#ports.committed(new Set())
    for (const { fail } of group) fail(error)
  }
}
