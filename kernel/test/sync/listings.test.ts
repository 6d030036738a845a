import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { TestServer, withLimits } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

type Step =
  | { readonly do: 'write' | 'delete' | 'purge' | 'evict' | 'mine'; readonly n: number }
  | { readonly do: 'epoch' | 'scope' | 'restart' }
  /** A pull that is cut off after so many pages. */
  | { readonly do: 'pull'; readonly pages: number }

/** A server whose versions never go back, also of a row that was purged and is written again. */
class Versioned extends TestServer {
  #revision = 1000

  override write(collection: string, id: string, record: Parameters<TestServer['write']>[2]): void {
    this.#revision += 1
    this.put(collection, id, record, this.#revision)
  }
}

const idOf = (n: number): string => `t${n % 8}`

/** One device with its disk, and a server that is played behind its back. */
class World {
  readonly server = new Versioned()
  readonly #disk = new Disk()
  #most: number | undefined
  device: Device

  constructor() {
    for (let n = 0; n < 8; n += 1) this.#write(n)
    this.device = this.#open()
  }

  #open(): Device {
    const remote = this.server.adapter(withLimits({ pageRows: 3 }))
    const scope = () => (this.#most === undefined ? undefined : { n: { lt: this.#most } })
    return device(this.server, { store: this.#disk, remote, scope })
  }

  #write(n: number): void {
    this.server.write('tasks', idOf(n), { id: idOf(n), title: `theirs ${n}`, n })
  }

  async play(step: Step): Promise<void> {
    const { server, device: made } = this
    if (step.do === 'write') this.#write(step.n)
    else if (step.do === 'delete') server.write('tasks', idOf(step.n), null)
    else if (step.do === 'evict') server.evict('tasks', idOf(step.n))
    else if (step.do === 'mine') await made.tasks.save({ id: `mine${step.n % 3}`, title: 'mine', n: step.n })
    else if (step.do === 'purge') {
      // Deleted so long ago that nobody remembers it: who has not heard of it lists everything anew.
      server.write('tasks', idOf(step.n), null)
      server.expire()
    } else if (step.do === 'epoch') server.epoch += '+'
    else if (step.do === 'scope') this.#most = this.#most === undefined ? 20 : undefined
    else if (step.do === 'pull') await this.pull(step.pages)
    else {
      await made.client.dispose()
      this.device = this.#open()
    }
  }

  async pull(pages: number): Promise<void> {
    const { server } = this
    const last = server.pulls.length + pages
    server.beforePull = () => {
      if (server.pulls.length > last) throw new SyncError('SYNC_NETWORK')
    }
    await this.device.sync().catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'SYNC_NETWORK' })
    })
  }

  /** What the device is to have. */
  get wanted(): object {
    const rows = Object.entries(this.server.all('tasks'))
    return Object.fromEntries(rows.filter(([, { n }]) => this.#most === undefined || Number(n) < this.#most))
  }
}

const n = fc.nat({ max: 40 })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pull' as const), pages: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('write', 'delete', 'purge', 'purge', 'evict', 'mine'), n }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('epoch', 'scope', 'restart') }) },
) as fc.Arbitrary<Step>

it('wherever listings are cut off, expire or begin anew, the device ends with the rows of the server and no others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 15 }), async (history) => {
      const world = new World()
      for (const one of history) await world.play(one)
      await world.pull(1000)
      await world.pull(1000)
      const { device: made, wanted } = world
      expect(Object.fromEntries((await made.tasks.readAll()).map((row) => [row.id, row]))).toEqual(wanted)
      expect(made.status()).toMatchObject({ pending: 0, error: undefined })
      await made.client.dispose()
    }),
    { numRuns: Number(process.env['RUNS'] ?? 250) },
  )
})

it('a listing says what a row is, also where a write that was answered without it did not move its version', async () => {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'plain' })
  server.beforePush = () => [{ kind: 'applied' }]
  const made = device(server)
  await made.sync()
  await made.tasks.update('a', { title: ' plain ' })
  await made.sync()
  expect(await made.tasks.read('a')).toEqual({ id: 'a', title: ' plain ' })
  server.expire()
  await made.sync()
  expect(await made.tasks.read('a')).toEqual({ id: 'a', title: 'plain' })
})
