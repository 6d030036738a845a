import type { Backend, RemoteHarness } from '../../harness.ts'
import { epochMs } from '../devices/tab.ts'
import type { Subject } from '../servers/site.ts'
import { DoubleSite } from './double-site.ts'
import { handsOf } from './hands.ts'

/** The world that a double lives in. */
export interface DoubleWorld {
  /** Simulated time, whole ms since 1970: what a double goes by that keeps time. */
  now(): number
}

/** What is simulated: an adapter, and the double it speaks to. */
export interface DoubleHarness {
  readonly name: string
  readonly adapter: RemoteHarness['adapter']
  /** A fresh, empty backend. Called once per history. */
  double(world: DoubleWorld): Backend | Promise<Backend>
}

/** An adapter over its double, as something to simulate. */
export const doubleSubject = ({ name, adapter, double }: DoubleHarness): Subject => ({
  name,
  users: 1,
  open: async (world) => {
    const backend = await double({ now: () => epochMs + Math.floor(world.loop.now) })
    const site = new DoubleSite(world, backend, adapter)
    return Object.assign(site, handsOf(world, backend, site))
  },
})
