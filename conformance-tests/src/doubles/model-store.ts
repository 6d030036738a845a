import {
  type CommitNumber,
  type LoadPage,
  type LocalStore,
  type LocalStoreCapabilities,
  type MeasurableStore,
  type OpenStore,
  type StoreEntry,
  type StoreSpec,
  SyncError,
  type WatchableStore,
} from '@rowkeep/kernel'
import type { StoreHarness } from '../harness.ts'
import { parsed, textOf } from './model-values.ts'

/** What the model store does wrong on purpose. Each is one realistic mistake of a store. */
export type StoreDefect =
  | 'torn-commit'
  | 'refusal-spends-number'
  | 'stale-accepted'
  | 'zero-is-any'
  | 'future-accepted'
  | 'check-then-wait'
  | 'number-reused-after-reopen'
  | 'first-entry-wins'
  | 'load-after-misses-removals'
  | 'load-after-misses-replacements'
  | 'values-shared-in'
  | 'values-shared-out'
  | 'commit-to-last-opened'
  | 'namespace-cut'
  | 'destroy-by-prefix'
  | 'destroy-keeps-number'
  | 'destroy-while-open'
  | 'closed-accepted'
  | 'close-does-not-wait'
  | 'second-writer-accepted'
  | 'removal-not-durable'
  | 'surrogates-lost'
  | 'numbers-rounded'
  | 'null-removes'
  | 'proto-field-lost'
  | 'keys-ignore-case'
  | 'non-json-accepted'
  | 'durability-over-declared'
  | 'capabilities-not-frozen'
  | 'watch-silent'

interface Logged {
  readonly number: CommitNumber
  readonly table: StoreEntry['table']
  readonly key: string
  /** `undefined`: removed. */
  readonly text: string | undefined
  /** The value itself; only a defective store looks at it. */
  readonly shared: StoreEntry['value']
}

/** One namespace: every entry ever committed, in order. */
interface Namespace {
  head: CommitNumber
  log: Logged[]
  holders: number
  readonly watchers: Set<(head: CommitNumber) => void>
}

/** What outlives a store instance, as a disk does. */
type Disk = Map<string, Namespace>

const fresh = (): Namespace => ({ head: 0, log: [], holders: 0, watchers: new Set() })

class OpenModel implements OpenStore, MeasurableStore, WatchableStore {
  readonly durability: OpenStore['durability']
  readonly #namespace: Namespace
  readonly #target: () => Namespace
  readonly #defect: StoreDefect | undefined
  readonly #pending = new Set<Promise<unknown>>()
  #closed = false

  constructor(namespace: Namespace, target: () => Namespace, defect: StoreDefect | undefined) {
    this.durability = defect === 'durability-over-declared' ? 'none' : 'relaxed'
    this.#namespace = namespace
    this.#target = target
    this.#defect = defect
  }

  async *load(after: CommitNumber = 0): AsyncIterable<LoadPage> {
    this.#mustBeOpen()
    const { head, log } = this.#namespace
    const later = log.filter(({ number, text }) => number > after && !this.#missed(after, text, number))
    // Two pages, so that a reader that stops after the first is found out.
    const middle = Math.ceil(later.length / 2)
    for (const part of [later.slice(0, middle), later.slice(middle)])
      yield { entries: part.map((one) => this.#entry(one)), broken: [], head, reset: false }
  }

  async commit(entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber> {
    if (this.#defect !== 'closed-accepted') this.#mustBeOpen()
    const work = this.#write(entries, after)
    this.#pending.add(work)
    return work.finally(() => this.#pending.delete(work))
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    if (this.#defect !== 'close-does-not-wait') await Promise.allSettled(this.#pending)
    this.#namespace.holders -= 1
  }

  async size(): Promise<{ usedBytes: number; freeBytes: undefined }> {
    this.#mustBeOpen()
    const usedBytes = this.#namespace.log.reduce((sum, { text }) => sum + (text?.length ?? 0), 0)
    return { usedBytes, freeBytes: undefined }
  }

  watch(listener: (head: CommitNumber) => void): () => void {
    if (this.#defect !== 'watch-silent') this.#namespace.watchers.add(listener)
    return () => this.#namespace.watchers.delete(listener)
  }

  async #write(entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber> {
    const namespace = this.#target()
    if (this.#defect === 'refusal-spends-number') namespace.head += 1
    if (this.#defect === 'check-then-wait' || this.#defect === 'torn-commit') this.#compare(namespace, after)
    const logged: Logged[] = []
    for (const { table, key, value } of this.#ordered(entries)) {
      const text = value === undefined ? undefined : textOf(value, this.#defect)
      const one = {
        number: after + 1,
        table,
        key: this.#keyed(key),
        text,
        shared: this.#defect === 'values-shared-out' ? structuredClone(value) : value,
      }
      if (this.#defect === 'torn-commit') namespace.log.push(one)
      logged.push(one)
    }
    if (this.#defect === 'refusal-spends-number') namespace.head -= 1
    if (this.#defect === 'torn-commit') return this.#told(namespace, after)
    // As an instance of a real store does, it waits for its medium; the comparison comes after the wait.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#defect !== 'check-then-wait') this.#compare(namespace, after)
    namespace.log.push(...logged)
    return this.#told(namespace, after)
  }

  #told(namespace: Namespace, after: CommitNumber): CommitNumber {
    namespace.head = after + 1
    for (const tell of namespace.watchers) tell(namespace.head)
    return namespace.head
  }

  #compare(namespace: Namespace, after: CommitNumber): void {
    if (after < namespace.head && this.#defect === 'stale-accepted') return
    if (after === 0 && this.#defect === 'zero-is-any') return
    if (after > namespace.head && this.#defect === 'future-accepted') return
    if (after !== namespace.head) throw new SyncError('SYNC_STORE_STALE')
  }

  #missed(after: CommitNumber, text: string | undefined, number: CommitNumber): boolean {
    if (after === 0) return false
    if (this.#defect === 'load-after-misses-replacements') return text !== undefined && number < this.#namespace.head
    return this.#defect === 'load-after-misses-removals' && text === undefined
  }

  #ordered(entries: readonly StoreEntry[]): readonly StoreEntry[] {
    return this.#defect === 'first-entry-wins' ? entries.toReversed() : entries
  }

  #keyed(key: string): string {
    return this.#defect === 'keys-ignore-case' ? key.toLowerCase() : key
  }

  #entry({ table, key, text, shared }: Logged): StoreEntry {
    if (text === undefined || this.#defect === 'values-shared-out') return { table, key, value: shared }
    if (this.#defect === 'values-shared-in') return { table, key, value: structuredClone(shared) }
    return { table, key, value: parsed(text, this.#defect) }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new SyncError('SYNC_CLOSED')
  }
}

/** What the model store declares. */
const manyWriters: LocalStoreCapabilities = Object.freeze({
  writers: 'many',
  durability: 'relaxed',
  evictable: false,
  limits: Object.freeze({ valueBytes: 8_000_000, commitBytes: 64_000_000 }),
})

/** The same for one holder at a time. */
export const oneWriter: LocalStoreCapabilities = Object.freeze({ ...manyWriters, writers: 'one' })

/** What a restart makes of a namespace in a defective store. */
function restarted(namespace: Namespace, defect: StoreDefect | undefined): void {
  if (namespace.holders > 0) return
  if (defect === 'removal-not-durable') namespace.log = namespace.log.filter(({ text }) => text !== undefined)
  if (defect !== 'number-reused-after-reopen') return
  const living = new Map(namespace.log.map((one) => [`${one.table}/${one.key}`, one]))
  namespace.head = Math.max(
    0,
    ...[...living.values()].filter(({ text }) => text !== undefined).map((one) => one.number),
  )
}

/** A store over the disk: correct for its capabilities but for the defect. */
function modelStore(disk: Disk, can: LocalStoreCapabilities, defect: StoreDefect | undefined): LocalStore {
  let last: Namespace | undefined
  const place = (name: string): string => (defect === 'namespace-cut' ? name.slice(0, 60) : name)
  const mustBeFree = (namespace: Namespace | undefined): void => {
    if (namespace && namespace.holders > 0) throw new SyncError('SYNC_STORE_LOCKED')
  }
  return {
    name: 'model',
    capabilities: can,
    async open({ namespace: name, durability }: StoreSpec) {
      if (durability === 'strict') throw new SyncError('SYNC_STORE_DURABILITY')
      const namespace = disk.get(place(name)) ?? fresh()
      if (can.writers === 'one' && defect !== 'second-writer-accepted') mustBeFree(namespace)
      restarted(namespace, defect)
      disk.set(place(name), namespace)
      namespace.holders += 1
      last = namespace
      const target = (): Namespace => (defect === 'commit-to-last-opened' ? (last ?? namespace) : namespace)
      return new OpenModel(namespace, target, defect)
    },
    async destroy(name) {
      const namespace = disk.get(place(name))
      if (defect !== 'destroy-while-open') mustBeFree(namespace)
      if (defect === 'destroy-keeps-number' && namespace) namespace.log = []
      else disk.delete(place(name))
      if (defect !== 'destroy-by-prefix') return
      for (const [other, { log }] of disk) if (name.startsWith(other)) log.length = 0
    },
  }
}

/** The harness of the model store. */
export function modelStoreHarness(
  options: { readonly capabilities?: LocalStoreCapabilities; readonly defect?: StoreDefect } = {},
): StoreHarness {
  const { capabilities = manyWriters, defect } = options
  const can = defect === 'capabilities-not-frozen' ? { ...capabilities } : capabilities
  return {
    name: 'model',
    place() {
      const disk: Disk = new Map()
      return { store: () => modelStore(disk, can, defect) }
    },
  }
}
