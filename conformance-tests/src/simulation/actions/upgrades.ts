import type { Device } from '../devices/device.ts'
import type { ActKind } from './act.ts'

/** The backend brings its rows to the second version of the app first: none is without `done`. */
async function upgradeRows({ world: { site }, users }: Device): Promise<void> {
  for (const user of users) {
    for (const collection of ['tasks', 'notes'] as const) {
      for (const { id, done } of (await site.rows(user, collection)).values()) {
        if (typeof done !== 'boolean') await site.write(user, collection, { id, done: false })
      }
    }
  }
}

/** A new version of the app is installed, whatever waits on the device; tabs of the old one may stay open. */
export const upgrade: ActKind = {
  weight: 1.5,
  make: (random) => ({ beside: random('beside') < 0.4 }),
  run(device, { act }) {
    if (device.version > 1 || device.tabs.length === 0) return 'skipped'
    device.version = 2
    const stays = act['beside'] === true && device.world.history.setup.writers === 'many'
    void upgradeRows(device).then(() => {
      for (const tab of device.tabs) if (!stays && tab.version < 2) tab.kill()
      if (device.tabs.every(({ version }) => version < 2)) device.boot()
    })
    return undefined
  },
}

/** Somebody opens the old version over data of the new one, as from a cache. */
export const openOld: ActKind = {
  weight: 1,
  make: () => ({}),
  run(device) {
    if (device.version === 1) return 'skipped'
    if (device.world.history.setup.writers === 'one') for (const tab of device.tabs) tab.kill()
    device.boot(1)
    return undefined
  },
}
