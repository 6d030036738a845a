import { expect, it } from 'vitest'
import type { StoreEntry, StoreTable } from '../../src/index.ts'
import { apart, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

/** What a disk holds now, on another one: what is left of it when its last commits never reach the medium. */
async function copyOf(disk: Disk): Promise<Disk> {
  const copy = new Disk()
  const open = await copy.open({ namespace: 'u-' })
  const entries = (['meta', 'base', 'op'] satisfies StoreTable[]).flatMap((table) =>
    [...disk.values('u-', table)].map(([key, value]) => ({ table, key, value }) as StoreEntry),
  )
  await open.commit(entries, 0)
  await open.close()
  return copy
}

it('a write made after a power loss is never answered with the end of one that the loss took away [F58]', async () => {
  const server = new TestServer()
  const disk = new Disk()
  const before = device(server, { store: disk })
  await before.tasks.create({ id: 'a', title: 'a', n: 0 })
  await before.sync()
  const old = await copyOf(disk)
  // On the server, and then gone from here.
  await before.tasks.update('a', { n: 1 })
  await before.tasks.create({ id: 'b', title: 'lost' })
  await before.sync()
  await before.client.dispose()
  const after = device(server, { store: old })
  expect(await after.tasks.read('a')).toMatchObject({ n: 0 })
  await after.tasks.update('a', { title: 'new' })
  await after.tasks.create({ id: 'c', title: 'c' })
  await after.sync()
  await after.sync()
  expect(server.all('tasks')).toEqual({
    a: { id: 'a', title: 'new', n: 1 },
    b: { id: 'b', title: 'lost' },
    c: { id: 'c', title: 'c' },
  })
  expect(new Set(server.effects).size).toBe(5)
  expect((await after.tasks.readAll()).map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  expect(after.status()).toMatchObject({ pending: 0, writes: { quarantined: 0, parked: 0 } })
})

/** The ids that were sent with more than one payload. */
function reusedAt({ sent }: TestServer): readonly string[] {
  const payloads = new Map<string, Set<string>>()
  for (const { opId, kind, expected, change } of sent) {
    const known = payloads.get(opId) ?? new Set()
    payloads.set(opId, known.add(JSON.stringify([kind, expected, change])))
  }
  return [...payloads].flatMap(([opId, { size }]) => (size > 1 ? [opId] : []))
}

it('an id that went out before a power loss is not given to another payload after it', async () => {
  const server = new TestServer()
  const disk = new Disk()
  const before = device(server, { store: disk })
  await before.tasks.create({ id: 'a', title: 'a' })
  await before.tasks.update('a', { title: 'mine' }, apart('a'))
  const old = await copyOf(disk)
  // The second one learns its version, and goes out: nothing of that reaches the medium.
  await before.sync()
  await before.client.dispose()
  server.edit('tasks', 'a', { title: 'theirs' })
  const after = device(server, { store: old })
  await after.sync()
  await after.sync()
  expect(reusedAt(server)).toEqual([])
  expect(after.status()).toMatchObject({ pending: 0, writes: { quarantined: 0 } })
})

it('a write that was put on a newer row before a power loss has another id there than before', async () => {
  const server = new TestServer()
  const disk = new Disk()
  server.write('tasks', 'a', { id: 'a', title: 'theirs' })
  const before = device(server, { store: disk })
  await before.tasks.create({ id: 'a', title: 'mine' })
  const old = await copyOf(disk)
  // Sent as an update of the row that is there: nothing of that reaches the medium.
  await before.sync()
  await before.client.dispose()
  expect(server.sent.map(({ kind }) => kind)).toEqual(['update'])
  server.write('tasks', 'a', null)
  const after = device(server, { store: old })
  await after.sync()
  await after.sync()
  expect(server.sent.length).toBeGreaterThan(1)
  expect(reusedAt(server)).toEqual([])
})
