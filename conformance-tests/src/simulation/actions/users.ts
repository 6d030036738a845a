import { isSyncError } from '@rowkeep/kernel'
import {
  clear,
  clearAndFetch,
  keepLocal,
  promptIfUnsynced,
  type SwitchStrategy,
  syncThenSwitch,
} from '@rowkeep/kernel/users'
import type { Device } from '../devices/device.ts'
import type { Step } from '../history/history.ts'
import { pick } from '../time/chance.ts'
import { users } from '../world.ts'
import type { ActKind } from './act.ts'

/** How to switch, by the name that histories know it by. */
const strategies: Readonly<Record<string, () => SwitchStrategy>> = {
  keepLocal,
  syncThenSwitch: () => syncThenSwitch({ deadlineMs: 3_000 }),
  syncOrKeep: () => syncThenSwitch({ deadlineMs: 3_000, keepUnsynced: true }),
  stay: () => promptIfUnsynced(() => undefined),
  goAnyway: () => promptIfUnsynced(async () => keepLocal()),
  sendFirst: () => promptIfUnsynced(() => syncThenSwitch({ deadlineMs: 3_000 })),
  clearAndFetch: () => clearAndFetch(),
}

/** All tabs of a device have the same user: what one becomes the others become a little later. */
function become(device: Device, { id }: Step, user: string, how: string): void {
  device.signIn(user)
  for (const [at, tab] of device.tabs.entries()) {
    if (tab.closing) continue
    tab.deliver(at * 20, `become ${id}`, () => {
      tab.step = id
      void tab.call('become', tab.account.become(user, (strategies[how] ?? keepLocal)()))
    })
  }
}

/** Somebody else signs in, or the same user again. */
export const switchUser: ActKind = {
  weight: 2.5,
  make: (random, { users: count }) => ({
    user: users[Math.floor(random('user') * count)] as string,
    how: random('plain') < 0.4 ? 'keepLocal' : pick(Object.keys(strategies), random('how')),
  }),
  run(device, step) {
    become(device, step, step.act['user'] as string, step.act['how'] as string)
  },
}

/** The user signs out, and some time later in again, unless somebody has meanwhile. */
export const signOut: ActKind = {
  weight: 1,
  make: (random) => ({
    how: pick(['keepLocal', 'keepLocal', 'syncThenSwitch', 'stay'], random('how')),
    ms: Math.floor(random('ms') * 4_000),
  }),
  run(device, step) {
    const { user, world } = device
    if (!user) return 'skipped'
    become(device, step, '', step.act['how'] as string)
    world.loop.plan(step.act['ms'] as number, `sign in ${step.id}`, () => {
      if (device.user === '') become(device, step, user, 'keepLocal')
    })
    return undefined
  },
}

/** Removes what the device has of the user; with `discard` also what was not sent. */
export const clearData: ActKind = {
  weight: 0.7,
  make: (random) => ({ discard: random('discard') < 0.4 }),
  run(device, { id, act }) {
    const tab = device.tabBy(device.world.chance('tab', id))
    const user = tab?.account.shown
    if (!tab?.client || !user) return 'skipped'
    tab.step = id
    const discarded = act['discard'] === true
    const about = { device: device.name, user, discarded }
    device.world.diary.tell({ kind: 'clearing', ...about })
    const work = clear(tab.client, { discardPending: discarded }).then(
      () => device.world.diary.tell({ kind: 'cleared', ...about }),
      (error: unknown) => {
        if (!isSyncError(error, 'SYNC_UNSYNCED')) throw error
        device.world.diary.count('clearRefused')
      },
    )
    void tab.call('clear', work)
    return undefined
  },
}

/** The user of a device whose credentials have run out signs in again. */
export const signInAgain: ActKind = {
  weight: 1,
  make: () => ({}),
  run(device) {
    const { user, tabs, world } = device
    const isOut = tabs.some(({ client }) => client?.status.getSnapshot()?.state === 'authRequired')
    if (!user || !isOut) return 'skipped'
    world.site.signIn?.(device, user)
    for (const tab of tabs) if (tab.usable && tab.client && !tab.stopped) void tab.call('start', tab.client.start())
    return undefined
  },
}
