import type {
  CommitNumber,
  LocalStore,
  LocalStoreCapabilities,
  OpenStore,
  StoreEntry,
} from '../contracts/local-store.ts'
import { invalidInput, SyncError } from '../errors/sync-error.ts'
import { sameValue } from '../model/compare.ts'

/** What one namespace holds: the JSON of each entry, so that nothing handed in can be changed from outside. */
interface Namespace {
  head: CommitNumber
  /** Who has it open. */
  holder?: OpenStore | undefined
  readonly texts: Map<string, string>
}

const capabilities: LocalStoreCapabilities = Object.freeze({
  writers: 'one',
  durability: 'none',
  evictable: false,
  limits: Object.freeze({ valueBytes: 16e6, commitBytes: 256e6 }),
})

/** The entry's JSON; `undefined` where its value is. @throws SyncError `SYNC_INPUT_INVALID` for what JSON would lose or refuse */
function textOf(entry: StoreEntry): string | undefined {
  if (entry.value === undefined) return undefined
  try {
    const text = JSON.stringify(entry)
    if (sameValue(JSON.parse(text), entry as never)) return text
  } catch {
    // A cycle or a BigInt has no JSON at all.
  }
  throw invalidInput(`the value of ${entry.key} is not JSON`)
}

function openMemory(namespace: Namespace): OpenStore {
  const { texts } = namespace
  const mustBeOpen = (): void => {
    if (namespace.holder !== store) throw new SyncError('SYNC_CLOSED')
  }
  const store: OpenStore = {
    durability: 'none',
    async *load(after = 0) {
      mustBeOpen()
      const { head } = namespace
      const reset = after !== head
      const entries = reset ? [...texts.values()].map((text) => JSON.parse(text) as StoreEntry) : []
      yield { entries, broken: [], head, reset }
    },
    async commit(entries, after) {
      mustBeOpen()
      if (after !== namespace.head) throw new SyncError('SYNC_STORE_STALE')
      for (const [name, text] of entries.map((entry) => [`${entry.table}/${entry.key}`, textOf(entry)] as const)) {
        if (text === undefined) texts.delete(name)
        else texts.set(name, text)
      }
      namespace.head += 1
      return namespace.head
    },
    async close() {
      if (namespace.holder === store) namespace.holder = undefined
    },
  }
  namespace.holder = store
  return store
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
    async open({ namespace: name, durability }) {
      if (durability !== 'none') throw new SyncError('SYNC_STORE_DURABILITY')
      const namespace: Namespace = namespaces.get(name) ?? { head: 0, texts: new Map() }
      if (namespace.holder) throw new SyncError('SYNC_STORE_LOCKED')
      namespaces.set(name, namespace)
      return openMemory(namespace)
    },
    async destroy(name) {
      if (namespaces.get(name)?.holder) throw new SyncError('SYNC_STORE_LOCKED')
      namespaces.delete(name)
    },
  }
}
