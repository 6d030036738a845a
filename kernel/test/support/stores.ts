import {
  type CommitNumber,
  type LoadPage,
  type LocalStore,
  memoryStore,
  type OpenStore,
  type SharedStore,
  type StoreEntry,
  type StoreTable,
  SyncError,
  type WatchableStore,
} from '../../src/index.ts'
import { tabs } from '../../src/tabs/index.ts'

/** A store between the client and another one, to see its commits and to make it fail. */
export interface WrappedStore extends LocalStore {
  readonly commits: (readonly StoreEntry[])[]
  /** Called before a commit reaches the store; may throw, and then nothing is stored. */
  beforeCommit: (entries: readonly StoreEntry[]) => void | Promise<void>
}

export function wrapStore(inner: LocalStore = memoryStore()): WrappedStore {
  const commits: (readonly StoreEntry[])[] = []
  const wrapped: WrappedStore = {
    name: 'wrapped',
    capabilities: inner.capabilities,
    commits,
    beforeCommit: () => {},
    async open(spec) {
      const open = await inner.open(spec)
      return {
        durability: open.durability,
        load: (after) => open.load(after),
        commit: async (entries, after) => {
          await wrapped.beforeCommit(entries)
          const head = await open.commit(entries, after)
          commits.push(entries)
          return head
        },
        close: () => open.close(),
      }
    },
    destroy: (namespace) => inner.destroy(namespace),
  }
  return wrapped
}

interface Kept {
  readonly entry: Omit<StoreEntry, 'value'>
  readonly text: string | undefined
  readonly commit: CommitNumber
}

/** A device's disk: outlives every client. With `tabs` any number of clients may have it open. */
export class Disk implements LocalStore {
  readonly name = 'disk'
  readonly capabilities: LocalStore['capabilities']
  readonly #namespaces = new Map<string, { head: CommitNumber; readonly values: Map<string, Kept> }>()
  /** Entries that cannot be decoded, as `<table>/<key>`. */
  readonly broken = new Set<string>()
  stale = 0
  readonly #tells: boolean
  readonly #shares: boolean
  readonly #listeners = new Set<(head: CommitNumber) => void>()

  /**
   * `tabs`: whether several clients may have it open at once. `tells`: whether they hear of each other's commits. `shares`: whether
   * they share the work.
   */
  constructor({
    tabs = false,
    tells = false,
    shares = false,
  }: { readonly tabs?: boolean; readonly tells?: boolean; readonly shares?: boolean } = {}) {
    this.#tells = tells
    this.#shares = shares
    this.capabilities = {
      writers: tabs ? 'many' : 'one',
      durability: 'strict',
      evictable: false,
      limits: { valueBytes: 16_000_000, commitBytes: 256_000_000 },
    }
  }

  async open({
    namespace,
  }: {
    readonly namespace: string
  }): Promise<OpenStore & Partial<WatchableStore & SharedStore>> {
    const kept = this.#namespaces.get(namespace) ?? { head: 0, values: new Map<string, Kept>() }
    this.#namespaces.set(namespace, kept)
    let closed = false
    const own = new Set<(head: CommitNumber) => void>()
    const watch = (listener: (head: CommitNumber) => void): (() => void) => {
      own.add(listener)
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    }
    const mustBeOpen = (): void => {
      if (closed) throw new SyncError('SYNC_CLOSED')
    }
    const commit = async (entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber> => {
      mustBeOpen()
      if (after !== kept.head) {
        this.stale += 1
        throw new SyncError('SYNC_STORE_STALE')
      }
      kept.head += 1
      for (const { table, key, value } of entries) {
        const text = value === undefined ? undefined : JSON.stringify(value)
        kept.values.set(`${table}/${key}`, { entry: { table, key }, text, commit: kept.head })
      }
      for (const tell of this.#listeners) if (!own.has(tell)) tell(kept.head)
      return kept.head
    }
    const page = (after: CommitNumber): LoadPage => this.#page(kept, after)
    return {
      durability: 'strict',
      async *load(after = 0) {
        mustBeOpen()
        yield page(after)
      },
      commit,
      close: async () => {
        closed = true
        for (const listener of own) this.#listeners.delete(listener)
      },
      ...(this.#tells ? { watch } : {}),
      ...(this.#shares ? { tabs: tabs(`disk/${namespace}`) } : {}),
    }
  }

  #page(
    { head, values }: { readonly head: CommitNumber; readonly values: Map<string, Kept> },
    after: CommitNumber,
  ): LoadPage {
    const newer = [...values.entries()].filter(([, { commit }]) => commit > after)
    const isBroken = ([name]: readonly [string, Kept]): boolean => this.broken.has(name)
    return {
      entries: newer
        .filter((one) => !isBroken(one))
        .map(([, { entry, text }]) => ({ ...entry, value: text === undefined ? undefined : JSON.parse(text) })),
      broken: newer.filter(isBroken).map(([, { entry, text = '' }]) => ({ ...entry, raw: text.slice(1) })),
      head,
      reset: after === 0,
    }
  }

  /** Stored values of a table, by key. */
  values(namespace: string, table: StoreTable): ReadonlyMap<string, unknown> {
    const kept = [...(this.#namespaces.get(namespace)?.values.values() ?? [])]
    return new Map(
      kept.flatMap(({ entry, text }) =>
        entry.table === table && text !== undefined ? [[entry.key, JSON.parse(text)] as const] : [],
      ),
    )
  }

  async destroy(namespace: string): Promise<void> {
    this.#namespaces.delete(namespace)
  }
}

/** A disk whose loads come a page an entry. */
export interface PagedStore extends LocalStore {
  /** Called between two pages; may throw, and then the load breaks off. */
  between: () => void
}

/** Gives what `disk` holds page by page; with `whole` always everything, as a store does that has forgotten what changed. */
export function pagedStore(disk: Disk, { whole = false }: { readonly whole?: boolean } = {}): PagedStore {
  const paged: PagedStore = {
    name: 'paged',
    capabilities: disk.capabilities,
    between: () => {},
    async open(spec) {
      const open = await disk.open(spec)
      return {
        ...open,
        async *load(after = 0) {
          for await (const { entries, broken, head, reset } of open.load(whole ? 0 : after)) {
            yield { entries: [], broken, head, reset: whole || reset }
            for (const entry of entries) {
              paged.between()
              await Promise.resolve()
              yield { entries: [entry], broken: [], head, reset: false }
            }
          }
        },
      }
    },
    destroy: (namespace) => disk.destroy(namespace),
  }
  return paged
}
