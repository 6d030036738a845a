import type { Backend, RemoteHarness } from '../../harness.ts'
import { epochMs } from '../devices/tab.ts'
import type { Site, Subject } from '../servers/site.ts'
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
  /** Hears of what the double throws behind the adapter's back. Absent: nobody catches it. */
  readonly onThrown?: (error: unknown) => void
}

/** What happens at a backend is waited for by nobody, so what goes wrong there has to be told. */
function overheard(site: Site, onThrown: (error: unknown) => void): Site {
  const told = <A extends unknown[]>(name: string, hand: ((...args: A) => Promise<void>) | undefined): object =>
    hand ? { [name]: async (...args: A): Promise<void> => hand.apply(site, args).catch(onThrown) } : {}
  const rows: Site['rows'] = site.rows.bind(site)
  return Object.assign(site, {
    // What is read is waited for, but a request in which it fails only ends like one that was lost.
    rows: (...of: Parameters<Site['rows']>) =>
      rows(...of).catch((error: unknown) => {
        onThrown(error)
        throw error
      }),
    ...told('write', site.write),
    ...told('remove', site.remove),
    ...told('evict', site.evict),
    ...told('readmit', site.readmit),
    ...told('expire', site.expire),
    ...told('restore', site.restore),
    ...told('forbid', site.forbid),
  })
}

/** An adapter over its double, as something to simulate. */
export const doubleSubject = ({ name, adapter, double, onThrown }: DoubleHarness): Subject => ({
  name,
  users: 1,
  open: async (world) => {
    const backend = await double({ now: () => epochMs + Math.floor(world.loop.now) })
    const site = new DoubleSite(world, backend, adapter)
    const whole = Object.assign(site, handsOf(world, backend, site))
    return onThrown ? overheard(whole, onThrown) : whole
  },
})
