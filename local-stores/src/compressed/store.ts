import { type Json, type LoadPage, type LocalStore, type OpenStore, type StoreEntry, SyncError } from '@rowkeep/kernel'
import type { EntryText, Limits } from '../common/entries.ts'
import { wrapOpen } from '../common/wrapped.ts'
import { pack, unpack } from './value.ts'

/** What {@link compressed} can be given. */
export interface CompressedStoreOptions {
  /** Values with less JSON than this are stored as they are, bytes. Default 1 024. */
  readonly minBytes?: number
}

const invalid = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `compressed(): ${message}` })

function checked(store: LocalStore, options: CompressedStoreOptions): number {
  if (typeof store?.open !== 'function' || !store.capabilities) throw invalid('the first argument must be a store')
  if (typeof options !== 'object' || options === null) throw invalid('options must be an object')
  const { minBytes = 1024, ...rest } = options
  const [stranger] = Object.keys(rest)
  if (stranger !== undefined) throw invalid(`there is no option "${stranger}"`)
  if (!Number.isSafeInteger(minBytes) || minBytes < 0) throw invalid('minBytes must be a whole number of bytes')
  return minBytes
}

async function unpackPage({ entries, broken, ...page }: LoadPage, most: number): Promise<LoadPage> {
  const values = await Promise.all(
    entries.map(async ({ value }) => (value === undefined ? undefined : unpack(value, most))),
  )
  const isLost = (entry: StoreEntry, at: number): boolean => entry.value !== undefined && values[at] === undefined
  const lost = entries
    .filter(isLost)
    .map(({ table, key, value }) => ({ table, key, raw: JSON.stringify(value).slice(0, 4096) }))
  const kept = entries.flatMap((entry, at) => (isLost(entry, at) ? [] : [{ ...entry, value: values[at] }]))
  return { ...page, entries: kept, broken: [...broken, ...lost] }
}

function openCompressed(inner: OpenStore, minBytes: number, limits: Limits, most: number): OpenStore {
  const packOne = async ({ table, key, text }: EntryText): Promise<StoreEntry> => {
    const value = text === undefined ? undefined : await pack(JSON.parse(text) as Json, text, minBytes)
    return { table, key, value }
  }
  return wrapOpen(inner, {
    limits,
    inward: (texts) => Promise.all(texts.map(packOne)),
    outward: async function* (after) {
      for await (const page of inner.load(after)) yield await unpackPage(page, most)
    },
  })
}

/**
 * A store that compresses what another one keeps: values of `minBytes` and more, where that makes them smaller. An entry that
 * cannot be decompressed comes as `broken` with its raw text, cut at 4 096 characters; none becomes larger than a value of the
 * inner store may be, whatever it claims. With {@link encrypted} this one goes outside: what is encrypted cannot be compressed.
 *
 * @example compressed(fileStore({ directory: './data' }))
 * @throws SyncError `SYNC_CONFIG_INVALID`
 */
export function compressed(store: LocalStore, options: CompressedStoreOptions = {}): LocalStore {
  const minBytes = checked(store, options)
  const { capabilities, name } = store
  const { valueBytes, commitBytes } = capabilities.limits
  // A text that has to be escaped grows by two bytes; the shortest of these has four.
  const limits = Object.freeze({
    valueBytes: Math.min(valueBytes - 2, Math.floor((commitBytes * 2) / 3)),
    commitBytes: Math.floor((commitBytes * 2) / 3),
  })
  return {
    name: `compressed ${name}`,
    capabilities: Object.freeze({ ...capabilities, limits }),
    async open(spec) {
      if (typeof CompressionStream === 'undefined') {
        throw new SyncError('SYNC_STORE_UNAVAILABLE', { message: 'this platform has no CompressionStream' })
      }
      return openCompressed(await store.open(spec), minBytes, limits, valueBytes)
    },
    destroy: (namespace) => store.destroy(namespace),
  }
}
