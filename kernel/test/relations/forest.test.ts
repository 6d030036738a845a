import fc from 'fast-check'
import { expect, it } from 'vitest'
import { quarantine } from '../../src/inbox/index.ts'
import { isSyncError, SyncError } from '../../src/index.ts'
import { accounted } from '../support/device.ts'
import { withLimits } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet } from '../support/virtual-env.ts'
import { dangling, type Family, family, KeyedServer, keys, type Name, names, type Rows, withoutRow } from './family.ts'

type Fault = 'none' | 'lost' | 'unsent' | 'unapplied' | 'no rows' | 'half'
type Step =
  | {
      readonly do: 'write'
      readonly name: Name
      readonly id: number
      readonly to: readonly number[]
      readonly ahead: boolean
      /** A create that the server refuses for good. */
      readonly refused: boolean
    }
  | { readonly do: 'delete'; readonly name: Name; readonly id: number }
  | { readonly do: 'ring'; readonly ids: readonly number[] }
  | { readonly do: 'sync'; readonly fault: Fault }
  | { readonly do: 'restart' }

const rowsOf = ({ all }: Family, name: Name): Rows => all[name] as unknown as Rows

/** One device with a disk, and a server that knows foreign keys. */
class World {
  readonly server = new KeyedServer()
  readonly #disk = new Disk()
  readonly #operations: number
  device: Family

  constructor(operations: number) {
    this.#operations = operations
    this.device = this.#open()
  }

  #open(): Family {
    const limits = withLimits({ operations: this.#operations })
    return family(this.server, { store: this.#disk, remote: this.server.adapter(limits) })
  }

  async play(step: Step): Promise<void> {
    if (step.do === 'write') await this.#write(step)
    else if (step.do === 'delete') await this.#delete(step.name, `${step.name}${step.id}`)
    else if (step.do === 'ring') await this.#ring(step.ids)
    else if (step.do === 'sync') await this.sync(step.fault)
    else {
      await this.device.client.dispose()
      this.device = this.#open()
    }
  }

  /** References to records that are here, or with `ahead` to some that are made right after. */
  async #write({ name, id, to, ahead: mayBeAhead, refused }: Extract<Step, { do: 'write' }>): Promise<void> {
    const made = new Map<string, Name>()
    const fields: Record<string, string | null> = {}
    for (const [at, [field, target]] of keys[name].entries()) {
      const other = `${target}${to[at]}`
      const isHere = (await rowsOf(this.device, target).read(other)) || other === `${name}${id}`
      if (!isHere && mayBeAhead) made.set(other, target)
      fields[field] = isHere || mayBeAhead ? other : null
    }
    const rows = rowsOf(this.device, name)
    const own = `${name}${id}`
    const isThere = await rows.read(own)
    const ahead = [...made].map(([other, target]) => {
      const fresh = Object.fromEntries(keys[target].map(([field]) => [field, null]))
      return () => rowsOf(this.device, target).create({ id: other, ...fresh })
    })
    // In one tick: what is sent in between would refer to nothing.
    const first = isThere
      ? rows.update(own, fields)
      : rows.create({ id: own, ...fields, ...(refused ? { forbidden: true } : {}) })
    await Promise.all([first, ...ahead.map((create) => create())])
  }

  async #delete(name: Name, id: string): Promise<void> {
    try {
      await rowsOf(this.device, name).delete(id)
    } catch (error) {
      if (!isSyncError(error, 'SYNC_CONDITION_FAILED')) throw error
    }
  }

  /** People who are each the next one's friend, written in one tick. */
  async #ring(ids: readonly number[]): Promise<void> {
    const friends = [...new Set(ids)].map((id) => `people${id}`)
    const people = rowsOf(this.device, 'people')
    await Promise.all(
      friends.map(async (id, at) => {
        const friendId = friends[(at + 1) % friends.length]
        await ((await people.read(id)) ? people.update(id, { friendId }) : people.create({ id, friendId }))
      }),
    )
  }

  async sync(fault: Fault): Promise<void> {
    const { server, device } = this
    const lost = (): never => {
      throw new SyncError('SYNC_NETWORK')
    }
    server.beforePush = ({ operations }) => {
      if (fault === 'unsent') lost()
      if (fault !== 'unapplied') return undefined
      return operations.map(() => ({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }) as const)
    }
    server.afterPush = (verdicts) => {
      if (fault === 'lost') lost()
      if (fault === 'half') {
        return verdicts.map((verdict, at) =>
          at % 2 ? verdict : ({ kind: 'retry', outcome: 'unknown', error: { code: 'SYNC_TIMEOUT' } } as const),
        )
      }
      return fault === 'no rows' ? verdicts.map(withoutRow) : undefined
    }
    await device.sync().catch((error: unknown) => {
      if (!isSyncError(error)) throw error
    })
    // What a missing version made the client ask for goes on in the background.
    await quiet()
    expect(server.broken).toEqual([])
    expect(dangling(server)).toEqual([])
  }
}

const id = fc.nat({ max: 3 })
const name = fc.constantFrom(...names)
const writeOf = (refused: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.record({ do: fc.constant('write' as const), name, id, to: fc.tuple(id, id), ahead: fc.boolean(), refused })
const fault = fc.constantFrom<Fault>('none', 'lost', 'unsent', 'unapplied', 'no rows', 'half')
const stepOf = (refused: fc.Arbitrary<boolean>): fc.Arbitrary<Step> =>
  fc.oneof(
    { arbitrary: writeOf(refused), weight: 6 },
    { arbitrary: fc.record({ do: fc.constant('delete' as const), name, id }), weight: 3 },
    {
      arbitrary: fc.record({ do: fc.constant('ring' as const), ids: fc.array(id, { minLength: 2, maxLength: 4 }) }),
      weight: 1,
    },
    { arbitrary: fc.record({ do: fc.constant('sync' as const), fault }), weight: 2 },
    { arbitrary: fc.record({ do: fc.constant('restart' as const) }), weight: 1 },
  )
const numRuns = Number(process.env['RUNS'] ?? 150)

/** Plays a history to its end, and gives the world as it stands then. */
async function ended(operations: number, steps: readonly Step[]): Promise<World> {
  const world = new World(operations)
  for (const one of steps) await world.play(one)
  for (let round = 0; round < 4; round += 1) await world.sync('none')
  const { device, server } = world
  expect(device.status().pending).toBe(0)
  expect(accounted(device.status())).toBe(device.status().writes.accepted)
  for (const one of names) {
    const rows = await rowsOf(device, one).readAll()
    expect(Object.fromEntries(rows.map((row) => [row.id, row]))).toEqual(server.all(one))
  }
  return world
}
const limit = fc.integer({ min: 1, max: 5 })

it('whatever is written offline, the server never sees a reference that leads nowhere, and ends as the device', async () => {
  const steps = fc.array(stepOf(fc.constant(false)), { maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(limit, steps, async (operations, history) => {
      const { device } = await ended(operations, history)
      expect(quarantine(device.client).getSnapshot()).toEqual([])
      await device.client.dispose()
    }),
    { numRuns },
  )
})

it('where creates are refused, what refers to them is never sent, and every write is accounted for', async () => {
  const steps = fc.array(stepOf(fc.boolean()), { maxLength: 25 })
  await fc.assert(
    fc.asyncProperty(limit, steps, async (operations, history) => {
      const { device, server } = await ended(operations, history)
      for (const { reason } of quarantine(device.client).getSnapshot() ?? []) {
        expect(['SYNC_FORBIDDEN', 'SYNC_GROUP_ABORTED']).toContain(reason.code)
      }
      expect(server.broken).toEqual([])
      await device.client.dispose()
    }),
    { numRuns },
  )
})

// Found by the property above, once in some 2 500 histories. After a restart one write of a ring counts as one that may have been
// sent, although it hangs on a refused create further along; the server refuses it, and it lies in quarantine for that.
it.fails('a ring that hangs on a refused create is never sent, also after a restart', async () => {
  const { server } = await ended(1, [
    { do: 'write', name: 'people', id: 2, to: [0, 0], ahead: false, refused: true },
    { do: 'ring', ids: [2, 0, 3] },
    { do: 'restart' },
  ])
  expect(server.broken).toEqual([])
})
