import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import { createSyncClient, record, type SyncClient } from '@rowkeep/kernel'
import { timeoutMs } from '../served.ts'
import type { World } from './world.ts'

interface Note {
  readonly id: string
  readonly title: string
  readonly done?: boolean
}

const collections = { notes: record<Note>() }
type Device = SyncClient<typeof collections>

async function withDevices(world: World, use: (a: Device, b: Device) => Promise<void>): Promise<void> {
  const device = (): Device =>
    createSyncClient({
      collections,
      user: 'ada',
      remote: world.adapter(),
      env: world.env,
      sync: 'manual',
      requestTimeoutMs: timeoutMs,
    })
  const [a, b] = [device(), device()]
  try {
    await use(a, b)
  } finally {
    await Promise.all([a.dispose(), b.dispose()])
  }
}

async function settle(...devices: readonly Device[]): Promise<void> {
  for (let round = 0; round < 3; round += 1) for (const device of devices) await device.synchronize()
}

/** Lets them settle; then each has what the server has, and every write has ended well. */
async function mustAgree(world: World, wanted: readonly Note[], ...devices: readonly Device[]): Promise<void> {
  await settle(...devices)
  deepStrictEqual(await world.documents(), wanted)
  for (const { collections: own, status } of devices) {
    const notes = await own.notes.readAll()
    deepStrictEqual(
      notes.map((note) => ({ ...note })),
      wanted,
    )
    const { pending, writes } = status.getSnapshot() ?? {}
    deepStrictEqual([pending, writes?.quarantined, writes?.parked], [0, 0, 0])
  }
}

const agreeOnAll = (world: World): Promise<void> =>
  withDevices(world, async (a, b) => {
    for (const id of ['n1', 'n2', 'n3']) await a.collections.notes.create({ id, title: `${id} of a` })
    await settle(a, b)
    await a.collections.notes.delete('n1')
    await b.collections.notes.update('n2', { title: 'changed by b' })
    await b.collections.notes.create({ id: 'n4', title: 'of b' })
    const wanted = [
      { id: 'n2', title: 'changed by b' },
      { id: 'n3', title: 'n3 of a' },
      { id: 'n4', title: 'of b' },
    ]
    await mustAgree(world, wanted, a, b)
  })

const mergeApart = (world: World): Promise<void> =>
  withDevices(world, async (a, b) => {
    await a.collections.notes.create({ id: 'n1', title: 'one', done: false })
    await settle(a, b)
    await a.collections.notes.update('n1', { title: 'by a' })
    await b.collections.notes.update('n1', { done: true })
    await mustAgree(world, [{ id: 'n1', title: 'by a', done: true }], a, b)
  })

const loseNothing = (world: World): Promise<void> =>
  withDevices(world, async (a, b) => {
    const lost = async (): Promise<void> => {
      world.loseAnswers(1)
      // The cycle fails with the answer; that the write was sent again is seen below.
      await a.synchronize().catch(() => undefined)
    }
    await a.collections.notes.create({ id: 'n1', title: 'one' })
    await lost()
    await a.collections.notes.update('n1', { title: 'two' })
    await lost()
    await mustAgree(world, [{ id: 'n1', title: 'two' }], a, b)
    strictEqual(a.status.getSnapshot()?.writes.accepted, 2)
    await a.collections.notes.delete('n1')
    await lost()
    await mustAgree(world, [], a, b)
  })

/** Two devices of one user, through the kernel. */
export const deviceChecks: readonly (readonly [what: string, (world: World) => Promise<void>])[] = [
  ['two devices agree after creates, updates and deletions of both', agreeOnAll],
  ['two devices that changed one record apart have both changes', mergeApart],
  ['no write is lost where answers are', loseNothing],
]
