import {
  type Json,
  type LocalStore,
  type LocalStoreCapabilities,
  type OpenStore,
  type SharedStore,
  type StoreTable,
  SyncError,
} from '@rowkeep/kernel'
import { tabs } from '@rowkeep/kernel/tabs'
import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import type { Kept, Place } from './place.ts'

/** One entry as it lies there; without text: removed. */
export interface Stored {
  readonly table: StoreTable
  readonly key: string
  readonly text: string | undefined
}

/** One namespace: every commit, in order, and what they come to. */
interface Namespace {
  commits: (readonly Stored[])[]
  /** By `table/key`, with the number of the commit that wrote it. */
  entries: Map<string, Stored & { readonly commit: number }>
  holders: readonly Tab[]
}

const emptied = (): Namespace => ({ commits: [], entries: new Map(), holders: [] })

function write({ entries }: Namespace, commit: readonly Stored[], number: number): void {
  for (const one of commit) entries.set(`${one.table}/${one.key}`, { ...one, commit: number })
}

/** What a device keeps when its processes end: the medium under a correct store. */
export class Medium implements Place {
  readonly #device: Device
  readonly #namespaces = new Map<string, Namespace>()

  constructor(device: Device) {
    this.#device = device
  }

  get #capabilities(): LocalStoreCapabilities {
    const { writers, durability } = this.#device.world.history.setup
    const limits = Object.freeze({ valueBytes: 16e6, commitBytes: 256e6 })
    return Object.freeze({ writers, durability, evictable: false, limits })
  }

  /** The store as `tab` has it. */
  store(tab: Tab): LocalStore {
    return {
      name: 'simulated',
      capabilities: this.#capabilities,
      open: async ({ namespace: name }) => {
        await this.#wait(tab, 'open')
        const namespace = this.#namespaces.get(name) ?? emptied()
        if (this.#capabilities.writers === 'one' && namespace.holders.length > 0)
          throw new SyncError('SYNC_STORE_LOCKED')
        this.#namespaces.set(name, namespace)
        namespace.holders = [...namespace.holders, tab]
        return this.#opened(tab, namespace, name)
      },
      destroy: async (name) => {
        await this.#wait(tab, 'destroy')
        if ((this.#namespaces.get(name)?.holders.length ?? 0) > 0) throw new SyncError('SYNC_STORE_LOCKED')
        this.#namespaces.delete(name)
      },
    }
  }

  gone(tab: Tab): void {
    for (const namespace of this.#namespaces.values())
      namespace.holders = namespace.holders.filter((one) => one !== tab)
  }

  /** Takes back the last commits of every namespace, at most `commits` of each. */
  losePower(commits: number): void {
    for (const namespace of this.#namespaces.values()) {
      namespace.commits = namespace.commits.slice(0, Math.max(0, namespace.commits.length - commits))
      namespace.entries = new Map()
      for (const [at, commit] of namespace.commits.entries()) write(namespace, commit, at + 1)
    }
  }

  /** What lies there, by namespace, with the user whose it is. */
  async contents(): Promise<readonly Kept[]> {
    return [...this.#namespaces.values()].map(({ entries }) => {
      const there = [...entries.values()].filter(({ text }) => text !== undefined)
      const user = entries.get('meta/user')?.text ?? '""'
      return {
        user: JSON.parse(user) as string,
        entries: there.map(({ table, key, text }) => ({ table, key, value: JSON.parse(text as string) as Json })),
      }
    })
  }

  #wait(tab: Tab, what: string): Promise<void> {
    const key = tab.key(what)
    return new Promise((resolve) => tab.deliver(this.#ms(key), key, resolve))
  }

  #ms(key: string): number {
    const { chance, history } = this.#device.world
    return Math.round(chance('store', key) * history.setup.storeMs)
  }

  #opened(tab: Tab, namespace: Namespace, name: string): OpenStore & Partial<SharedStore> {
    let closed = false
    const mustBeOpen = (): void => {
      if (closed) throw new SyncError('SYNC_CLOSED')
    }
    const { durability, writers } = this.#device.world.history.setup
    const wait = (what: string): Promise<void> => this.#wait(tab, what)
    return {
      durability,
      ...(writers === 'many' ? { tabs: tabs(name) } : {}),
      async *load(after = 0) {
        mustBeOpen()
        await wait('load')
        const head = namespace.commits.length
        const later = [...namespace.entries.values()].filter(
          ({ commit, text }) => commit > after && (after > 0 || text !== undefined),
        )
        const entries = later.map(({ table, key, text }) => ({
          table,
          key,
          value: text === undefined ? text : (JSON.parse(text) as Json),
        }))
        yield { entries, broken: [], head, reset: false }
      },
      commit: async (entries, after) => {
        mustBeOpen()
        const commit = entries.map(({ table, key, value }) => ({
          table,
          key,
          text: value === undefined ? value : JSON.stringify(value),
        }))
        await this.#commit(tab, namespace, commit, after)
        return after + 1
      },
      async close() {
        if (closed) return
        closed = true
        await wait('close')
        namespace.holders = namespace.holders.filter((one) => one !== tab)
      },
    }
  }

  /** The medium has it some time before the tab is told. */
  async #commit(tab: Tab, namespace: Namespace, commit: readonly Stored[], after: number): Promise<void> {
    const { loop } = this.#device.world
    const key = tab.key('commit')
    const isThere = await new Promise<boolean>((resolve) => {
      loop.plan(this.#ms(key) / 2, `write ${key}`, () => {
        if (!tab.alive) return
        const fits = namespace.commits.length === after
        if (fits) write(namespace, commit, namespace.commits.push(commit))
        tab.deliver(this.#ms(`${key} told`) / 2, `written ${key}`, () => resolve(fits))
      })
    })
    if (!isThere) throw new SyncError('SYNC_STORE_STALE')
  }
}
