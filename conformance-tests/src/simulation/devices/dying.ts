import type { Device } from './device.ts'
import type { Tab } from './tab.ts'

/** A device whose app died is in its user's hand again so soon, ms. */
const restartMs = 500

/** Starts the app in `ms`, unless it runs by then. */
export function restart(device: Device, ms: number, key: string): void {
  device.world.loop.plan(ms, `boot ${device.name} ${key}`, () => {
    if (device.tabs.length === 0) device.boot()
  })
}

/**
 * Whether the tab lives to see it: right before and right after each of its I/Os takes effect it may die. `io` says which, in words
 * that are the same in each run, and `key` which one of them.
 */
export function survives(tab: Tab, io: string, key: string): boolean {
  const { device, world } = tab
  if (!tab.alive) return false
  const dies = world.isCut?.(device, io) || world.strikes('crashAtIo', `${io} ${key}`)
  if (!dies) return true
  tab.kill()
  world.diary.tell({ kind: 'died', device: device.name, how: 'crash', lostCommits: 0 })
  restart(device, restartMs, key)
  return false
}
