import { expect } from 'vitest'
import { isSyncError, type LocalStore } from '../../src/index.ts'
import { clear } from '../../src/users/index.ts'
import { accounted, type Device, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet, type VirtualEnv, virtualEnv } from '../support/virtual-env.ts'

/** What an app may call, in any order. */
export const calls = ['start', 'stop', 'pause', 'resume', 'synchronize', 'clear', 'write', 'dispose'] as const
export type Call = (typeof calls)[number]

/** A call, and how many turns pass before the next one. */
export interface Step {
  readonly call: Call
  readonly turns: number
}

/** What a call may end with when another one came in between. */
const expected = ['SYNC_ABORTED', 'SYNC_CLOSED', 'SYNC_NETWORK', 'SYNC_ID_TAKEN']

/** A device, its server, and what the calls so far ask for. */
class World {
  readonly server = new TestServer()
  readonly store: LocalStore = new Disk()
  readonly env: VirtualEnv = virtualEnv()
  readonly made: Device
  wanted = false
  paused = false
  disposed = false
  writes = 0
  readonly #pending: Promise<unknown>[] = []

  constructor() {
    for (let n = 0; n < 7; n += 1) this.server.write('tasks', `s${n}`, { id: `s${n}`, title: `on the server ${n}` })
    this.made = device(this.server, { store: this.store, env: this.env })
  }

  async take({ call, turns }: Step): Promise<void> {
    if (!this.disposed) this.#note(call)
    this.#pending.push(this.#call(call).catch((error: unknown) => this.#judge(call, error)))
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
  }

  #note(call: Call): void {
    if (call === 'start' || call === 'stop') this.wanted = call === 'start'
    if (call === 'pause' || call === 'resume') this.paused = call === 'pause'
    if (call === 'dispose') this.disposed = true
  }

  #call(call: Call): Promise<unknown> {
    const { client, tasks } = this.made
    if (call === 'clear') return clear(client, { discardPending: true })
    if (call !== 'write') return client[call]()
    this.writes += 1
    return tasks.create({ id: `w${this.writes}`, title: `write ${this.writes}` })
  }

  #judge(call: Call, error: unknown): void {
    if (isSyncError(error) && expected.includes(error.code)) return
    throw new Error(`${call} ended with ${String(error)}`, { cause: error })
  }

  /** Every call settles; without a further one what follows is what they asked for. */
  async settle(what: string): Promise<void> {
    const all = Promise.all(this.#pending)
    await this.env.advance(120_000)
    await all
    if (this.disposed) return this.silent(what)
    // Where no call has opened it yet, this does.
    await this.made.tasks.count()
    const status = this.made.status()
    expect(accounted(status), what).toBe(status.writes.accepted)
    if (this.wanted && !this.paused) {
      expect(status, what).toMatchObject({ state: 'synced', pending: 0 })
      expect(this.server.subscribers, what).toBe(1)
      return
    }
    expect(status.state, what).toBe('paused')
    await this.silent(what)
  }

  /** Nothing is left that could do anything by itself. */
  async silent(what: string): Promise<void> {
    await quiet()
    expect([this.env.timers(), this.server.subscribers], what).toEqual([0, 0])
    const { length } = this.server.calls
    await this.env.advance(3_600_000)
    expect(this.server.calls.length, what).toBe(length)
  }

  /** Whatever was called: after this all is in step, and no write had more than one effect. */
  async recover(what: string): Promise<void> {
    const made = this.disposed ? device(this.server, { store: this.store, env: virtualEnv() }) : this.made
    await made.client.resume()
    await made.client.start()
    await made.env.advance(120_000)
    const status = made.status()
    expect(status, what).toMatchObject({ state: 'synced', pending: 0 })
    expect(accounted(status), what).toBe(status.writes.accepted)
    expect(status.writes.applied + status.writes.discarded, what).toBe(status.writes.accepted)
    expect(new Set(this.server.effects).size, what).toBe(this.server.effects.length)
    const here = new Map((await made.tasks.readAll()).map((row) => [row.id, row]))
    expect(Object.fromEntries(here), what).toEqual(this.server.all('tasks'))
    await made.client.dispose()
    await quiet()
    expect([made.env.timers(), this.server.subscribers], what).toEqual([0, 0])
  }
}

/** Takes the steps, and sees that all is as they ask, and that it can be brought in step again. */
export async function play(steps: readonly Step[]): Promise<void> {
  const what = steps.map(({ call, turns }) => `${call}+${turns}`).join(' ')
  const world = new World()
  for (const step of steps) await world.take(step)
  await world.settle(what)
  await world.recover(what)
}
