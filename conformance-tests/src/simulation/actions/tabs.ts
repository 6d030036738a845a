import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import { pick } from '../time/chance.ts'
import type { ActKind } from './act.ts'

/** So many tabs a device has at most. */
const most = 3

/** So long a tab is frozen, ms: shorter than others wait for it, about as long, and longer. */
const frozenMs = [2_000, 9_000, 13_000, 40_000]

const tabAt = ({ tabs }: Device, by: number): Tab | undefined =>
  pick(
    tabs.filter(({ closing }) => !closing),
    by,
  )

/** Opens the app in one more tab, where the store can be open in several. */
export const openTab: ActKind = {
  weight: 3,
  make: () => ({}),
  run(device) {
    if (device.world.history.setup.writers === 'one' || device.tabs.length >= most) return 'skipped'
    device.boot()
  },
}

/** Closes one of several tabs in an orderly way. */
export const closeTab: ActKind = {
  weight: 1,
  make: (random) => ({ tab: random('tab') }),
  run(device, { act }) {
    const tab = tabAt(device, act['tab'] as number)
    if (!tab?.usable || device.tabs.length < 2) return 'skipped'
    void tab.close()
  },
}

/** One of several tabs ends at once. */
export const killTab: ActKind = {
  weight: 1,
  make: (random) => ({ tab: random('tab') }),
  run(device, { act }) {
    const tab = tabAt(device, act['tab'] as number)
    if (!tab || device.tabs.length < 2) return 'skipped'
    tab.kill()
    device.world.diary.tell({ kind: 'killed', tab: tab.name })
  },
}

/** The platform lets a tab do nothing for a while: most often the oldest one, which leads. */
export const freeze: ActKind = {
  weight: 2,
  make: (random) => ({ tab: random('oldest') < 0.6 ? 0 : random('tab'), ms: pick(frozenMs, random('ms')) }),
  run(device, { id, act }) {
    const tab = tabAt(device, act['tab'] as number)
    if (!tab || tab.frozen) return 'skipped'
    tab.freeze()
    device.world.loop.plan(act['ms'] as number, `thaw ${id}`, () => tab.thaw())
  },
}

/** The whole machine sleeps for a while. */
export const suspend: ActKind = {
  weight: 1,
  make: (random) => ({ ms: pick(frozenMs, random('ms')) }),
  run(device, { id, act }) {
    const awake = device.tabs.filter(({ frozen }) => !frozen)
    for (const tab of awake) tab.freeze()
    device.world.loop.plan(act['ms'] as number, `wake ${id}`, () => {
      for (const tab of awake) tab.thaw()
    })
  },
}
