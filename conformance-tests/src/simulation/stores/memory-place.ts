import { type Json, type LocalStore, memoryStore, type OpenStore, type StoreEntry } from '@rowkeep/kernel'
import type { Device } from '../devices/device.ts'
import { survives } from '../devices/dying.ts'
import type { Tab } from '../devices/tab.ts'
import { loaded } from './loaded.ts'
import type { Kept, Place } from './place.ts'

/** One namespace, for as long as the process lives. */
interface Held {
  open: OpenStore | undefined
  /** By key, the operations that lie in it. */
  readonly operations: Map<string, Json>
  user: string
  commits: number
}

/** The memory of one device's app: what it keeps ends with the process. */
class MemoryPlace implements Place {
  readonly #device: Device
  #store = memoryStore()
  #owner: Tab | undefined
  #held = new Map<string, Held>()

  constructor(device: Device) {
    this.#device = device
  }

  store(tab: Tab): LocalStore {
    this.#owner ??= tab
    return {
      ...this.#store,
      open: (spec) =>
        this.#io(tab, 'open', async () => this.#opened(tab, spec.namespace, await this.#store.open(spec))),
      destroy: (namespace) =>
        this.#io(tab, 'destroy', async () => {
          await this.#store.destroy(namespace)
          this.#held.delete(namespace)
        }),
    }
  }

  gone(tab: Tab): void {
    if (tab !== this.#owner) return
    for (const { user, commits, operations } of this.#held.values()) {
      if (commits === 0) continue
      const { name, world } = this.#device
      const gone = [...operations.values()]
      world.diary.tell({ kind: 'forgotten', device: name, user, how: 'eviction', commits, operations: gone })
    }
    this.#store = memoryStore()
    this.#held = new Map()
    this.#owner = undefined
  }

  async contents(): Promise<readonly Kept[]> {
    const open = [...this.#held.values()].flatMap((held) => held.open ?? [])
    return Promise.all(open.map(loaded))
  }

  #opened(tab: Tab, namespace: string, open: OpenStore): OpenStore {
    const held = this.#held.get(namespace) ?? { open, operations: new Map(), user: '', commits: 0 }
    held.open = open
    this.#held.set(namespace, held)
    return {
      durability: open.durability,
      load: (after) => open.load(after),
      commit: (entries, after) =>
        this.#io(tab, 'commit', async () => {
          const head = await open.commit(entries, after)
          note(held, entries)
          return head
        }),
      close: () => open.close(),
    }
  }

  /** Memory answers at once; but the process can end before and after it does. */
  #io<T>(tab: Tab, what: string, effect: () => Promise<T>): Promise<T> {
    const key = tab.key(what)
    return new Promise((resolve, reject) => {
      tab.deliver(0, key, () => {
        if (!survives(tab, `before ${what}`, key)) return
        effect().then((value) => {
          if (survives(tab, `after ${what}`, key)) resolve(value)
        }, reject)
      })
    })
  }
}

function note(held: Held, entries: readonly StoreEntry[]): void {
  held.commits += 1
  for (const { table, key, value } of entries) {
    if (table === 'meta' && key === 'user') held.user = String(value)
    if (table !== 'op') continue
    if (value === undefined) held.operations.delete(key)
    else held.operations.set(key, value)
  }
}

/** The place of a device whose app keeps everything in memory. */
export const memoryPlace = (device: Device): Place => new MemoryPlace(device)
