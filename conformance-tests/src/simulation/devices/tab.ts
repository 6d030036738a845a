import type { Env } from '@rowkeep/kernel'
import type { World } from '../world.ts'
import type { AppClient } from './app.ts'
import type { Device } from './device.ts'

const hex = (value: number, digits: number): string =>
  Math.floor(value * 16 ** digits)
    .toString(16)
    .padStart(digits, '0')

/** When a history begins by every device's clock, ms. */
export const epochMs = 1_800_000_000_000

/**
 * One run of the app: a process, or a browser's tab. Whatever comes to it from outside comes through {@link deliver}, so that a
 * crash stops it between any two things and a frozen one does nothing.
 */
export class Tab {
  readonly device: Device
  readonly world: World
  readonly name: string
  readonly user: string
  readonly env: Env
  client: AppClient | undefined
  /** Id of the last step of the history that this tab took part in: a part of its chances' keys. */
  step = 0
  #alive = true
  #frozen = false
  #held: (() => void)[] = []
  #counts = new Map<string, number>()

  constructor(device: Device, name: string, user: string) {
    this.device = device
    this.world = device.world
    this.name = name
    this.user = user
    this.env = this.#makeEnv()
  }

  get alive(): boolean {
    return this.#alive
  }

  get frozen(): boolean {
    return this.#frozen
  }

  /** Runs `run` in `ms`, unless the tab is gone by then; in a frozen tab once it goes on. The result calls it off. */
  deliver(ms: number, what: string, run: () => void): () => void {
    let off = false
    const go = (): void => {
      if (off || !this.#alive) return
      if (this.#frozen) this.#held.push(go)
      else run()
    }
    const cancel = this.world.loop.plan(ms, `${this.name} ${what}`, go)
    return () => {
      off = true
      cancel()
    }
  }

  /** The key of the next chance of a kind. */
  key(kind: string): string {
    const key = `${this.name} ${this.step} ${kind}`
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return `${key} ${count}`
  }

  /** The process ends at once, without a word. */
  kill(): void {
    this.#alive = false
    this.#held = []
    this.device.gone(this)
  }

  freeze(): void {
    this.#frozen = true
  }

  thaw(): void {
    this.#frozen = false
    for (const [at, go] of this.#held.splice(0).entries()) this.deliver(0, `thaw ${at}`, go)
  }

  #makeEnv(): Env {
    const { device, world } = this
    const random = (kind: string): number => world.chance(this.key(kind))
    return {
      now: () => epochMs + world.loop.now + device.clockMs,
      setTimer: (ms, run) => this.deliver(ms, 'timer', run),
      random: () => random('random'),
      uuid: () =>
        `${hex(random('uuid'), 8)}-${hex(random('uuid'), 4)}-4${hex(random('uuid'), 3)}-8${hex(random('uuid'), 3)}-${hex(random('uuid'), 8)}${hex(random('uuid'), 4)}`,
      fetch: (input, init) => world.site.fetch(this, new Request(input, init)),
      online: { now: () => device.online, watch: (listener) => device.watchOnline(this, listener) },
      locks: device.locks.of(this),
      broadcast: device.channels.of(this),
    }
  }
}
