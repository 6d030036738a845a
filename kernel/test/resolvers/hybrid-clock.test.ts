import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { conflicts } from '../../src/inbox/index.ts'
import { createSyncClient, type Env, type LocalStore, memoryStore, type Plugin, record } from '../../src/index.ts'
import { type HybridClockOptions, hybridClock, lastWriteWins } from '../../src/resolvers/index.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet, virtualEnv } from '../support/virtual-env.ts'

interface Note {
  readonly id: string
  readonly a?: string
  readonly b?: string
  readonly stamp?: string
}

interface Options extends Partial<HybridClockOptions> {
  readonly env?: Env
  readonly store?: LocalStore
}

function device(server: TestServer, { env = virtualEnv(), store = memoryStore(), ...options }: Options = {}) {
  const clock = { offset: 0 }
  const own: Env = { ...env, now: () => env.now() + clock.offset }
  const collections = { notes: record<Note>(), other: record<Note>() }
  const client = createSyncClient({
    collections,
    remote: server.adapter(),
    store,
    sync: 'manual',
    env: own,
    use: [hybridClock({ field: 'stamp', ...options }) as Plugin<typeof collections>],
    conflict: { notes: lastWriteWins({ by: 'stamp', now: () => own.now() }) },
  })
  const sync = async (): Promise<void> => {
    await client.synchronize()
    await quiet()
  }
  const stampOf = async (id = 'x'): Promise<string> => (await client.collections.notes.read(id))?.stamp ?? ''
  return { client, clock, ...client.collections, sync, stampOf }
}

type Device = ReturnType<typeof device>

async function settle(devices: readonly Device[]): Promise<void> {
  for (let round = 0; round < 8; round += 1) for (const { sync } of devices) await sync()
}

interface Step {
  readonly who: number
  readonly what: string
  readonly by: number
}

async function play({ notes, sync, clock }: Device, { what, by }: Step, turn: number): Promise<void> {
  if (what === 'sync') await sync()
  else if (what === 'jump') clock.offset += by
  else if (what === 'delete') await notes.delete('x')
  else if (await notes.read('x')) await notes.update('x', { [what]: `${turn}` })
  else await notes.create({ id: 'x', a: `${turn}` })
}

/** Plays a history, decides what waits for a person, and looks whether all hold the same rows. */
async function agree(steps: readonly Step[]): Promise<void> {
  const server = new TestServer()
  const devices = [device(server), device(server), device(server)]
  for (const [turn, step] of steps.entries()) await play(devices[step.who] as Device, step, turn)
  for (const { client, sync } of [...devices, ...devices, ...devices, ...devices]) {
    await sync()
    const inbox = conflicts(client)
    for (const { id } of inbox.getSnapshot() ?? []) await inbox.resolve(id, 'local')
  }
  await settle(devices)
  for (const { notes, client } of devices) {
    expect(Object.fromEntries((await notes.readAll()).map((row) => [row.id, row]))).toEqual(server.all('notes'))
    expect(client.status.getSnapshot()?.pending).toBe(0)
    await client.dispose()
  }
}

const start = 1_800_000_000_000
const msOf = (stamp: string): number => Number.parseInt(stamp.slice(0, 12), 16)

describe('hybridClock', () => {
  it('stamps every write that changes something, near the clock and later each time', async () => {
    const { client, notes, other, clock, stampOf } = device(new TestServer())
    const { stamp = '' } = await notes.create({ id: 'x', a: '1', stamp: 'forged' })
    expect(stamp).toMatch(/^[0-9a-f]{12}-0000-[0-9a-f]{16}$/)
    expect(msOf(stamp)).toBe(start)
    const stamps = [stamp]
    for (const b of ['1', '2', '3']) stamps.push((await notes.update('x', { b })).stamp ?? '')
    stamps.push((await notes.save({ id: 'x', a: '2' })).stamp ?? '')
    clock.offset = 7
    stamps.push((await notes.update('x', { a: '3' })).stamp ?? '')
    expect(stamps).toEqual([...stamps].sort())
    expect(new Set(stamps).size).toBe(6)
    expect(msOf(stamps.at(-1) ?? '')).toBe(start + 7)
    const accepted = client.status.getSnapshot()?.writes.accepted
    await notes.save({ id: 'x', a: '3' })
    expect(client.status.getSnapshot()?.writes.accepted).toBe(accepted)
    expect(await stampOf()).toBe(stamps.at(-1))
    expect((await other.createMany([{ id: 'y' }]))[0]?.stamp).toMatch(/-/)
  })

  it('leaves other collections alone where it is told its own', async () => {
    const { notes, other } = device(new TestServer(), { collections: ['notes'] })
    expect(await other.create({ id: 'x', a: '1' })).toEqual({ id: 'x', a: '1' })
    expect(await other.update('x', { a: '2' })).toEqual({ id: 'x', a: '2' })
    expect((await notes.create({ id: 'x' })).stamp).toBeDefined()
  })

  it('never goes back while the clock does', async () => {
    const { notes, clock } = device(new TestServer())
    const stamps = [(await notes.create({ id: 'x' })).stamp ?? '']
    for (const [turn, offset] of [-1, -3_600_000, 5, -86_400_000, 4].entries()) {
      clock.offset = offset
      stamps.push((await notes.update('x', { a: `${turn}` })).stamp ?? '')
    }
    expect(stamps).toEqual([...stamps].sort())
    expect(new Set(stamps).size).toBe(stamps.length)
  })

  it('goes on past the end of its counter', async () => {
    const server = new TestServer()
    server.write('notes', 'x', {
      id: 'x',
      stamp: `${(start + 9).toString(16).padStart(12, '0')}-ffff-00000000000000aa`,
    })
    const { notes, sync } = device(server)
    await sync()
    const { stamp = '' } = await notes.update('x', { a: '1' })
    expect(stamp.slice(0, 17)).toBe(`${(start + 10).toString(16).padStart(12, '0')}-0000`)
  })

  it('stamps after what it has seen from devices with faster clocks, up to the drift', async () => {
    const server = new TestServer()
    const [fast, slow] = [device(server), device(server)]
    fast.clock.offset = 200_000
    await fast.notes.create({ id: 'x', a: '1' })
    await settle([fast, slow])
    const before = await slow.stampOf()
    await slow.notes.create({ id: 'y' })
    expect(msOf(await slow.stampOf('y'))).toBe(start + 200_000)
    await slow.notes.update('x', { a: '2' })
    expect((await slow.stampOf()) > before).toBe(true)
  })

  it('stamps after what a verdict told of', async () => {
    const server = new TestServer()
    const { notes, sync, stampOf } = device(server)
    await notes.create({ id: 'x' })
    await sync()
    await notes.update('x', { a: '1' })
    const ahead = `${(start + 200_000).toString(16).padStart(12, '0')}-0000-00000000000000aa`
    server.beforePush = once(() => server.edit('notes', 'x', { b: 'theirs', stamp: ahead }))
    await sync()
    await notes.create({ id: 'y' })
    expect((await stampOf('y')) > ahead).toBe(true)
  })

  it('does not follow a clock beyond the drift, nor text that is no stamp [F43]', async () => {
    const server = new TestServer()
    for (const [at, stamp] of [
      new Date(start + 300_001).toISOString(),
      'ffffffffffff-ffff-ffffffffffffffff',
      'x',
      1e30,
      {},
    ].entries()) {
      server.write('notes', `n${at}`, { id: `n${at}`, stamp } as never)
    }
    const { notes, sync } = device(server)
    await sync()
    for (const { id } of await notes.readAll()) {
      expect(msOf((await notes.update(id, { a: '1' })).stamp ?? '')).toBe(start)
    }
  })

  it('stamps after what it changes also after a restart with a clock that went back', async () => {
    const server = new TestServer()
    const store = new Disk()
    const first = device(server, { store })
    await first.notes.create({ id: 'x', a: '1' })
    const before = await first.stampOf()
    await first.client.dispose()
    const second = device(server, { store })
    second.clock.offset = -200_000
    await second.notes.update('x', { a: '2' })
    expect((await second.stampOf()) > before).toBe(true)
  })

  it('makes no conflict of changes to different fields, and keeps the later stamp', async () => {
    const server = new TestServer()
    const [one, two] = [device(server), device(server)]
    await one.notes.create({ id: 'x' })
    await settle([one, two])
    one.clock.offset = 1000
    await one.notes.update('x', { a: 'one' })
    await two.notes.update('x', { b: 'two' })
    const later = await one.stampOf()
    await settle([one, two])
    expect(server.record('notes', 'x')).toEqual({ id: 'x', a: 'one', b: 'two', stamp: later })
  })

  it('with lastWriteWins: the later write wins, whoever reaches the server first', async () => {
    const outcome = async (skew: number, order: readonly [number, number]): Promise<unknown> => {
      const server = new TestServer()
      const devices = [
        device(server, { env: virtualEnv({ seed: 901 }) }),
        device(server, { env: virtualEnv({ seed: 902 }) }),
      ]
      await devices[0]?.notes.create({ id: 'x', a: 'base' })
      await settle(devices)
      for (const [at, { notes, clock }] of devices.entries()) {
        clock.offset = 1000 + at * skew
        await notes.update('x', { a: `from ${at}`, [at === 0 ? 'b' : 'c']: 'own' })
      }
      for (const at of order) await devices[at]?.sync()
      await settle(devices)
      for (const { notes, client } of devices) {
        expect(await notes.read('x')).toEqual(server.record('notes', 'x'))
        await client.dispose()
      }
      return server.record('notes', 'x')
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -200_000, max: 200_000 }), async (skew) => {
        const first = await outcome(skew, [0, 1])
        expect(await outcome(skew, [1, 0])).toEqual(first)
        expect(first).toMatchObject({ b: 'own', c: 'own' })
        if (skew !== 0) expect(first).toMatchObject({ a: skew > 0 ? 'from 1' : 'from 0' })
      }),
      { numRuns: 40, examples: [[0], [1], [-1]] },
    )
  })

  it('brings devices with clocks that run apart and jump to the same rows', async () => {
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('a', 'b', 'sync', 'sync', 'delete', 'jump'),
      by: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    })
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), agree), { numRuns: 80 })
  })

  it.each([
    [undefined, 'takes an object'],
    [{}, 'field must be'],
    [{ field: '' }, 'field must be'],
    [{ field: 'x', maxDriftMs: Number.NaN }, 'maxDriftMs'],
    [{ field: 'x', collections: {} }, 'collections'],
    [{ field: 'x', node: 'me' }, 'has no "node"'],
  ])('refuses %o', (options, why) => {
    expect(() => hybridClock(options as never)).toThrow(why)
    expect(() => hybridClock(options as never)).toThrow('[SYNC_CONFIG_INVALID]')
  })
})
