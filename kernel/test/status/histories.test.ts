import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RecordState, recordState } from '../../src/diagnostics/index.ts'
import { type Status, SyncError } from '../../src/index.ts'
import type { Operation } from '../../src/model/stored.ts'
import { type Device, device } from '../support/device.ts'
import { never, TestServer } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { quiet, virtualEnv } from '../support/virtual-env.ts'

const pullIntervalMs = 20_000
const ids = ['a', 'b', 'c']

/** What happens in a history; `n` chooses among what there is. */
type Step = readonly [kind: keyof typeof steps, n: number]

interface World {
  readonly server: TestServer
  readonly disk: Disk
  readonly made: Device
  readonly store: ReturnType<typeof wrapStore>
  /** Faults that hold until they are mended. */
  readonly faults: Set<'pull' | 'push' | 'hang' | 'notes' | 'store' | 'timers' | 'auth'>
}

/** What of the wire decides whether all is in step: kept by the test itself, from the server's side. */
interface Wire {
  /** By collection: whether the last run that was asked for came to its last page. */
  readonly complete: Map<string, boolean>
  /** When every collection had last been completed, on the device's clock. */
  completeAt: number
}

const idOf = (n: number): string => ids[n % ids.length] as string

const toggle =
  (name: World['faults'] extends Set<infer F> ? F : never) =>
  ({ faults }: World) => {
    if (!faults.delete(name)) faults.add(name)
  }

const ignore = (promise: Promise<unknown>): void => {
  promise.catch(() => {})
}

const steps = {
  save: ({ made }: World, n: number) => ignore(made.tasks.save({ id: idOf(n), title: `mine ${n}` })),
  remove: ({ made }: World, n: number) => ignore(made.tasks.delete(idOf(n))),
  refused: ({ made }: World, n: number) => ignore(made.tasks.save({ id: idOf(n), title: 'x', forbidden: true })),
  theirs: ({ server }: World, n: number) => server.write('tasks', idOf(n), { id: idOf(n), title: `theirs ${n}` }),
  gone: ({ server }: World, n: number) => server.write('tasks', idOf(n), null),
  many: ({ server }: World, n: number) => {
    for (let at = 0; at < 12; at += 1) server.write('tasks', `t${at}`, { id: `t${at}`, title: `many ${n}` })
  },
  expire: ({ server }: World) => server.expire(),
  poke: ({ server }: World) => server.tell({ kind: 'poke' }),
  start: ({ made }: World) => ignore(made.client.start()),
  stop: ({ made }: World) => ignore(made.client.stop()),
  pause: ({ made }: World) => ignore(made.client.pause()),
  resume: ({ made }: World) => ignore(made.client.resume()),
  synchronize: ({ made }: World) => ignore(made.client.synchronize()),
  offline: ({ made }: World) => made.env.setOnline(false),
  online: ({ made }: World) => made.env.setOnline(true),
  turn: async () => {
    for (let at = 0; at < 7; at += 1) await Promise.resolve()
  },
  soon: ({ made }: World, n: number) => made.env.advance(n * 10),
  later: ({ made }: World, n: number) => made.env.advance(n * 500),
  pull: toggle('pull'),
  push: toggle('push'),
  hang: toggle('hang'),
  notes: toggle('notes'),
  store: toggle('store'),
  timers: toggle('timers'),
  auth: toggle('auth'),
}

function worldOf(seed: number): { readonly world: World; readonly wire: Wire } {
  const env = virtualEnv({ seed })
  const { setTimer } = env
  const faults: World['faults'] = new Set()
  Object.assign(env, {
    setTimer: (ms: number, run: () => void) => (faults.has('timers') ? () => {} : setTimer(ms, run)),
  })
  const disk = new Disk()
  const store = wrapStore(disk)
  const server = new TestServer()
  const wire: Wire = { complete: new Map(), completeAt: Number.NEGATIVE_INFINITY }
  const fault = (): void => {
    if (faults.has('auth')) throw new SyncError('SYNC_AUTH_REQUIRED')
  }
  store.beforeCommit = () => {
    if (faults.has('store')) throw new SyncError('SYNC_STORE_FULL')
  }
  server.beforePull = ({ feed }) => {
    for (const name of feed.collections) wire.complete.set(name, false)
    fault()
    if (faults.has('notes') && feed.collections.includes('notes')) throw new SyncError('SYNC_FORBIDDEN')
    if (faults.has('pull')) throw new SyncError('SYNC_NETWORK')
    return faults.has('hang') ? never() : undefined
  }
  server.afterPull = (page, { feed }) => {
    if (page.kind === 'expired' || page.more) return
    for (const name of feed.collections) wire.complete.set(name, true)
    if (wire.complete.get('tasks') && wire.complete.get('notes')) wire.completeAt = env.now()
  }
  server.beforePush = () => {
    fault()
    if (faults.has('push')) throw new SyncError('SYNC_NETWORK')
    return faults.has('hang') ? never() : undefined
  }
  server.afterPush = () => (faults.has('hang') ? never() : undefined)
  const remote = server.adapter({ feedSpan: 'collection' })
  const made = device(server, { env, store, remote, pullIntervalMs, requestTimeoutMs: 3000, retryMaxMs: 4000 })
  return { world: { server, disk, made, store, faults }, wire }
}

/** The operations on the disk: what waits, read from under the client. */
const stored = ({ disk }: World): readonly Operation[] => [...disk.values('u-', 'op').values()] as Operation[]

/** Why it would be a lie to say `synced` now; nothing where it is true. */
function lies({ made, server: _, ...rest }: World, { complete, completeAt }: Wire, status: Status): readonly string[] {
  const waits = stored({ made, server: _, ...rest }).filter(({ state }) => state === 'pending').length
  const age = made.env.now() - completeAt
  return [
    ...(waits > 0 ? [`${waits} operations wait`] : []),
    ...(status.pending > 0 ? ['it counts writes itself'] : []),
    ...['tasks', 'notes'].filter((name) => !complete.get(name)).map((name) => `the run of ${name} did not end`),
    ...(age >= 2 * pullIntervalMs ? [`the last pull is ${age} ms old`] : []),
    ...(status.forbidden.length > 0 ? ['a collection is forbidden'] : []),
    ...(status.error ? ['there is an error'] : []),
  ]
}

const allowed: Readonly<Record<Operation['state'], readonly RecordState['state'][]>> = {
  pending: ['pending', 'sending', 'failed'],
  parked: ['conflict'],
  quarantined: ['quarantined'],
}

/** What is said of a record, against what is on the disk. */
function checkRecord(world: World, id: string): void {
  const said = recordState(world.made.tasks, id).getSnapshot()
  if (!said) return
  const mine = stored(world).filter((op) => op.collection === 'tasks' && op.id === id)
  const strongest = (['parked', 'pending', 'quarantined'] as const).find((state) =>
    mine.some((op) => op.state === state),
  )
  const row = world.disk.values('u-', 'base').get(`tasks/${id}`) as { readonly record: object | null } | undefined
  const may = strongest ? allowed[strongest] : [row?.record ? 'synced' : 'absent']
  expect(may).toContain(said.state)
}

async function play(seed: number, history: readonly Step[]): Promise<void> {
  const { world, wire } = worldOf(seed)
  const { made, faults } = world
  // What a listener throws would only be told to observers.
  const wrong: unknown[] = []
  let last: Status | undefined
  made.client.status.subscribe((status) => {
    if (JSON.stringify(status) === JSON.stringify(last)) wrong.push('told twice')
    last = status
    if (status.state === 'synced') wrong.push(...lies(world, wire, status))
  })
  const follow = new Map<string, RecordState | undefined>()
  for (const id of ids) recordState(made.tasks, id).subscribe((state) => follow.set(id, state))
  await quiet()
  for (const [kind, n] of history) {
    await steps[kind](world, n)
    if (kind === 'turn') continue
    await quiet()
    expect(wrong, `before or in ${kind}`).toEqual([])
    const status = made.status()
    if (status.state === 'synced') expect(lies(world, wire, status), `after ${kind}`).toEqual([])
    for (const id of ids) {
      checkRecord(world, id)
      // Who listens knows as much as who looks.
      expect(follow.get(id)).toEqual(recordState(made.tasks, id).getSnapshot())
    }
  }
  // All is mended: so it gets there in the end, and says so.
  faults.clear()
  await made.client.resume()
  made.env.setOnline(true)
  // Where every timer was lost, that of the watchdog too, and nothing waits for it: only the app can start again.
  await made.client.stop()
  await made.client.start()
  await made.env.advance(200_000)
  expect(made.status()).toMatchObject({ state: 'synced', pending: 0 })
  expect(lies(world, wire, made.status())).toEqual([])
  expect(wrong).toEqual([])
  await made.client.dispose()
}

const kinds = Object.keys(steps) as (keyof typeof steps)[]
const histories = fc.array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 0, max: 100 })), {
  minLength: 5,
  maxLength: 40,
})

test('in any history synced is never a lie, each record is said to be what it is, and all is in step in the end [F10 F11]', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1e6 }), histories, (seed, history) => play(seed, history)),
    { numRuns: Number(process.env['FC_RUNS'] ?? 60) },
  )
}, 120_000)
