import fc from 'fast-check'
import { expect, it } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { type PushVerdict, SyncError } from '../../src/index.ts'
import { accounted, type Client, type Device, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet, randomFrom } from '../support/virtual-env.ts'

type Fault = 'none' | 'lost' | 'unsent' | 'unapplied' | 'unknown' | 'no rows' | 'hang'
type Step =
  | {
      readonly do: 'write'
      readonly device: number
      readonly id: string
      readonly field: 'title' | 'n' | 'done' | 'own'
    }
  | { readonly do: 'remove' | 'create'; readonly device: number; readonly id: string }
  | { readonly do: 'sync'; readonly device: number; readonly fault: Fault }
  | { readonly do: 'together' }
  | { readonly do: 'restart'; readonly device: number }

const withoutRow = (verdict: PushVerdict): PushVerdict => {
  if (verdict.kind === 'retry') return verdict
  const { row: _, ...rest } = verdict
  return rest
}

/** Devices, their disks and the server, played step by step. */
class World {
  readonly server = new TestServer()
  readonly disks: readonly Disk[]
  readonly devices: Device[]
  readonly #random: () => number
  #value = 0

  constructor(count: number, seed: number) {
    this.#random = randomFrom(seed)
    this.server.write('tasks', 'x', { id: 'x', title: 'base', n: 0 })
    this.server.write('tasks', 'y', { id: 'y', title: 'base', n: 0 })
    this.disks = Array.from({ length: count }, () => new Disk())
    this.devices = this.disks.map((store) => device(this.server, { store }))
  }

  at(index: number): Device {
    return this.devices[index % this.devices.length] as Device
  }

  async #jitter(): Promise<void> {
    for (let turn = Math.floor(this.#random() * 20); turn > 0; turn -= 1) await Promise.resolve()
  }

  /** What the network does to the next calls. */
  trouble(fault: Fault): void {
    const lost = (): never => {
      throw new SyncError('SYNC_NETWORK')
    }
    const { server } = this
    server.beforePull = () => this.#jitter()
    server.beforePush = async ({ operations }) => {
      await this.#jitter()
      if (fault === 'unsent') lost()
      if (fault !== 'unapplied') return undefined
      return operations.map(() => ({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }) as const)
    }
    server.afterPush = async (verdicts) => {
      await this.#jitter()
      if (fault === 'lost') lost()
      if (fault === 'no rows') return verdicts.map(withoutRow)
      if (fault !== 'unknown') return undefined
      return verdicts.map(() => ({ kind: 'retry', outcome: 'unknown', error: { code: 'SYNC_TIMEOUT' } }) as const)
    }
  }

  async play(step: Step): Promise<void> {
    if (step.do === 'sync') await this.#sync(step.device, step.fault)
    else if (step.do === 'restart') await this.#restart(step.device)
    else if (step.do === 'together') {
      this.trouble('none')
      await Promise.all(this.devices.map(({ sync }) => sync()))
    } else await this.#edit(step)
  }

  async #edit(step: Extract<Step, { readonly id: string }>): Promise<void> {
    const { tasks } = this.at(step.device)
    this.#value += 1
    const value = this.#value
    const exists = (await tasks.read(step.id)) !== undefined
    if (step.do === 'remove') return tasks.delete(step.id)
    if (step.do !== 'write') {
      if (!exists) await tasks.create({ id: step.id, title: `t${value}` })
      return
    }
    if (!exists) return
    const own = { [`d${step.device % this.devices.length}`]: value }
    const change = { title: { title: `t${value}` }, n: { n: value }, done: { done: value % 2 === 0 }, own }
    await tasks.update(step.id, change[step.field])
  }

  async #sync(index: number, fault: Fault): Promise<void> {
    this.trouble(fault === 'hang' ? 'none' : fault)
    const { client, sync } = this.at(index)
    const cycle = sync().catch(() => {})
    if (fault === 'hang') {
      for (let turn = Math.floor(this.#random() * 60); turn > 0; turn -= 1) await Promise.resolve()
      await client.stop()
    }
    await cycle
    await quiet()
  }

  async #restart(index: number): Promise<void> {
    const at = index % this.devices.length
    await this.at(at).client.dispose()
    this.devices[at] = device(this.server, { store: this.disks[at] as Disk })
    await this.devices[at].tasks.count()
  }

  /** Lets everything arrive, and decides what waits for a person. */
  async finish(how: 'local' | 'remote'): Promise<void> {
    this.trouble('none')
    for (let round = 0; round < 8; round += 1) {
      for (const { client, sync } of this.devices) {
        await sync()
        await quiet()
        for (const { id } of parked(client)) await conflicts(client).resolve(id, how)
        await sync()
        await quiet()
      }
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.devices.map(({ client }) => client.dispose()))
  }
}

const parked = (client: Client): readonly { readonly id: string }[] => conflicts(client).getSnapshot() ?? []

const where = { device: fc.nat(2), id: fc.constantFrom('x', 'y', 'z') }
const edit = fc.record({ do: fc.constant('write'), ...where, field: fc.constantFrom('title', 'n', 'done', 'own') })
const coming = fc.record({ do: fc.constantFrom('remove', 'create'), ...where })
const faults = fc.constantFrom<Fault>('none', 'none', 'lost', 'unsent', 'unapplied', 'unknown', 'no rows', 'hang')
const network = fc.record({ do: fc.constant('sync'), device: fc.nat(2), fault: faults })
const together = fc.constant({ do: 'together' })
const restart = fc.record({ do: fc.constant('restart'), device: fc.nat(2) })
const steps = fc.array(
  fc.oneof({ arbitrary: edit, weight: 5 }, { arbitrary: network, weight: 4 }, coming, together, restart),
  { minLength: 1, maxLength: 24 },
) as fc.Arbitrary<readonly Step[]>

const rowsOf = async ({ tasks }: Device): Promise<Readonly<Record<string, unknown>>> =>
  Object.fromEntries((await tasks.readAll()).map((row) => [row.id, row]))

it('brings all devices and the server to the same rows, whatever happened on the way', async () => {
  const whole = fc.record({
    count: fc.integer({ min: 2, max: 3 }),
    seed: fc.nat(),
    steps,
    how: fc.constantFrom('local', 'remote'),
  })
  const run = async ({
    count,
    seed,
    steps: list,
    how,
  }: {
    count: number
    seed: number
    steps: readonly Step[]
    how: string
  }) => {
    const world = new World(count, seed)
    for (const step of list) await world.play(step)
    await world.finish(how as 'local')
    for (const one of world.devices) {
      expect(await rowsOf(one)).toEqual(world.server.all('tasks'))
      expect(one.status().pending).toBe(0)
      expect(accounted(one.status())).toBe(one.status().writes.accepted)
      expect(conflicts(one.client).getSnapshot()).toEqual([])
      expect(quarantine(one.client).getSnapshot()).toEqual([])
    }
    // No operation id ever named two payloads, and none took effect twice.
    const payloads = new Map<string, string>()
    for (const { opId, resend: _, record: __, ...payload } of world.server.sent) {
      const text = JSON.stringify(payload)
      expect(payloads.get(opId) ?? text).toBe(text)
      payloads.set(opId, text)
    }
    expect(new Set(world.server.effects).size).toBe(world.server.effects.length)
    await world.dispose()
  }
  await fc.assert(fc.asyncProperty(whole, run), { numRuns: 300 })
})

it('loses no accepted write: the newest value each device gave its own field is there in the end', async () => {
  const own = fc.record({
    do: fc.constant('write'),
    device: fc.nat(2),
    id: fc.constantFrom('x', 'y'),
    field: fc.constant('own'),
  })
  const list = fc.array(fc.oneof({ arbitrary: own, weight: 3 }, { arbitrary: network, weight: 3 }, together, restart), {
    minLength: 1,
    maxLength: 24,
  }) as fc.Arbitrary<readonly Step[]>
  const run = async (seed: number, history: readonly Step[]): Promise<void> => {
    const world = new World(3, seed)
    const newest: Record<string, Record<string, unknown>> = {
      x: { id: 'x', title: 'base', n: 0 },
      y: { id: 'y', title: 'base', n: 0 },
    }
    for (const { sync } of world.devices) await sync()
    for (const step of history) {
      await world.play(step)
      if (step.do !== 'write') continue
      const field = `d${step.device}`
      newest[step.id] = {
        ...newest[step.id],
        [field]: ((await world.at(step.device).tasks.read(step.id)) as never)[field],
      }
    }
    await world.finish('local')
    expect(world.server.all('tasks')).toEqual(newest)
    for (const one of world.devices) {
      expect(await rowsOf(one)).toEqual(newest)
      expect(one.heard('conflict:detected')).toEqual([])
    }
    await world.dispose()
  }
  await fc.assert(fc.asyncProperty(fc.nat(), list, run), { numRuns: 200 })
})
