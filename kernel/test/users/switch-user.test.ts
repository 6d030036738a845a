import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { switchUser } from '../../src/users/index.ts'
import { type Device, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'

const titles = async ({ tasks }: Pick<Device, 'tasks'>): Promise<readonly string[]> =>
  (await tasks.readAll()).map(({ title }) => title)

describe('switchUser', () => {
  it('shows the other user’s data through the same collections and Watches, without a moment of mixed data', async () => {
    const server = new TestServer()
    const scene = device(server, { user: 'ann' })
    await scene.tasks.create({ id: 'a', title: 'of ann' })
    const seen: (readonly string[])[] = []
    scene.tasks.watchAll().subscribe((rows) => seen.push(rows.map(({ title }) => title)))
    await switchUser(scene.client, 'ben')
    expect(await titles(scene)).toEqual([])
    await scene.tasks.create({ id: 'b', title: 'of ben' })
    await switchUser(scene.client, 'ann')
    expect(await titles(scene)).toEqual(['of ann'])
    await switchUser(scene.client, 'ben')
    await switchUser(scene.client, undefined)
    expect(await titles(scene)).toEqual([])
    expect(seen).toEqual([['of ann'], [], ['of ben'], ['of ann'], ['of ben'], []])
  })

  it('names the user of the session in every call', async () => {
    const server = new TestServer()
    const scene = device(server, { user: 'ann' })
    await scene.tasks.create({ id: 'a', title: 'of ann' })
    await switchUser(scene.client, 'ben')
    await scene.sync()
    expect(server.sent).toEqual([])
    await switchUser(scene.client, 'ann')
    await scene.sync()
    expect(new Set(server.contexts.map(({ user }) => user))).toEqual(new Set(['ben', 'ann']))
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'of ann' })
  })

  it('refuses writes, syncs and waits of nobody, and shows it', async () => {
    const scene = device(new TestServer(), { user: 'ann', store: memoryStore() })
    await scene.tasks.create({ id: 'a', title: 'of ann' })
    await switchUser(scene.client, undefined)
    const refused = { code: 'SYNC_AUTH_REQUIRED', retry: 'afterAuth' }
    await expect(scene.tasks.create({ title: 'lost?' })).rejects.toMatchObject(refused)
    await expect(scene.tasks.createMany([{ title: 'lost?' }])).rejects.toMatchObject(refused)
    await expect(scene.sync()).rejects.toMatchObject(refused)
    await expect(scene.tasks.settled('a')).rejects.toMatchObject(refused)
    expect(scene.status()).toMatchObject({ state: 'authRequired', pending: 0, error: refused })
    await switchUser(scene.client, 'ann')
    expect(await titles(scene)).toEqual(['of ann'])
  })
})
