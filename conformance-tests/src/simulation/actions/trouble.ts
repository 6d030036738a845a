import { restart } from '../devices/dying.ts'
import { pick } from '../time/chance.ts'
import type { ActKind } from './act.ts'

/** Loses the network for a while. */
export const offline: ActKind = {
  weight: 2,
  make: (random) => ({ ms: Math.floor(random('ms') * 8_000) }),
  run(device, { id, act }) {
    device.setOnline(false)
    device.world.loop.plan(act['ms'] as number, `online ${id}`, () => device.setOnline(true))
  },
}

/** The backend serves nobody for a while; it may say when to come again. */
export const outage: ActKind = {
  weight: 1.5,
  make: (random) => ({
    ms: 1_000 + Math.floor(random('ms') * 14_000),
    seconds: pick([0, 0, 1, 5], random('seconds')),
  }),
  run({ world: { network } }, { act }) {
    network.fail(act['ms'] as number, (act['seconds'] as number) || undefined)
  },
}

/** Every process of the device ends at once; the app is started again a little later. */
export const crash: ActKind = {
  weight: 2,
  make: (random) => ({ ms: Math.floor(random('ms') * 2_000) }),
  run(device, { id, act }) {
    for (const tab of device.tabs) tab.kill()
    device.world.diary.tell({ kind: 'died', device: device.name, how: 'crash', lostCommits: 0 })
    restart(device, act['ms'] as number, String(id))
  },
}

/** So far a clock jumps, ms. */
const jumpsMs = [86_400_000, 3_600_000, 5_000, -5_000, -3_600_000, -86_400_000]

/** The device's clock jumps, forward or back, and stays so. */
export const clockJump: ActKind = {
  weight: 1.5,
  make: (random) => ({ ms: pick(jumpsMs, random('ms')) }),
  run(device, { act }) {
    device.clockMs += act['ms'] as number
  },
}
