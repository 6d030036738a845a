import fc from 'fast-check'
import { expect, it } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { isSyncError, SyncError, type SyncErrorCode } from '../../src/index.ts'
import { deleteWithRelations } from '../../src/relations/index.ts'
import { transaction } from '../../src/transactions/index.ts'
import { clear } from '../../src/users/index.ts'
import { accounted } from '../support/device.ts'
import { withLimits } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet } from '../support/virtual-env.ts'
import { dangling, type Family, family, KeyedServer, keys, type Name, names, type Rows, withoutRow } from './family.ts'

interface Write {
  readonly name: Name
  readonly id: number
  /** Whom it refers to; `null`: it is deleted. */
  readonly to: readonly number[] | null
  /** A create that the server refuses for good. */
  readonly refused: boolean
  /** Refers to records even if they are not here. */
  readonly ahead: boolean
}
type Fault = 'none' | 'lost' | 'unsent' | 'unapplied' | 'no rows'
type Step = { readonly at: 0 | 1 } & (
  | { readonly do: 'write' | 'clear' | 'restart' }
  | { readonly do: 'delete'; readonly batch: number }
  | { readonly do: 'transact' | 'race'; readonly writes: readonly Write[] }
  | { readonly do: 'sync'; readonly fault: Fault }
  | { readonly do: 'decide'; readonly how: number }
) & { readonly one: Write }

type All = Readonly<Record<Name, Rows>>

const idOf = ({ name, id }: Write): string => `${name}${id}`
const allOf = ({ all }: Family): All => all as unknown as All

/** What an app may be told, because others were there first, or the request would be too large. */
const allowed: readonly SyncErrorCode[] = [
  'SYNC_CONDITION_FAILED',
  'SYNC_NOT_FOUND',
  'SYNC_ID_TAKEN',
  'SYNC_CONFLICT',
  'SYNC_TOO_LARGE',
  'SYNC_UNSYNCED',
  'SYNC_ABORTED',
  'SYNC_NETWORK',
]
const tolerate = (error: unknown): void => {
  if (!allowed.some((code) => isSyncError(error, code))) throw error
}

async function write(all: All, one: Write): Promise<void> {
  const { name, to, ahead, refused } = one
  const id = idOf(one)
  if (!to) return all[name].delete(id)
  const fields: Record<string, unknown> = {}
  for (const [at, [field, target]] of keys[name].entries()) {
    const other = `${target}${to[at]}`
    fields[field] = ahead || other === id || (await all[target].read(other)) ? other : null
  }
  if (await all[name].read(id)) await all[name].update(id, fields)
  else await all[name].create({ id, ...fields, ...(refused ? { forbidden: true } : {}) })
}

/** Two devices, each with a disk, over one server that takes atomic requests and knows foreign keys. */
class World {
  readonly server = new KeyedServer()
  readonly #disks = [new Disk(), new Disk()] as const
  readonly #operations: number
  readonly devices: Family[]
  /** References that led nowhere after some push. */
  readonly seen: string[] = []

  constructor(operations: number) {
    this.#operations = operations
    this.server.onCommit = () => this.seen.push(...dangling(this.server))
    this.devices = this.#disks.map((disk) => this.#open(disk))
  }

  #open(store: Disk): Family {
    const remote = this.server.adapter({ atomicity: 'batch', ...withLimits({ operations: this.#operations }) })
    return family(this.server, { store, remote })
  }

  async play(step: Step): Promise<void> {
    const device = this.devices[step.at] as Family
    const { client } = device
    const transact = (writes: readonly Write[]): Promise<void> =>
      transaction(client, async (tx) => {
        for (const one of writes) await write(tx as unknown as All, one)
      })
    const cascade = (batch: number): Promise<unknown> =>
      deleteWithRelations(device.all[step.one.name] as Family['all']['tasks'], idOf(step.one), { batch })
    if (step.do === 'write') await write(allOf(device), step.one)
    else if (step.do === 'transact') await transact(step.writes)
    else if (step.do === 'delete') await cascade(step.batch)
    else if (step.do === 'race') {
      const calls = [...step.writes.map((one) => write(allOf(device), one)), transact(step.writes), cascade(1)]
      await Promise.all([...calls.map((call) => call.catch(tolerate)), this.sync(step.at)])
    } else if (step.do === 'clear') await clear(client, { discardPending: step.one.refused })
    else if (step.do === 'sync') await this.sync(step.at, step.fault)
    else if (step.do === 'decide') await this.#decide(device, step.how)
    else {
      await client.dispose()
      this.devices[step.at] = this.#open(this.#disks[step.at])
    }
  }

  /** Ends one conflict, or one write in quarantine, in whatever way. */
  async #decide({ client, all }: Family, how: number): Promise<void> {
    await all.tasks.readAll()
    const parked = (conflicts(client).getSnapshot() ?? []).find(({ bystander }) => !bystander)
    const refused = quarantine(client)
      .getSnapshot()
      ?.at(how % 3 === 0 ? 0 : -1)
    if (parked && how < 4) {
      await conflicts(client).resolve(parked.id, (['local', 'remote', 'delete', 'local'] as const)[how] ?? 'local')
    } else if (refused && how % 2 === 0) await quarantine(client).discard(refused.id)
    else if (refused) {
      await quarantine(client).requeue(refused.id, refused.set['forbidden'] ? { forbidden: false } : {})
    }
  }

  async sync(at: number, fault: Fault = 'none'): Promise<void> {
    const { server } = this
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
      return fault === 'no rows' ? verdicts.map(withoutRow) : undefined
    }
    await this.devices[at]?.sync().catch(tolerate)
    await quiet()
  }

  /** Syncs a device, and gives up what waits for a person there; true: nothing was left to do. */
  async #tidy(at: number, { client, status }: Family): Promise<boolean> {
    await this.sync(at)
    const refused = quarantine(client).getSnapshot() ?? []
    for (const { id } of refused) await quarantine(client).discard(id)
    const parked = conflicts(client).getSnapshot() ?? []
    for (const { id, bystander } of parked) {
      await conflicts(client)
        .resolve(id, bystander ? 'local' : 'remote')
        .catch(tolerate)
    }
    return refused.length + parked.length + status().pending === 0
  }

  /** Goes on until nothing is left to do, and both devices have seen it. */
  async end(): Promise<void> {
    for (let round = 0, calm = 0; calm < 3; round += 1) {
      if (round > 50) throw new Error('it never comes to an end')
      const [one, other] = this.devices as [Family, Family]
      const isCalm = [await this.#tidy(0, one), await this.#tidy(1, other)].every(Boolean)
      calm = isCalm ? calm + 1 : 0
    }
  }
}

const seldom = fc.integer({ min: 0, max: 7 }).map((roll) => roll === 7)
const id = fc.nat({ max: 2 })
const to = fc.option(fc.tuple(id, id), { freq: 3 })
const one: fc.Arbitrary<Write> = fc.record({
  name: fc.constantFrom(...names),
  id,
  to,
  refused: seldom,
  ahead: seldom,
})
const writes = fc.array(one, { minLength: 1, maxLength: 5 })
const at = fc.constantFrom(0 as const, 1 as const)
const fault = fc.constantFrom<Fault>('none', 'none', 'lost', 'unsent', 'unapplied', 'no rows')
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ at, one, do: fc.constant('write' as const) }), weight: 8 },
  { arbitrary: fc.record({ at, one, do: fc.constant('transact' as const), writes }), weight: 4 },
  { arbitrary: fc.record({ at, one, do: fc.constant('sync' as const), fault }), weight: 5 },
  { arbitrary: fc.record({ at, one, do: fc.constant('decide' as const), how: fc.nat({ max: 7 }) }), weight: 2 },
  { arbitrary: fc.record({ at, one, do: fc.constant('race' as const), writes }), weight: 2 },
  { arbitrary: fc.record({ at, one, do: fc.constantFrom('clear' as const, 'restart' as const) }), weight: 2 },
  { arbitrary: fc.record({ at, one, do: fc.constant('delete' as const), batch: fc.constantFrom(1, 3) }), weight: 1 },
)
const steps = fc.array(step, { minLength: 5, maxLength: 35, size: 'max' })

it('two devices and the server end as one, no reference ever led nowhere there, and every write ended once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(2, 8, 40), steps, async (operations, history) => {
      const world = new World(operations)
      for (const one of history) await world.play(one).catch(tolerate)
      await world.end()
      const { server, devices } = world
      expect(world.seen).toEqual([])
      expect(new Set(server.effects).size).toBe(server.effects.length)
      for (const device of devices) {
        const { pending, writes } = device.status()
        expect({ pending, ...writes }).toMatchObject({ pending: 0, quarantined: 0, parked: 0 })
        expect(accounted(device.status())).toBe(writes.accepted)
        for (const name of names) {
          const rows = await allOf(device)[name].readAll()
          expect(Object.fromEntries(rows.map((row) => [row.id, row]))).toEqual(server.all(name))
        }
        await device.client.dispose()
      }
    }),
    { numRuns: Number(process.env['RUNS'] ?? 60) },
  )
})
