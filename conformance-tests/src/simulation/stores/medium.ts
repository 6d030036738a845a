import { type LocalStore, type LocalStoreCapabilities, SyncError } from '@rowkeep/kernel'
import type { Device } from '../devices/device.ts'
import { survives } from '../devices/dying.ts'
import type { Tab } from '../devices/tab.ts'
import { Handle } from './handle.ts'
import { Namespace } from './namespace.ts'
import type { Kept, Place } from './place.ts'

/** What can go wrong with each call, with the name it is counted by. The first that strikes does. */
const faults: Readonly<Record<string, readonly (readonly [fault: string, name: string])[]>> = {
  open: [
    ['hangs', 'openHangs'],
    ['fails', 'openFails'],
  ],
  load: [
    ['hangs', 'loadHangs'],
    ['fails', 'loadFails'],
  ],
  commit: [
    ['hangs', 'commitHangs'],
    ['fails', 'commitFails'],
    ['disconnected', 'commitDisconnected'],
    ['unanswered', 'commitUnanswered'],
  ],
}

/** Does it, and tells how it went when called. */
function toldOf<T>(
  fault: string | undefined,
  effect: (fault: string | undefined) => T,
  resolve: (value: T) => void,
  reject: (error: unknown) => void,
): () => void {
  try {
    const value = effect(fault)
    return () => resolve(value)
  } catch (error) {
    return () => reject(error)
  }
}

/** What a device keeps when its processes end: the medium under a correct store. */
export class Medium implements Place {
  /** There is no room for anything but removals. */
  full = false
  readonly #device: Device
  readonly #namespaces = new Map<string, Namespace>()

  constructor(device: Device) {
    this.#device = device
  }

  get #capabilities(): LocalStoreCapabilities {
    const { writers, durability, evictable = false } = this.#device.world.history.setup
    const limits = Object.freeze({ valueBytes: 16e6, commitBytes: 256e6 })
    return Object.freeze({ writers, durability, evictable, limits })
  }

  store(tab: Tab): LocalStore {
    return {
      name: 'simulated',
      capabilities: this.#capabilities,
      open: ({ namespace }) => this.io(tab, 'open', (fault) => this.#open(tab, namespace, fault)),
      destroy: (name) =>
        this.io(tab, 'destroy', () => {
          if ((this.#namespaces.get(name)?.holders.length ?? 0) > 0) throw new SyncError('SYNC_STORE_LOCKED')
          this.#namespaces.delete(name)
        }),
    }
  }

  gone(tab: Tab): void {
    for (const namespace of this.#namespaces.values())
      namespace.holders = namespace.holders.filter((one) => one.tab !== tab)
  }

  async contents(): Promise<readonly Kept[]> {
    return [...this.#namespaces.values()].map((namespace) => namespace.contents())
  }

  heal(): void {
    this.full = false
  }

  /** By user, what lies there. */
  namespaces(): Iterable<readonly [user: string, namespace: Namespace]> {
    return [...this.#namespaces.values()].map((namespace) => [namespace.contents().user, namespace] as const)
  }

  /** Closes every connection, behind the tabs' backs. */
  disconnect(): void {
    for (const { holders } of this.#namespaces.values()) for (const handle of holders) handle.break()
  }

  /** Deletes everything. */
  wipe(): void {
    this.#namespaces.clear()
  }

  /** One call: `effect` happens at the medium, and the tab is told of it somewhat later. */
  io<T>(tab: Tab, what: string, effect: (fault: string | undefined) => T): Promise<T> {
    const key = tab.key(what)
    const { loop } = tab.world
    return new Promise((resolve, reject) => {
      loop.plan(this.#ms(key), `${what} ${key}`, () => {
        if (!survives(tab, `before ${what}`, key)) return
        const fault = this.#faultOf(what, key)
        if (fault === 'hangs' && !this.#happens(what, key)) return
        const told = toldOf(fault, effect, resolve, reject)
        if (!survives(tab, `after ${what}`, key) || fault === 'hangs') return
        tab.deliver(this.#ms(`${key} told`), `told ${key}`, told)
      })
    })
  }

  /** Half of the commits that hang take effect. An open that hangs holds nothing. */
  #happens(what: string, key: string): boolean {
    return what === 'commit' && this.#device.world.chance('hangs', key) < 0.5
  }

  #open(tab: Tab, name: string, fault: string | undefined): Handle {
    if (fault === 'fails') throw new SyncError('SYNC_STORE_UNAVAILABLE')
    const namespace = this.#namespaces.get(name) ?? new Namespace()
    if (this.#capabilities.writers === 'one' && namespace.holders.length > 0) throw new SyncError('SYNC_STORE_LOCKED')
    this.#namespaces.set(name, namespace)
    const handle = new Handle(this, tab, name, namespace)
    namespace.holders = [...namespace.holders, handle]
    return handle
  }

  #faultOf(what: string, key: string): string | undefined {
    return faults[what]?.find(([, name]) => this.#device.world.strikes(name, key))?.[0]
  }

  /** Half of what the call takes. */
  #ms(key: string): number {
    const { chance, history } = this.#device.world
    return Math.round((chance('store', key) * history.setup.storeMs) / 2)
  }
}
