import type {
  CommitNumber,
  LoadPage,
  LocalStore,
  LocalStoreCapabilities,
  OpenStore,
  StoreEntry,
  StoreSpec,
} from '../contracts/local-store.ts'
import { SyncError } from '../errors/sync-error.ts'

/** What one namespace holds: serialised values, so that nothing handed in can be changed from outside. */
interface Namespace {
  head: CommitNumber
  open: boolean
  readonly values: Map<string, { readonly entry: Pick<StoreEntry, 'table' | 'key'>; readonly text: string }>
}

const capabilities: LocalStoreCapabilities = Object.freeze({
  writers: 'one',
  durability: 'none',
  evictable: false,
  limits: Object.freeze({ valueBytes: 16_000_000, commitBytes: 256_000_000 }),
})

class OpenMemory implements OpenStore {
  readonly durability = 'none'
  readonly #namespace: Namespace
  #closed = false

  constructor(namespace: Namespace) {
    this.#namespace = namespace
  }

  async *load(after: CommitNumber = 0): AsyncIterable<LoadPage> {
    this.#mustBeOpen()
    const { head, values } = this.#namespace
    const whole = after !== head
    const entries = whole ? [...values.values()].map(({ entry, text }) => ({ ...entry, value: JSON.parse(text) })) : []
    yield { entries, broken: [], head, reset: whole }
  }

  async commit(entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber> {
    this.#mustBeOpen()
    const namespace = this.#namespace
    if (after !== namespace.head) throw new SyncError('SYNC_STORE_STALE')
    const texts = entries.map(({ value }) => (value === undefined ? undefined : JSON.stringify(value)))
    entries.forEach(({ table, key }, index) => {
      const text = texts[index]
      if (text === undefined) namespace.values.delete(`${table}/${key}`)
      else namespace.values.set(`${table}/${key}`, { entry: { table, key }, text })
    })
    namespace.head += 1
    return namespace.head
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#namespace.open = false
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new SyncError('SYNC_CLOSED')
  }
}

/**
 * A store that lives as long as its own object: every `open` of the same store sees the same data, nothing reaches a disk.
 * Grants durability `none`; asking for more fails with `SYNC_STORE_DURABILITY`.
 */
export function memoryStore(): LocalStore {
  const namespaces = new Map<string, Namespace>()
  return {
    name: 'memory',
    capabilities,
    async open(spec: StoreSpec): Promise<OpenStore> {
      if (spec.durability !== 'none') throw new SyncError('SYNC_STORE_DURABILITY')
      const namespace = namespaces.get(spec.namespace) ?? { head: 0, open: false, values: new Map() }
      if (namespace.open) throw new SyncError('SYNC_STORE_LOCKED')
      namespace.open = true
      namespaces.set(spec.namespace, namespace)
      return new OpenMemory(namespace)
    },
    async destroy(name: string): Promise<void> {
      if (namespaces.get(name)?.open) throw new SyncError('SYNC_STORE_LOCKED')
      namespaces.delete(name)
    },
  }
}
