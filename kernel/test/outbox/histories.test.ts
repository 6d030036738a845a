import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isSyncError, type LocalStore, SyncError } from '../../src/index.ts'
import { accounted, type Device, device } from '../support/device.ts'
import { TestServer, withLimits } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet } from '../support/virtual-env.ts'

type Fault = 'none' | 'lost' | 'unsent' | 'unapplied' | 'half' | 'limited' | 'large'
type Step =
  | { readonly do: 'create' | 'update' | 'checked' | 'remove'; readonly id: number; readonly n: number }
  | { readonly do: 'delete'; readonly id: number }
  /** Several writes in one tick. */
  | { readonly do: 'burst'; readonly id: number; readonly n: number }
  | { readonly do: 'sync'; readonly fault: Fault }
  /** Writes of a record while a push is under way. */
  | { readonly do: 'during'; readonly id: number; readonly n: number; readonly fault: Fault }
  | { readonly do: 'restart' }

const fail = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

/** One device, its disk and server; what the app was told is here, by record, is the model. */
class World {
  readonly server = new TestServer()
  readonly model = new Map<string, object>()
  readonly #store: LocalStore
  readonly #limits: ReturnType<typeof withLimits>
  device: Device
  accepted = 0

  constructor(tabs: boolean, operations: number, parallel: number) {
    this.#store = new Disk({ tabs })
    this.#limits = withLimits({ operations, parallel })
    this.device = this.#open()
  }

  #open(): Device {
    return device(this.server, { store: this.#store, remote: this.server.adapter(this.#limits) })
  }

  /** Takes what the app is shown as the model, once it is what the write was to make of it. */
  async #write(id: string, write: () => Promise<unknown>, after: object | undefined): Promise<void> {
    await write()
    if (JSON.stringify(this.model.get(id)) !== JSON.stringify(after)) this.accepted += 1
    if (after) this.model.set(id, after)
    else this.model.delete(id)
    expect(await this.device.tasks.read(id)).toEqual(after)
  }

  async #edit(step: Extract<Step, { id: number }>): Promise<void> {
    const id = `t${step.id}`
    const { tasks } = this.device
    const now = this.model.get(id) as { title: string; n?: number; done?: boolean } | undefined
    if (step.do === 'delete') return this.#write(id, () => tasks.delete(id), undefined)
    const { n } = step
    if (!now) return this.#write(id, () => tasks.create({ id, title: `new ${n}`, n }), { id, title: `new ${n}`, n })
    if (step.do === 'remove') {
      const { done: _, ...rest } = now
      return this.#write(id, () => tasks.update(id, { done: undefined } as object), rest)
    }
    const change = n % 2 ? { n } : { title: `title ${n}`, done: n % 4 === 0 }
    const where = step.do === 'checked' ? { where: { id } } : {}
    return this.#write(id, () => tasks.update(id, change, where), { ...now, ...change })
  }

  async play(step: Step): Promise<void> {
    if (step.do === 'sync') await this.sync(step.fault)
    else if (step.do === 'restart') {
      await this.device.client.dispose()
      this.device = this.#open()
    } else if (step.do === 'during') {
      const syncing = this.sync(step.fault)
      for (let turn = 0; turn < step.n % 5; turn += 1) await Promise.resolve()
      await this.#edit({ ...step, do: 'update' })
      await this.#edit({ ...step, do: 'update', n: step.n + 1 })
      await syncing
    } else if (step.do === 'burst') {
      for (let n = step.n; n < step.n + 4; n += 1) await this.#edit({ ...step, do: 'update', n })
      if (step.n % 3 === 0) await this.#edit({ ...step, do: 'delete' })
    } else await this.#edit(step)
    await this.check()
  }

  async check(): Promise<void> {
    const status = this.device.client.status.getSnapshot()
    if (!status) return
    expect(status.writes.accepted).toBe(this.accepted)
    expect(accounted(status)).toBe(this.accepted)
  }

  async sync(fault: Fault): Promise<void> {
    const { server } = this
    server.beforePush = ({ operations }) => {
      if (fault === 'unsent') fail()
      if (fault === 'large' && operations.length > 1) throw new SyncError('SYNC_TOO_LARGE')
      const code = fault === 'limited' ? 'SYNC_RATE_LIMITED' : 'SYNC_NETWORK'
      if (fault !== 'unapplied' && fault !== 'limited') return undefined
      return operations.map(() => ({ kind: 'retry', outcome: 'unapplied', error: { code } }) as const)
    }
    server.afterPush = (verdicts) => {
      if (fault === 'lost') fail()
      if (fault !== 'half') return undefined
      return verdicts.map((verdict, at) =>
        at % 2 ? verdict : ({ kind: 'retry', outcome: 'unknown', error: { code: 'SYNC_TIMEOUT' } } as const),
      )
    }
    await this.device.sync().catch((error: unknown) => {
      if (!isSyncError(error)) throw error
    })
    await quiet()
  }
}

const id = fc.nat({ max: 2 })
const n = fc.nat({ max: 50 })
const fault = fc.constantFrom<Fault>('none', 'lost', 'unsent', 'unapplied', 'half', 'limited', 'large')
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({ do: fc.constantFrom('create', 'update', 'checked', 'remove'), id, n }),
    weight: 6,
  } as { arbitrary: fc.Arbitrary<Step>; weight: number },
  { arbitrary: fc.record({ do: fc.constant('delete' as const), id }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('burst' as const), id, n }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('sync' as const), fault }), weight: 3 },
  { arbitrary: fc.record({ do: fc.constant('during' as const), id, n, fault }), weight: 2 },
  { arbitrary: fc.record({ do: fc.constant('restart' as const) }), weight: 1 },
)

it('whatever is written, sent and lost, the server ends as the device, each write ends once, and each id names one payload [F20 F26]', async () => {
  const steps = fc.array(step, { maxLength: 25 })
  const limit = fc.integer({ min: 1, max: 3 })
  await fc.assert(
    fc.asyncProperty(fc.boolean(), limit, limit, steps, async (tabs, operations, parallel, history) => {
      const world = new World(tabs, operations, parallel)
      for (const one of history) await world.play(one)
      for (let round = 0; round < 4; round += 1) await world.sync('none')
      const { server, device, model } = world
      expect(server.all('tasks')).toEqual(Object.fromEntries(model))
      expect(Object.fromEntries((await device.tasks.readAll()).map((row) => [row.id, row]))).toEqual(
        Object.fromEntries(model),
      )
      const { writes, pending } = device.status()
      const { applied, merged, cancelled, accepted } = writes
      expect([applied + merged + cancelled, pending]).toEqual([accepted, 0])
      expect(accepted).toBe(world.accepted)
      // One id, one payload, one effect: so nothing that was merged away was ever on the wire.
      expect(new Set(server.effects).size).toBe(server.effects.length)
      expect(server.effects.length).toBe(applied)
      const payloads = new Map<string, string>()
      for (const { opId, kind, id: record, expected, change } of server.sent) {
        const payload = JSON.stringify([kind, record, expected, change])
        expect(payloads.get(opId) ?? payload).toBe(payload)
        payloads.set(opId, payload)
      }
      expect([...payloads.keys()].sort()).toEqual([...server.effects].sort())
      await device.client.dispose()
    }),
    {
      numRuns: Number(process.env['RUNS'] ?? 150),
      examples: [
        // What one request frees while the next one is being chosen.
        [
          true,
          1,
          3,
          [
            { do: 'create', id: 2, n: 5 },
            { do: 'during', id: 0, n: 33, fault: 'none' },
            { do: 'during', id: 0, n: 46, fault: 'large' },
          ],
        ],
      ],
    },
  )
})
