import { describe, expect, it } from 'vitest'
import { conflicts } from '../../src/inbox/index.ts'
import { createSyncClient, record } from '../../src/index.ts'
import { clear } from '../../src/users/index.ts'
import { accounted, device, type Scene, synced } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

const titles = async ({ tasks }: Pick<Scene, 'tasks'>): Promise<readonly string[]> =>
  (await tasks.readAll()).map(({ title }) => title)

describe('clear', () => {
  it('empties the device and tells live queries; the next sync brings everything back', async () => {
    const scene = await synced()
    const seen: number[] = []
    scene.tasks.watchAll().subscribe((rows) => seen.push(rows.length))
    await clear(scene.client)
    expect(await titles(scene)).toEqual([])
    expect(scene.server.sent).toEqual([])
    await scene.sync()
    expect(await titles(scene)).toEqual(['base'])
    expect(seen).toEqual([1, 0, 1])
  })

  it('lists from the start, so that rows the feed told long ago come again', async () => {
    const scene = await synced()
    for (let n = 0; n < 12; n += 1) scene.server.write('tasks', `t${n}`, { id: `t${n}`, title: `${n}` })
    await scene.sync()
    await clear(scene.client)
    const asked: (string | null)[] = []
    scene.server.beforePull = ({ cursor }) => void asked.push(cursor)
    await scene.sync()
    expect(asked[0]).toBeNull()
    expect(await titles(scene)).toHaveLength(13)
  })

  it('refuses while a write waits, and removes nothing [F66]', async () => {
    const scene = await synced()
    await scene.tasks.create({ id: 'new', title: 'mine' })
    await expect(clear(scene.client)).rejects.toMatchObject({ code: 'SYNC_UNSYNCED', retry: 'never' })
    expect(await titles(scene)).toEqual(['base', 'mine'])
    await scene.sync()
    expect(scene.server.record('tasks', 'new')).toMatchObject({ title: 'mine' })
  })

  it('refuses while a conflict is parked', async () => {
    const scene = await synced()
    await scene.tasks.update('a', { title: 'mine' })
    scene.server.write('tasks', 'a', null)
    await scene.sync()
    expect(conflicts(scene.client).getSnapshot()).toHaveLength(1)
    await expect(clear(scene.client)).rejects.toMatchObject({ code: 'SYNC_UNSYNCED' })
    await clear(scene.client, { discardPending: true })
    expect(conflicts(scene.client).getSnapshot()).toEqual([])
    expect(scene.status().writes).toMatchObject({ accepted: 1, parked: 0, discarded: 1 })
  })

  it('gives up what waits where it is told to, and counts it', async () => {
    const scene = await synced()
    await scene.tasks.create({ id: 'new', title: 'mine' })
    await scene.tasks.update('a', { title: 'mine too' })
    await clear(scene.client, { discardPending: true })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 2, discarded: 2 } })
    expect(accounted(scene.status())).toBe(2)
    await scene.sync()
    expect(await titles(scene)).toEqual(['base'])
    expect(scene.server.sent).toEqual([])
  })

  it('is durable', async () => {
    const store = new Disk()
    const scene = await synced({ store })
    await clear(scene.client)
    await scene.client.dispose()
    const again = device(scene.server, { store })
    expect(await titles(again)).toEqual([])
  })

  it('goes on syncing where the client was', async () => {
    const scene = await synced()
    await scene.client.start()
    await scene.sync()
    await clear(scene.client)
    await expect.poll(async () => titles(scene)).toEqual(['base'])
  })

  it('holds against another tab in the middle of a run', async () => {
    const server = new TestServer()
    for (let n = 0; n < 12; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: `${n}` })
    const store = new Disk({ tabs: true })
    const [one, two] = [device(server, { store }), device(server, { store })]
    await one.tasks.readAll()
    const clearOnce = once(() => clear(two.client))
    // The first page is here: the other tab clears before the second is taken.
    server.beforePull = ({ cursor }) => (cursor === null ? undefined : clearOnce())
    await one.sync()
    expect(await titles(one)).toHaveLength(12)
  })

  it('holds against another tab in the middle of a run, also where a third began to list anew and went', async () => {
    const server = new TestServer()
    for (let n = 0; n < 12; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: `${n}` })
    const store = new Disk({ tabs: true, tells: true })
    const [one, two, three] = [device(server, { store }), device(server, { store }), device(server, { store })]
    await Promise.all([one.tasks.readAll(), two.tasks.readAll(), three.tasks.readAll()])
    // Two pages are here. The new listing gets its first page, and never the second.
    const interrupt = once(async () => {
      await clear(two.client)
      server.beforePull = ({ cursor }) => (cursor === null ? undefined : Promise.reject(new Error('gone')))
      await expect(three.sync()).rejects.toThrow('gone')
      server.beforePull = () => undefined
      return undefined
    })
    server.beforePull = ({ cursor }) => (cursor?.includes('"at":10') ? interrupt() : undefined)
    await one.sync().catch(() => undefined)
    await one.sync()
    expect(await titles(one)).toHaveLength(12)
  })

  it('clears also what another tab has brought and this one has not heard of', async () => {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'base' })
    const store = new Disk({ tabs: true })
    const [one, two] = [device(server, { store }), device(server, { store })]
    await two.tasks.readAll()
    await one.sync()
    await clear(two.client)
    expect(store.values('u-', 'base').size).toBe(0)
    expect([...store.values('u-', 'meta').keys()].filter((key) => key.startsWith('feed/'))).toEqual([])
  })

  it('works without a remote', async () => {
    const client = createSyncClient({ collections: { notes: record<{ id: string }>() } })
    await client.collections.notes.create({ id: 'a' })
    await expect(clear(client)).rejects.toMatchObject({ code: 'SYNC_UNSYNCED' })
    await clear(client, { discardPending: true })
    expect(await client.collections.notes.readAll()).toEqual([])
    await client.dispose()
    await expect(clear(client)).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
  })

  it('refuses what is no client, and options it does not know', async () => {
    await expect(clear({} as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    const scene = await synced()
    await scene.tasks.create({ id: 'w', title: 'waits' })
    for (const options of [{ discard: true }, { discardPending: 'no' }, { discardPending: 1 }, null, 5, 'all', []]) {
      await expect(clear(scene.client, options as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    }
    expect(scene.status()).toMatchObject({ pending: 1, writes: { discarded: 0 } })
  })
})
