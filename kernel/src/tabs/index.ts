import type { Sharing } from '../contracts/local-store.ts'
import type { Work } from '../sync/ports.ts'
import { Share } from './share.ts'

/**
 * Has the tabs that have one namespace open share the work: the property `tabs` of what a store with `writers: 'many'` opens. Each
 * tab sends what it accepted; one of them pulls, has the live channel, and sends what ended tabs left. `place` names the namespace
 * among all there are on the device, and is the same in each tab. Web Locks tell who lives, messages save time; where either is
 * missing, or wrong, each tab does more than its share and everything else holds.
 *
 * @example return { durability, load, commit, close, watch, tabs: tabs(`my-store/${namespace}`) }
 */
export function tabs(place: string): Sharing {
  return Object.freeze({ place, share: (work: Work) => new Share(work, place) })
}
