import type { Json } from '@rowkeep/kernel'
import type { Device } from '../devices/device.ts'
import { restart } from '../devices/dying.ts'
import type { Fact } from '../oracles/diary.ts'
import { Medium } from '../stores/medium.ts'
import type { ActKind } from './act.ts'

/** What only the simulated medium can be told to do; nothing where the device has a real store. */
const mediumOf = ({ place }: Device): Medium | undefined => (place instanceof Medium ? place : undefined)

type How = Extract<Fact, { readonly kind: 'forgotten' }>['how']

function forget(device: Device, user: string, how: How, commits: number, operations: readonly Json[]): void {
  device.world.diary.tell({ kind: 'forgotten', device: device.name, user, how, commits, operations })
}

/** Ends every process of the device, does something to its medium, and starts the app again. */
function whileDown(device: Device, ms: number, key: string, how: 'crash' | 'power', act: () => number): void {
  for (const tab of device.tabs) tab.kill()
  device.world.diary.tell({ kind: 'died', device: device.name, how, lostCommits: act() })
  restart(device, ms, key)
}

const away: ActKind['make'] = (random) => ({ ms: Math.floor(random('ms') * 2_000), by: random('by') })

/** For a while, or until the faults end, there is no room for anything but removals. */
export const fillDisk: ActKind = {
  weight: 1,
  make: (random) => ({ ms: random('stays') < 0.3 ? null : Math.floor(random('ms') * 6_000) }),
  run(device, { id, act }) {
    const medium = mediumOf(device)
    if (!medium) return
    medium.full = true
    const { ms } = act
    if (typeof ms === 'number') device.world.loop.plan(ms, `room ${id}`, () => medium.heal())
  },
}

/** The platform closes the connection to the database under the app. */
export const disconnectStore: ActKind = {
  weight: 1,
  make: () => ({}),
  run: (device) => mediumOf(device)?.disconnect(),
}

/** The power fails: a relaxed store loses up to three of the last commits of each namespace, a strict one none. */
export const losePower: ActKind = {
  weight: 1,
  make: (random) => ({ ms: Math.floor(random('ms') * 2_000), commits: Math.floor(random('commits') * 4) }),
  run(device, { id, act }) {
    const isRelaxed = device.world.history.setup.durability === 'relaxed'
    const most = isRelaxed ? (act['commits'] as number) : 0
    whileDown(device, act['ms'] as number, String(id), 'power', () => {
      for (const [user, namespace] of mediumOf(device)?.namespaces() ?? []) {
        const commits = Math.min(most, namespace.head)
        if (commits > 0) forget(device, user, 'power', commits, namespace.takeBack(commits))
      }
      return most
    })
  },
}

/** The platform deletes everything that an evictable store keeps, while the app does not run. */
export const evict: ActKind = {
  weight: 0.5,
  make: away,
  run(device, { id, act }) {
    const medium = mediumOf(device)
    if (!medium || device.world.history.setup.evictable !== true) return
    whileDown(device, act['ms'] as number, String(id), 'crash', () => {
      for (const [user, namespace] of medium.namespaces())
        forget(device, user, 'eviction', namespace.head, namespace.operations())
      medium.wipe()
      return 0
    })
  },
}

/** One stored value can no longer be read, which shows when the app starts. */
export const spoil: ActKind = {
  weight: 0.5,
  make: away,
  run(device, { id, act }) {
    const medium = mediumOf(device)
    if (!medium) return
    whileDown(device, act['ms'] as number, String(id), 'crash', () => {
      for (const [user, namespace] of medium.namespaces())
        forget(device, user, 'damage', 0, namespace.spoil(act['by'] as number))
      return 0
    })
  },
}
