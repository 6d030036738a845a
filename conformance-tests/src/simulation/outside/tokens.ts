import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import type { World } from '../world.ts'

const keyOf = (device: Device, user: string): string => `${device.name} ${user}`

/** The bearer tokens of every device: `token-of-<user>`, or one that the double does not know. */
export class Tokens {
  readonly #world: World
  /** By device and user until when there is no good one, ms of the history. */
  readonly #bad = new Map<string, number>()

  constructor(world: World) {
    this.#world = world
  }

  /** What the app in `tab` sends as `user` now: nobody's once somebody else is signed in there. */
  of({ account, device }: Tab, user: string): string {
    const isBad = this.#world.faulty && this.#world.loop.now < (this.#bad.get(keyOf(device, user)) ?? 0)
    return account.user === user && !isBad ? `token-of-${user}` : `expired-token-of-${user}`
  }

  /** For so long the user's token on the device is no good. */
  expire(device: Device, user: string, ms: number): void {
    this.#bad.set(keyOf(device, user), this.#world.loop.now + ms)
  }

  signIn(device: Device, user: string): void {
    this.#bad.delete(keyOf(device, user))
  }
}
