import { type LoadPage, type OpenStore, type Sharing, type StoreEntry, SyncError } from '@rowkeep/kernel'
import { tabs } from '@rowkeep/kernel/tabs'
import type { Tab } from '../devices/tab.ts'
import type { Medium } from './medium.ts'
import type { Namespace, Stored } from './namespace.ts'

const storedOf = ({ table, key, value }: StoreEntry): Stored => ({
  table,
  key,
  text: value === undefined ? value : JSON.stringify(value),
})

/** A namespace as one tab has it open. */
export class Handle implements OpenStore {
  readonly durability: OpenStore['durability']
  readonly #medium: Medium
  readonly tab: Tab
  /** `undefined`: only one tab can have it open. */
  readonly tabs: Sharing | undefined
  readonly #namespace: Namespace
  #closed = false
  /** The connection is gone: nothing works until the namespace is opened again. */
  #broken = false

  constructor(medium: Medium, tab: Tab, name: string, namespace: Namespace) {
    this.#medium = medium
    this.tab = tab
    this.#namespace = namespace
    const { durability, writers } = tab.world.history.setup
    this.durability = durability
    this.tabs = writers === 'many' ? tabs(name) : undefined
  }

  async *load(after: number = 0): ReturnType<OpenStore['load']> {
    this.#mustWork()
    const pages = await this.#medium.io(this.tab, 'load', (fault) => {
      if (fault === 'fails') throw new SyncError('SYNC_STORE_FAILED')
      return this.#pages(after)
    })
    yield* pages
  }

  /** What there is, on two pages; now and then the second one begins anew, as where a part was gone while it was read. */
  #pages(after: number): readonly LoadPage[] {
    const { entries, broken } = this.#namespace.since(after)
    const { head } = this.#namespace
    const { world } = this.tab
    const at = Math.floor(world.chance('page', this.tab.key('page')) * (entries.length + 1))
    const first = { entries: entries.slice(0, at), broken, head, reset: false }
    if (!world.strikes('loadAnew', this.tab.key('anew')))
      return [first, { ...first, entries: entries.slice(at), broken: [] }]
    const all = this.#namespace.since(0)
    return [first, { entries: all.entries, broken: all.broken, head, reset: true }]
  }

  async commit(entries: readonly StoreEntry[], after: number): Promise<number> {
    this.#mustWork()
    const commit = entries.map(storedOf)
    return this.#medium.io(this.tab, 'commit', (fault) => {
      this.#mustWork()
      if (this.#namespace.head !== after) throw new SyncError('SYNC_STORE_STALE')
      this.#mayFail(fault, commit)
      this.#namespace.write(commit)
      if (fault === 'unanswered') throw this.break()
      return after + 1
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#medium.io(this.tab, 'close', () => {
      this.#namespace.holders = this.#namespace.holders.filter((one) => one !== this)
    })
  }

  /** The platform closes the connection. What calls under way reject with, and all later ones. */
  break(): SyncError {
    this.#broken = true
    return new SyncError('SYNC_STORE_BROKEN')
  }

  #mayFail(fault: string | undefined, commit: readonly Stored[]): void {
    if (fault === 'fails') throw new SyncError('SYNC_STORE_FAILED')
    if (fault === 'disconnected') throw this.break()
    if (!this.#medium.full || commit.some(({ text }) => text === undefined)) return
    this.tab.world.diary.count('storeFull')
    throw new SyncError('SYNC_STORE_FULL')
  }

  #mustWork(): void {
    if (this.#closed) throw new SyncError('SYNC_CLOSED')
    if (this.#broken) throw new SyncError('SYNC_STORE_BROKEN')
  }
}
