import type { Env, LocalStore } from '@rowkeep/kernel'
import type { Device } from '../devices/device.ts'
import { survives } from '../devices/dying.ts'
import type { Tab } from '../devices/tab.ts'
import { loadedFrom } from './loaded.ts'
import type { Kept, Place } from './place.ts'

/**
 * A medium under a real store, on which a process can be stopped at any step: what `@rowkeep/local-stores/testing` makes, or
 * anything that is like it.
 */
export interface StoppableMedium {
  start(options?: {
    readonly step?: (what: string, when: 'read' | 'before' | 'within' | 'after') => Promise<void>
    readonly env?: Env
  }): { readonly store: LocalStore; end(): void }
  losePower(keeps: 'synced' | 'half'): void
  copy(): StoppableMedium
}

/** How processes end on a {@link realPlace}. */
export interface RealPlaceOptions {
  /** Whether the power fails with every end of a process; for stores that are `strict` and open in one tab. Default: false. */
  readonly power?: boolean
}

/** A real store on a medium of one device: each step of it is an event, at which the tab can die. */
class RealPlace implements Place {
  readonly #device: Device
  readonly #medium: StoppableMedium
  readonly #power: boolean
  readonly #namespaces = new Set<string>()
  readonly #processes = new Map<Tab, { end(): void }>()

  constructor(device: Device, medium: StoppableMedium, { power = false }: RealPlaceOptions) {
    this.#device = device
    this.#medium = medium
    this.#power = power
  }

  store(tab: Tab): LocalStore {
    const { env } = tab
    const process = this.#medium.start({ env, step: (what, when) => this.#step(tab, what, when) })
    this.#processes.set(tab, process)
    const { store } = process
    return {
      ...store,
      open: (spec) => {
        this.#namespaces.add(spec.namespace)
        return store.open(spec)
      },
    }
  }

  gone(tab: Tab): void {
    this.#processes.get(tab)?.end()
    if (!this.#processes.delete(tab) || !this.#power) return
    const { chance, loop } = this.#device.world
    this.#medium.losePower(chance('power', tab.name, loop.now) < 0.5 ? 'synced' : 'half')
  }

  contents(): Promise<readonly Kept[]> {
    return loadedFrom(this.#medium.copy().start().store, this.#namespaces)
  }

  #step(tab: Tab, what: string, when: 'read' | 'before' | 'within' | 'after'): Promise<void> {
    const io = `${when} ${what}`
    const key = tab.key(io)
    return new Promise((resolve) => {
      tab.deliver(this.#ms(when, key), key, () => {
        // To die at a step that only looks is to die right after the one before it.
        if (when === 'read' || survives(tab, io, key)) resolve()
      })
    })
  }

  #ms(when: string, key: string): number {
    const { chance, history } = this.#device.world
    return when === 'within' ? 0 : Math.round((chance('store', key) * history.setup.storeMs) / 4)
  }
}

/** The places of devices whose store is real, each on a medium of its own. */
export const realPlace =
  (mediumOf: () => StoppableMedium, options: RealPlaceOptions = {}): ((device: Device) => Place) =>
  (device) =>
    new RealPlace(device, mediumOf(), options)
