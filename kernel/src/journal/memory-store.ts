import type {
  CommitNumber,
  LocalStore,
  LocalStoreCapabilities,
  OpenStore,
  StoreEntry,
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

/** A value's JSON. @throws SyncError `SYNC_INPUT_INVALID` for what JSON would lose or refuse */
function textOf({ key, value }: StoreEntry): string | undefined {
  const strict = (_: string, part: unknown): unknown => {
    const lost =
      part === undefined || typeof part === 'function' || (typeof part === 'number' && !Number.isFinite(part))
    if (lost) throw new TypeError(String(part))
    return part
  }
  try {
    return value === undefined ? undefined : JSON.stringify(value, strict)
  } catch (cause) {
    throw new SyncError('SYNC_INPUT_INVALID', { message: `the value of ${key} is not JSON`, cause })
  }
}

function openMemory(namespace: Namespace): OpenStore {
  let closed = false
  const mustBeOpen = (): void => {
    if (closed) throw new SyncError('SYNC_CLOSED')
  }
  const { values } = namespace
  return {
    durability: 'none',
    async *load(after = 0) {
      mustBeOpen()
      const { head } = namespace
      const reset = after !== head
      const entries = [...(reset ? values.values() : [])].map(({ entry, text }) => ({
        ...entry,
        value: JSON.parse(text),
      }))
      yield { entries, broken: [], head, reset }
    },
    async commit(entries, after) {
      mustBeOpen()
      if (after !== namespace.head) throw new SyncError('SYNC_STORE_STALE')
      const texts = entries.map(textOf)
      for (const [at, { table, key }] of entries.entries()) {
        const text = texts[at]
        if (text === undefined) values.delete(`${table}/${key}`)
        else values.set(`${table}/${key}`, { entry: { table, key }, text })
      }
      namespace.head += 1
      return namespace.head
    },
    async close() {
      if (!closed) namespace.open = false
      closed = true
    },
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
    async open({ namespace: name, durability }) {
      if (durability !== 'none') throw new SyncError('SYNC_STORE_DURABILITY')
      const namespace = namespaces.get(name) ?? { head: 0, open: false, values: new Map() }
      if (namespace.open) throw new SyncError('SYNC_STORE_LOCKED')
      namespace.open = true
      namespaces.set(name, namespace)
      return openMemory(namespace)
    },
    async destroy(name) {
      if (namespaces.get(name)?.open) throw new SyncError('SYNC_STORE_LOCKED')
      namespaces.delete(name)
    },
  }
}
