import type { AppClient } from '../devices/app.ts'
import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import type { Step } from '../history/history.ts'
import type { ActKind } from './act.ts'

/** Asks a client of the device for something, and goes on meanwhile. */
function asking(
  device: Device,
  { id }: Step,
  what: string,
  ask: (client: AppClient, tab: Tab) => Promise<unknown>,
): 'skipped' | undefined {
  const tab = device.tabBy(device.world.chance('tab', id))
  if (!tab?.client) return 'skipped'
  tab.step = id
  void tab.call(what, ask(tab.client, tab))
  return undefined
}

const make: ActKind['make'] = () => ({})

/** Starts a client, whatever it does. */
export const start: ActKind = {
  weight: 1,
  make,
  run: (device, step) =>
    asking(device, step, 'start', (client, tab) => {
      tab.stopped = false
      return client.start()
    }),
}

/** Stops a client. */
export const stop: ActKind = {
  weight: 1,
  make,
  run: (device, step) =>
    asking(device, step, 'stop', (client, tab) => {
      tab.stopped = true
      return client.stop()
    }),
}

/** Pauses all tabs of the user, through restarts. */
export const pause: ActKind = {
  weight: 1,
  make,
  run: (device, step) => asking(device, step, 'pause', (client) => client.pause()),
}

/** Takes that back. */
export const resume: ActKind = {
  weight: 1.5,
  make,
  run: (device, step) => asking(device, step, 'resume', (client) => client.resume()),
}

/** Asks for a cycle at once. */
export const synchronize: ActKind = {
  weight: 2,
  make,
  run: (device, step) => asking(device, step, 'synchronize', (client) => client.synchronize()),
}

/** Ends a client in an orderly way, and starts the app again: once that is done, or already while it goes on. */
export const restart: ActKind = {
  weight: 1.5,
  make: (random) => ({ atOnce: random('atOnce') < 0.3 }),
  run(device, { id, act }) {
    const tab = device.tabBy(device.world.chance('tab', id))
    if (!tab) return 'skipped'
    tab.step = id
    const closed = tab.close()
    if (act['atOnce']) device.boot()
    else void closed.then(() => device.tabs.length === 0 && device.boot())
    return undefined
  },
}
