import type { CommitNumber, Json, LoadPage, OpenStore, StoreEntry, StoreTable } from '@rowkeep/kernel'
import type { EntryText, Limits } from '../common/entries.ts'
import { wrapOpen } from '../common/wrapped.ts'
import { keyIdOf, sealEntry, unsealEntry } from './entry.ts'
import { corrupt, HEADER, type Header, headerValue, readHeader } from './header.ts'
import type { EncryptionKey } from './options.ts'
import { openRing, type Ring } from './ring.ts'

/** Entries of one commit when everything is encrypted anew. */
const ENTRIES_PER_COMMIT = 1000

type Broken = LoadPage['broken'][number]

const isHeader = ({ table, key }: { readonly table: StoreTable; readonly key: string }): boolean =>
  table === 'meta' && key === HEADER

/** What stands in a broken entry's place: enough for a person to tell what it was. */
const rawOf = (value: Json): string => JSON.stringify(value).slice(0, 4096)

const headerEntry = (header: Header): StoreEntry => ({ table: 'meta', key: HEADER, value: headerValue(header) })

/** The header of an open namespace; `undefined`: it is empty. @throws SyncError `SYNC_STORE_CORRUPT` `SYNC_FORMAT_NEWER` */
async function findHeader(inner: OpenStore): Promise<Header | undefined> {
  let isEmpty = true
  for await (const { entries, broken } of inner.load()) {
    const found = entries.findLast(isHeader)
    if (found?.value !== undefined) return readHeader(found.value)
    if (broken.some(isHeader)) throw corrupt('the entry that names the keys of this namespace is damaged')
    isEmpty &&= broken.length === 0 && entries.every(({ value }) => value === undefined)
  }
  if (isEmpty) return undefined
  throw corrupt(
    'this namespace holds data that is not encrypted: destroy it and sync anew, or open it without encrypted()',
  )
}

/** Everything that an open namespace holds but its header. @throws SyncError `SYNC_STORE_CORRUPT` where some of it is damaged */
async function wholeOf(
  inner: OpenStore,
): Promise<{ readonly entries: readonly StoreEntry[]; readonly head: CommitNumber }> {
  const held = new Map<string, StoreEntry>()
  let head = 0
  for await (const { entries, broken, reset, ...page } of inner.load()) {
    if (reset) held.clear()
    const [damaged] = broken
    if (damaged) throw corrupt(`an entry of "${damaged.table}" is damaged; all keys are kept`)
    for (const entry of entries) {
      const place = `${entry.table}/${entry.key}`
      if (entry.value === undefined || isHeader(entry)) held.delete(place)
      else held.set(place, entry)
    }
    head = page.head
  }
  return { entries: [...held.values()], head }
}

/** Entries in portions that a commit may have. */
function batchesOf(texts: readonly EntryText[], mostBytes: number): readonly (readonly EntryText[])[] {
  const batches: EntryText[][] = []
  let room = 0
  for (const one of texts) {
    // No character of JSON has more than three bytes in UTF-8.
    const bytes = 3 * (one.text?.length ?? 0)
    if (bytes > room || (batches.at(-1)?.length ?? 0) >= ENTRIES_PER_COMMIT) {
      batches.push([])
      room = mostBytes
    }
    batches.at(-1)?.push(one)
    room -= bytes
  }
  return batches
}

/** One namespace of an encrypted store, open. */
export class EncryptedNamespace {
  readonly #inner: OpenStore
  readonly #namespace: string
  readonly #given: ReadonlyMap<string, EncryptionKey>
  #ring: Ring
  /** Keys by name, so that a removal can be told; of `op` and `meta`, whose entries come and go. */
  readonly #known = new Map<string, string>()
  /** What the commit under way removes. */
  #leaving: readonly string[] = []

  private constructor(inner: OpenStore, namespace: string, given: ReadonlyMap<string, EncryptionKey>, ring: Ring) {
    this.#inner = inner
    this.#namespace = namespace
    this.#given = given
    this.#ring = ring
  }

  /** @throws SyncError `SYNC_STORE_CORRUPT` `SYNC_FORMAT_NEWER` */
  static async open(
    inner: OpenStore,
    namespace: string,
    given: ReadonlyMap<string, EncryptionKey>,
  ): Promise<EncryptedNamespace> {
    return new EncryptedNamespace(inner, namespace, given, await openRing(namespace, await findHeader(inner), given))
  }

  /** The contract's side of it. */
  store(limits: Limits): OpenStore {
    return wrapOpen(this.#inner, {
      limits,
      inward: (texts) => this.#inward(texts),
      outward: (after) => this.#outward(after),
      committed: () => this.#committed(),
    })
  }

  async #inward(texts: readonly EntryText[]): Promise<readonly StoreEntry[]> {
    const ring = this.#ring
    const sealed = await Promise.all(texts.map((text) => sealEntry(ring, this.#namespace, text)))
    for (const [at, { table, key }] of sealed.entries()) {
      if (table !== 'base') this.#known.set(`${table}/${key}`, texts[at]?.key ?? '')
    }
    this.#leaving = sealed.filter(({ value }) => value === undefined).map(({ table, key }) => `${table}/${key}`)
    return ring.isStored ? sealed : [headerEntry(ring.header), ...sealed]
  }

  #committed(): void {
    for (const name of this.#leaving) this.#known.delete(name)
    this.#ring = { ...this.#ring, isStored: true }
  }

  async *#outward(after: CommitNumber = 0): AsyncGenerator<LoadPage> {
    // Of a whole load everything is in it that a removal in it can be about.
    let seen = after === 0 ? new Map<string, string>() : undefined
    for await (const page of this.#inner.load(after)) {
      if (page.reset) seen = new Map()
      const opened = await this.#open(page, seen)
      if (!opened) {
        // Somebody removed what this holder does not know by its key: everything is told again.
        yield* this.#anew()
        return
      }
      yield opened
    }
  }

  async *#anew(): AsyncGenerator<LoadPage> {
    const seen = new Map<string, string>()
    let reset = true
    for await (const page of this.#inner.load()) {
      const opened = await this.#open({ ...page, reset: page.reset || reset }, seen)
      if (opened) yield opened
      reset = false
    }
  }

  /** A page decrypted; `undefined`: it removes something unknown. `seen`: the names of a whole load, by which it knows all. */
  async #open(page: LoadPage, seen: Map<string, string> | undefined): Promise<LoadPage | undefined> {
    await this.#adoptFrom(page)
    const stored = page.entries.filter((entry) => !isHeader(entry))
    const opened = await Promise.all(
      stored.map(async (one) =>
        one.value === undefined ? undefined : unsealEntry(this.#ring, this.#namespace, one, one.value),
      ),
    )
    const entries: StoreEntry[] = []
    const broken: Broken[] = [...page.broken]
    for (const [at, { table, key: name, value }] of stored.entries()) {
      const place = `${table}/${name}`
      const { key = this.#known.get(place) ?? seen?.get(place), value: inner } = opened[at] ?? {}
      if (value !== undefined && inner === undefined) broken.push({ table, key: name, raw: rawOf(value) })
      else if (key !== undefined) {
        entries.push({ table, key, value: inner })
        this.#note(place, inner === undefined ? undefined : key, seen)
      } else if (!seen) return undefined
    }
    return { ...page, entries, broken }
  }

  #note(place: string, key: string | undefined, seen: Map<string, string> | undefined): void {
    const names = place.startsWith('base/') ? seen : this.#known
    if (key === undefined) names?.delete(place)
    else names?.set(place, key)
  }

  /** Takes the header that somebody else stored, if it says anything new. */
  async #adoptFrom({ entries }: LoadPage): Promise<void> {
    const told = entries.findLast(isHeader)?.value
    if (told !== undefined) return this.#adopt(readHeader(told))
    const { keys, newest } = this.#ring
    const isStrange = ({ value }: StoreEntry): boolean => value !== undefined && !keys.has(keyIdOf(value) ?? newest)
    if (!entries.some(isStrange)) return
    const stored = await findHeader(this.#inner)
    if (stored) await this.#adopt(stored)
  }

  async #adopt(stored: Header): Promise<void> {
    const { header, isStored } = this.#ring
    if (isStored && JSON.stringify(headerEntry(stored)) === JSON.stringify(headerEntry(header))) return
    this.#ring = await openRing(this.#namespace, stored, this.#given)
  }

  /**
   * Encrypts by the newest key whatever is encrypted by another, and then lets go of those; the result says how many entries.
   * @throws SyncError `SYNC_STORE_CORRUPT` where an entry does not decrypt: it would be lost with its key
   */
  async encryptAnew({ commitBytes }: Limits): Promise<number> {
    const { newest, header, isStored } = this.#ring
    if (header.size === 1 && isStored) return 0
    const stored = await wholeOf(this.#inner)
    const old: EntryText[] = []
    for (const entry of stored.entries) {
      const { table, value } = entry
      const opened = await unsealEntry(this.#ring, this.#namespace, entry, value as Json)
      if (!opened) throw corrupt(`an entry of "${table}" does not decrypt; all keys are kept`)
      if (keyIdOf(value as Json) !== newest) old.push({ table, key: opened.key, text: JSON.stringify(opened.value) })
    }
    let { head } = stored
    for (const batch of batchesOf(old, commitBytes)) {
      head = await this.#inner.commit(await this.#inward(batch), head)
      this.#committed()
    }
    const only = new Map([...this.#ring.header].filter(([id]) => id === newest))
    if (head > 0) await this.#inner.commit([headerEntry(only)], head)
    return old.length
  }
}
