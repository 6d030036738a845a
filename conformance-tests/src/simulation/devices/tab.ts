import type { Env, RemoteAdapter } from '@rowkeep/kernel'
import type { World } from '../world.ts'
import { Account } from './account.ts'
import { type AppClient, openApp, showAll } from './app.ts'
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
  readonly account: Account
  /** The version of the app that runs in it. */
  readonly version: number
  readonly env: Env
  readonly remote: RemoteAdapter
  /** `undefined`: nobody has signed in yet. */
  client: AppClient | undefined
  /** Whether the app has asked the client not to sync. */
  stopped = false
  /** Whether it has asked the client to end. */
  closing = false
  /** Id of the last step of the history that this tab took part in: a part of its chances' keys. */
  step = 0
  #alive = true
  #frozen = false
  #held: (() => void)[] = []
  #counts = new Map<string, number>()
  readonly #waits = new Set<string>()

  /** `user`: who is signed in; `''`: nobody. */
  constructor(device: Device, name: string, user: string, version: number) {
    this.device = device
    this.world = device.world
    this.name = name
    this.version = version
    this.account = new Account(this, user)
    this.env = this.#makeEnv()
    this.remote = this.world.site.remote(this)
  }

  /** Whose credentials its requests have; `''`: there are none. */
  get user(): string {
    return this.account.user
  }

  /** Whether somebody can do something in it. */
  get usable(): boolean {
    return this.#alive && !this.#frozen && !this.closing
  }

  /** What the app waits for. */
  get waits(): ReadonlySet<string> {
    return this.#waits
  }

  /** Makes the client. */
  open(): void {
    this.client = openApp(this)
  }

  /** Tells anew what the app shows. */
  show(): void {
    if (this.client) showAll(this, this.client)
  }

  /** Waits for what the app asked its client for, and tells how it ended. */
  async call(what: string, work: Promise<unknown>): Promise<void> {
    const wait = this.key(what)
    this.world.diary.tell({ kind: 'called', tab: this.name, what })
    this.#waits.add(wait)
    try {
      await work
      this.world.diary.count(`${what}Done`)
    } catch (error) {
      this.world.diary.tell({ kind: 'failed', tab: this.name, what, error })
    } finally {
      this.#waits.delete(wait)
    }
  }

  /** The app ends its client, then the tab is gone. */
  async close(): Promise<void> {
    this.closing = true
    if (this.client) await this.call('dispose', this.client.dispose())
    this.kill()
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

  /** It does nothing until it goes on; what comes to it waits. */
  freeze(): void {
    this.#frozen = true
  }

  /** It goes on, with all that came meanwhile. */
  thaw(): void {
    this.#frozen = false
    for (const [at, go] of this.#held.splice(0).entries()) this.deliver(0, `thaw ${at}`, go)
  }

  #makeEnv(): Env {
    const { device, world } = this
    const { locks, channels } = world.history.setup
    const random = (kind: string): number => world.chance(this.key(kind))
    return {
      now: () => epochMs + Math.floor(world.loop.now) + device.clockMs,
      setTimer: (ms, run) => this.deliver(ms, 'timer', run),
      random: () => random('random'),
      uuid: () =>
        `${hex(random('uuid'), 8)}-${hex(random('uuid'), 4)}-4${hex(random('uuid'), 3)}-8${hex(random('uuid'), 3)}-${hex(random('uuid'), 8)}${hex(random('uuid'), 4)}`,
      // The kernel hands on requests that are made already; a client of a vendor's gives addresses.
      fetch: (input, init) => world.site.fetch(this, new Request(input, init), input instanceof Request),
      online: { now: () => device.online, watch: (listener) => device.watchOnline(this, listener) },
      ...(locks ? { locks: device.locks.of(this) } : {}),
      ...(channels ? { broadcast: device.channels.of(this) } : {}),
    }
  }
}
