import type { CommitNumber, LoadPage, OpenStore, StoreEntry, WatchableStore } from '../contracts/local-store.ts'
import type { Env } from '../env/env.ts'
import { inTime } from '../errors/deadline.ts'
import { asSyncError, isSyncError, SyncError } from '../errors/sync-error.ts'
import type { RecordKey } from '../model/identity.ts'
import type { SessionEntry } from '../model/stored.ts'
import { Draft, type StandsAlone } from './draft.ts'
import type { Ledger, Reader } from './ledger.ts'

/** A decision that reads the newest state and writes into the draft. Pure but for the draft: it may be asked again. */
export type Intent<T> = (draft: Draft) => T

interface Waiting {
  readonly intent: Intent<unknown>
  readonly done: (value: never) => void
  readonly fail: (error: unknown) => void
  value?: unknown
  /** How many writes this session has accepted if a commit of it, whose end is not known, took effect. */
  accepted?: number
}

/** What a journal is told by, and tells, whoever holds it. */
export interface JournalPorts {
  readonly env: Env
  /** Opens the namespace, also once more where that has become useless. */
  open(): Promise<OpenStore>
  /** Throws where the data may not be shown, nor written to. */
  check(): void
  /** Records that a load or a commit touched, those that it changes itself it adds; and which of them the app wrote. */
  committed(touched: Set<RecordKey>, written?: ReadonlySet<RecordKey>): void
  readonly standsAlone: StandsAlone
  /** What a draft writes. */
  entries(draft: Draft): readonly StoreEntry[]
}

/** A store that takes longer for a commit or a page will never end it; longer than stores that have a deadline of their own. */
export const storeMs = 60_000

/** Likewise, to close. */
const closeMs = 10_000

/** New operations of one commit at the most; what waits behind them goes into the next. */
const opsPerCommit = 5000

/**
 * The one writer of a namespace. Decisions of a tick share one commit; the ledger changes when the store has it durably.
 * Another tab's commit (`SYNC_STORE_STALE`) is loaded first, then every decision is made again.
 */
export class Journal {
  #store: OpenStore
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
  /** The store was opened anew, and nothing committed since; `undefined`: it has to be, before anything more is decided. */
  #isNew: boolean | undefined = false
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
    const loading = this.#store.load(this.#head)[Symbol.asyncIterator]()
    for (;;) {
      const { done, value: page } = await this.#inTime(() => loading.next())
      if (done) break
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

  /**
   * Waits for what was accepted, accepts no more, for a reason, and closes the store.
   * @throws SyncError `SYNC_STORE_BROKEN` where that hangs; errors of the store
   */
  async close(reason: SyncError): Promise<void> {
    this.#closed = reason
    await this.#running
    await this.#inTime(() => this.#store.close(), closeMs)
  }

  /** Brings in what other tabs commit, as they do, where the store tells of it; ends with the store. */
  follow(store: Partial<OpenStore & WatchableStore>): void {
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
      // What may have been committed would be taken for what is decided without it.
      if (this.#isNew === undefined) {
        return this.#renew(false, decided).catch((thrown) =>
          this.#fail(asSyncError(thrown, 'SYNC_STORE_FAILED'), decided),
        )
      }
      try {
        this.#head = await this.#inTime(() => this.#store.commit(entries, this.#head))
        this.#isNew = false
      } catch (thrown) {
        return this.#failed(asSyncError(thrown, 'SYNC_STORE_FAILED'), decided, draft)
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

  async #failed(error: SyncError, group: Waiting[], draft: Draft): Promise<void> {
    // A handle is closed already where it could not be opened anew before.
    const isUseless = /BROKEN|CLOSED/.test(error.code)
    if (isUseless ? !this.#isNew : isSyncError(error, 'SYNC_STORE_STALE')) {
      try {
        if (isUseless) return await this.#renew(true, group, this.#accepted(draft))
        await this.load()
        return this.#again(group)
      } catch (thrown) {
        // Of a commit that may have taken effect that is all there is to say.
        if (!isUseless) error = asSyncError(thrown, 'SYNC_STORE_FAILED')
      }
    } else if (!isUseless && group.length > 1) return this.#commitEach(group)
    this.#isNew = isUseless ? undefined : false
    this.#fail(error, group)
  }

  #fail(error: SyncError, group: readonly Waiting[]): void {
    // That a value is too large is the value's trouble, and that the app is outdated is not the store's.
    if (/STORE/.test(error.code)) this.trouble = error
    this.#ports.committed(new Set())
    for (const { fail } of group) fail(error)
  }

  /** One that cannot be stored must not take the others with it. */
  async #commitEach(group: Waiting[]): Promise<void> {
    for (let one = group.shift(); one; one = group.shift()) {
      await this.#commit([one])
      // It is tried once more, and the others behind it.
      if (this.#queue[0] === one) this.#queue.splice(1, 0, ...group.splice(0))
    }
  }

  /** Writes this session has accepted. */
  #accepted({ meta }: Reader): number {
    return (meta.get(`session/${this.#session}`) as SessionEntry | undefined)?.accepted ?? 0
  }

  /** Opens the store anew and lets the group decide again; `accepted`: the count with which it may have been committed. */
  async #renew(isNew: boolean, group: readonly Waiting[], accepted: number = 0): Promise<void> {
    if (accepted > this.#accepted(this.#ledger)) for (const one of group) one.accepted ??= accepted
    await this.#inTime(() => this.#store.close(), closeMs).catch(() => {})
    this.#store = await this.#ports.open()
    this.follow(this.#store)
    await this.load()
    this.#isNew = isNew
    this.#again(group)
  }

  /** Lets the group decide once more on what was loaded, but for what turns out to have been committed. */
  #again(group: readonly Waiting[]): void {
    const accepted = this.#accepted(this.#ledger)
    const isIn = (one: Waiting): boolean => (one.accepted ?? Number.POSITIVE_INFINITY) <= accepted
    for (const one of group) if (isIn(one)) one.done(one.value as never)
    this.#queue.unshift(...group.filter((one) => !isIn(one)))
  }

  #inTime<T>(work: () => Promise<T>, ms: number = storeMs): Promise<T> {
    return inTime(this.#ports.env, ms, 'SYNC_STORE_BROKEN', work)
  }
}
