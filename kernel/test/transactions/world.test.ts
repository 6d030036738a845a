import fc from 'fast-check'
import { expect, it } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { type PushVerdict, SyncError } from '../../src/index.ts'
import { transaction } from '../../src/transactions/index.ts'
import { accounted, type Device, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet, randomFrom } from '../support/virtual-env.ts'

type Fault = 'none' | 'lost' | 'unsent' | 'unapplied' | 'unknown' | 'no rows' | 'hang'
type Step =
  | { readonly do: 'transact'; readonly device: number; readonly ids: readonly string[]; readonly refused: boolean }
  | { readonly do: 'write'; readonly device: number; readonly id: string }
  | { readonly do: 'remove'; readonly device: number; readonly id: string }
  | { readonly do: 'sync'; readonly device: number; readonly fault: Fault }
  | { readonly do: 'restart'; readonly device: number }
  | { readonly do: 'decide'; readonly device: number; readonly how: 'local' | 'remote' }
  | { readonly do: 'revise'; readonly device: number; readonly how: 'requeue' | 'discard' }

interface Options {
  readonly seed: number
  /** Conflicts wait for a person. */
  readonly asks: boolean
}

const withoutRow = (verdict: PushVerdict): PushVerdict => {
  if (verdict.kind === 'retry') return verdict
  const { row: _, ...rest } = verdict
  return rest
}

/** Two devices over one server. Every transaction marks all its records with a field of its own. */
class World {
  readonly server = new TestServer()
  readonly disks = [new Disk(), new Disk()] as const
  readonly devices: Device[]
  readonly halves: string[] = []
  readonly #asks: boolean
  readonly #random: () => number
  /** Of each transaction: its field, and the records it wrote. */
  readonly #marks = new Map<string, readonly string[]>()
  #value = 0

  constructor({ seed, asks }: Options) {
    this.#random = randomFrom(seed)
    this.#asks = asks
    for (const id of ['x', 'y', 'z', 'w']) this.server.write('tasks', id, { id, title: 'base', n: 0 })
    this.server.onCommit = () => this.#look()
    this.devices = this.disks.map((disk) => this.#open(disk))
  }

  #open(store: Disk): Device {
    const remote = this.server.adapter({ atomicity: 'batch' })
    return device(this.server, { store, remote, ...(this.#asks ? { resolver: () => 'ask' } : {}) })
  }

  /** A transaction is on the server with all its records, or with none. */
  #look(): void {
    for (const [mark, ids] of this.#marks) {
      const there = ids.filter((id) => this.server.record('tasks', id)?.[mark] === true)
      if (there.length !== 0 && there.length !== ids.length) this.halves.push(`${mark}: ${there} of ${ids}`)
    }
  }

  at(index: number): Device {
    return this.devices[index % 2] as Device
  }

  async #jitter(): Promise<void> {
    for (let turn = Math.floor(this.#random() * 20); turn > 0; turn -= 1) await Promise.resolve()
  }

  #trouble(fault: Fault): void {
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

  /** Lets both devices see all rows, so that nothing is created twice: a person may drop one side of that, and its mark with it. */
  async begin(): Promise<void> {
    for (const { sync } of this.devices) await sync()
  }

  async play(step: Step): Promise<void> {
    if (step.do === 'transact') await this.#transact(step)
    else if (step.do === 'write') await this.#write(step.device, step.id)
    else if (step.do === 'remove') await this.at(step.device).tasks.delete(step.id)
    else if (step.do === 'sync') await this.#sync(step.device, step.fault)
    else if (step.do === 'restart') await this.#restart(step.device % 2)
    else if (step.do === 'decide') await this.#decide(this.at(step.device), step.how)
    else await this.#revise(this.at(step.device), step.how)
  }

  async #transact({ device: index, ids, refused }: Extract<Step, { readonly do: 'transact' }>): Promise<void> {
    this.#value += 1
    const [mark, value] = [`t${this.#value}`, this.#value]
    const [last] = ids.slice(-1)
    const fresh = `new${value}`
    await transaction(this.at(index).client, async (tx) => {
      await tx.tasks.create({ id: fresh, title: 'new', [mark]: true } as never)
      for (const id of ids) {
        const change = { [mark]: true, n: value, forbidden: refused && id === last }
        if (await tx.tasks.read(id)) await tx.tasks.update(id, change as never)
        else await tx.tasks.create({ id, title: 'new', ...change })
      }
    })
    this.#marks.set(mark, [...ids, fresh])
  }

  async #write(index: number, id: string): Promise<void> {
    this.#value += 1
    const { tasks } = this.at(index)
    const change = { n: this.#value, [`d${index % 2}`]: this.#value }
    if (await tasks.read(id)) await tasks.update(id, change as never)
    else await tasks.create({ id, title: 'new', ...change } as never)
  }

  async #sync(index: number, fault: Fault): Promise<void> {
    this.#trouble(fault === 'hang' ? 'none' : fault)
    const { client, sync } = this.at(index)
    const cycle = sync().catch(() => {})
    if (fault === 'hang') {
      for (let turn = Math.floor(this.#random() * 60); turn > 0; turn -= 1) await Promise.resolve()
      await client.stop()
    }
    await cycle
    await quiet()
  }

  async #restart(at: number): Promise<void> {
    await this.at(at).client.dispose()
    this.devices[at] = this.#open(this.disks[at] as Disk)
    await this.at(at).tasks.count()
  }

  async #decide({ client }: Device, how: 'local' | 'remote'): Promise<void> {
    const list = conflicts(client)
    // Resolving one lets go of the others of its transaction.
    const next = (): string | undefined => list.getSnapshot()?.find(({ bystander }) => !bystander)?.id
    for (let id = next(); id; id = next()) await list.resolve(id, how)
    const last = (): string | undefined => list.getSnapshot()?.[0]?.id
    for (let id = last(); id; id = last()) await list.resolve(id, 'local')
  }

  async #revise({ client }: Device, how: 'requeue' | 'discard'): Promise<void> {
    const list = quarantine(client)
    for (const { id } of list.getSnapshot() ?? []) {
      // What cannot be sent again, its record being gone, is given up.
      await (how === 'discard' ? list.discard(id) : list.requeue(id, { forbidden: false })).catch(() =>
        list.discard(id),
      )
    }
  }

  async finish(how: 'local' | 'remote'): Promise<void> {
    this.#trouble('none')
    for (let round = 0; round < 10; round += 1) {
      for (const one of this.devices) {
        await one.sync()
        await quiet()
        await this.#decide(one, how)
        await this.#revise(one, round < 4 ? 'requeue' : 'discard')
        await one.sync()
        await quiet()
      }
    }
  }

  /** What must hold at the end of every history. */
  async check(): Promise<void> {
    for (const one of this.devices) {
      const rows = Object.fromEntries((await one.tasks.readAll()).map((row) => [row.id, row]))
      expect(rows).toEqual(this.server.all('tasks'))
      expect(one.status().pending).toBe(0)
      expect(accounted(one.status())).toBe(one.status().writes.accepted)
      expect(conflicts(one.client).getSnapshot()).toEqual([])
      expect(quarantine(one.client).getSnapshot()).toEqual([])
    }
    const payloads = new Map<string, string>()
    for (const { opId, resend: _, record: __, ...payload } of this.server.sent) {
      const text = JSON.stringify(payload)
      expect(payloads.get(opId) ?? text).toBe(text)
      payloads.set(opId, text)
    }
    expect(new Set(this.server.effects).size).toBe(this.server.effects.length)
  }
}

const where = { device: fc.nat(1), id: fc.constantFrom('x', 'y', 'z', 'w') }
const ids = fc.subarray(['x', 'y', 'z', 'w'], { minLength: 2, maxLength: 3 })
const transact = fc.record({
  do: fc.constant('transact'),
  device: fc.nat(1),
  ids: fc.tuple(ids, fc.boolean()).map(([list, turned]) => (turned ? [...list].reverse() : list)),
  refused: fc.integer({ min: 0, max: 3 }).map((one) => one === 0),
})
const write = fc.record({ do: fc.constant('write'), ...where })
const remove = fc.record({ do: fc.constant('remove'), ...where })
const faults = fc.constantFrom<Fault>('none', 'none', 'lost', 'unsent', 'unapplied', 'unknown', 'no rows', 'hang')
const network = fc.record({ do: fc.constant('sync'), device: fc.nat(1), fault: faults })
const restart = fc.record({ do: fc.constant('restart'), device: fc.nat(1) })
const decide = fc.record({ do: fc.constant('decide'), device: fc.nat(1), how: fc.constantFrom('local', 'remote') })
const revise = fc.record({ do: fc.constant('revise'), device: fc.nat(1), how: fc.constantFrom('requeue', 'discard') })

const histories = (more: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      { arbitrary: transact, weight: 4 },
      { arbitrary: network, weight: 4 },
      write,
      restart,
      decide,
      revise,
      ...more,
    ),
    { minLength: 2, maxLength: 20 },
  ) as fc.Arbitrary<readonly Step[]>

const options = { seed: fc.nat(), asks: fc.boolean(), how: fc.constantFrom('local' as const, 'remote' as const) }

it('the server never shows half a transaction, and every write ends once, whatever happened on the way', async () => {
  const run = async ({ how, steps, ...given }: Options & { how: 'local' | 'remote'; steps: readonly Step[] }) => {
    const world = new World(given)
    await world.begin()
    for (const step of steps) await world.play(step)
    await world.finish(how)
    expect(world.halves).toEqual([])
    await world.check()
    await Promise.all(world.devices.map(({ client }) => client.dispose()))
  }
  await fc.assert(fc.asyncProperty(fc.record({ ...options, steps: histories([]) }), run), { numRuns: 150 })
})

it('with deletions among them all devices and the server come to the same rows', async () => {
  const run = async ({ how, steps, ...given }: Options & { how: 'local' | 'remote'; steps: readonly Step[] }) => {
    const world = new World(given)
    for (const step of steps) await world.play(step)
    await world.finish(how)
    await world.check()
    await Promise.all(world.devices.map(({ client }) => client.dispose()))
  }
  await fc.assert(fc.asyncProperty(fc.record({ ...options, steps: histories([remove]) }), run), { numRuns: 150 })
})
