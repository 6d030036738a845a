import { describe, expect, it } from 'vitest'
import { conflicts, quarantine } from '../src/inbox/index.ts'
import { createSyncClient, memoryStore, type RemoteAdapter, record } from '../src/index.ts'
import { accounted, type DeviceOptions, device, type Scene, synced } from './support/device.ts'
import { never, once, TestServer } from './support/server.ts'
import { quiet, virtualEnv } from './support/virtual-env.ts'

const strategy = 'remoteFirst'
const unapplied = [{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }] as const

/** A device whose write is on its way, and does not end. */
async function stuck(options: DeviceOptions = {}): Promise<Scene & { readonly write: Promise<unknown> }> {
  const scene = await synced({ requestTimeoutMs: 500, ...options })
  scene.server.beforePush = () => never()
  const write = scene.tasks.update('a', { title: 'x' }, { strategy })
  write.catch(() => {})
  await quiet()
  return { ...scene, write }
}

describe('a write that goes to the server first', () => {
  it('resolves when it has taken effect there, whatever kind it is', async () => {
    const { tasks, server, status } = await synced()
    await tasks.create({ id: 'n', title: 'new' }, { strategy })
    expect(server.record('tasks', 'n')).toEqual({ id: 'n', title: 'new' })
    await tasks.save({ id: 'n', title: 'saved' }, { strategy })
    expect(server.record('tasks', 'n')).toEqual({ id: 'n', title: 'saved' })
    expect(await tasks.update('a', { title: 'x' }, { strategy })).toEqual({ id: 'a', title: 'x', n: 0 })
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'x' })
    await tasks.delete('n', { strategy })
    expect(server.record('tasks', 'n')).toBeNull()
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 4, applied: 4 } })
  })

  it('goes with the writes that waited before it', async () => {
    const { tasks, server } = await synced()
    await tasks.update('a', { n: 1 })
    await tasks.update('a', { title: 'x' }, { strategy })
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'x', n: 1 })
  })

  it('is refused offline, and nothing is stored', async () => {
    const { tasks, env, status } = await synced()
    env.setOnline(false)
    const write = tasks.update('a', { title: 'x' }, { strategy })
    await expect(write).rejects.toMatchObject({ code: 'SYNC_NETWORK', retry: 'safe' })
    expect(await tasks.read('a')).toMatchObject({ title: 'base' })
    expect(status().writes.accepted).toBe(0)
  })

  it('is refused without a remote, and nothing is stored', async () => {
    const { collections, dispose } = createSyncClient({ collections: { tasks: record<{ id: string }>() } })
    await expect(collections.tasks.create({ id: 'a' }, { strategy })).rejects.toMatchObject({
      code: 'SYNC_UNSUPPORTED',
    })
    expect(await collections.tasks.readAll()).toEqual([])
    await dispose()
  })

  it('throws the reason of a refusal, and lies in quarantine', async () => {
    const { tasks, client } = await synced()
    const write = tasks.update('a', { forbidden: true }, { strategy })
    await expect(write).rejects.toMatchObject({ code: 'SYNC_FORBIDDEN' })
    expect(quarantine(client).getSnapshot()).toMatchObject([{ recordId: 'a', reason: { code: 'SYNC_FORBIDDEN' } }])
    expect(await tasks.read('a')).toMatchObject({ title: 'base' })
  })

  it('throws that its condition does not hold on the server', async () => {
    const { tasks, server } = await synced()
    server.beforePush = once(() => {
      server.edit('tasks', 'a', { n: 5 })
    })
    const write = tasks.update('a', { title: 'x' }, { strategy, where: { n: 0 } })
    await expect(write).rejects.toMatchObject({ code: 'SYNC_CONDITION_FAILED' })
  })

  it('throws SYNC_CONFLICT where a person has to decide', async () => {
    const { tasks, server, client } = await synced({ resolver: () => 'ask' })
    server.edit('tasks', 'a', { title: 'theirs' })
    const write = tasks.update('a', { title: 'mine' }, { strategy })
    await expect(write).rejects.toMatchObject({ code: 'SYNC_CONFLICT' })
    expect(conflicts(client).getSnapshot()).toMatchObject([{ recordId: 'a' }])
  })

  it('waits for a resolver', async () => {
    const { tasks, server, client } = await synced({ resolver: async () => 'local' as const })
    await client.start()
    server.edit('tasks', 'a', { title: 'theirs' })
    await tasks.update('a', { title: 'mine' }, { strategy })
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'mine' })
  })

  it('throws SYNC_OUTCOME_UNKNOWN at the deadline; the write is there, and is sent later', async () => {
    const { tasks, server, env, status, sync, write } = await stuck()
    await env.advance(500)
    await expect(write).rejects.toMatchObject({ code: 'SYNC_OUTCOME_UNKNOWN', retry: 'unknown' })
    expect(status()).toMatchObject({ pending: 1 })
    expect(await tasks.read('a')).toMatchObject({ title: 'x' })
    server.beforePush = () => {}
    await sync()
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'x' })
    expect(server.effects.length).toBe(1)
  })

  it('throws SYNC_OUTCOME_UNKNOWN as soon as the cycle has failed', async () => {
    const { tasks, server, status } = await synced()
    server.beforePush = () => {
      throw new TypeError('fetch failed')
    }
    const write = tasks.update('a', { title: 'x' }, { strategy })
    await expect(write).rejects.toMatchObject({ code: 'SYNC_OUTCOME_UNKNOWN', cause: { message: /fetch failed/ } })
    expect(status()).toMatchObject({ pending: 1 })
  })

  it('throws SYNC_OUTCOME_UNKNOWN where the server keeps asking for another try', async () => {
    const { tasks, server, env } = await synced({ requestTimeoutMs: 500 })
    server.beforePush = () => unapplied
    const write = tasks.update('a', { title: 'x' }, { strategy })
    write.catch(() => {})
    await env.advance(500)
    await expect(write).rejects.toMatchObject({ code: 'SYNC_OUTCOME_UNKNOWN', cause: { code: 'SYNC_TIMEOUT' } })
  })

  it('is applied although the rest of the cycle failed', async () => {
    const { tasks, server } = await synced()
    await tasks.create({ id: 'slow', title: 'x' })
    server.afterPush = (verdicts, { operations }) =>
      verdicts.map((verdict, at) =>
        operations[at]?.id === 'slow'
          ? { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_RATE_LIMITED' } }
          : verdict,
      )
    await tasks.update('a', { title: 'x' }, { strategy })
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'x' })
  })

  it('ends its wait with the signal and with the client; the write stays', async () => {
    const controller = new AbortController()
    const scene = await stuck()
    const { tasks, client, write, status } = scene
    const other = tasks.create({ id: 'b', title: 'b' }, { strategy, signal: controller.signal })
    await quiet()
    controller.abort()
    await expect(other).rejects.toMatchObject({ code: 'SYNC_OUTCOME_UNKNOWN', cause: { code: 'SYNC_ABORTED' } })
    await expect(tasks.create({ id: 'c', title: 'c' }, { strategy, signal: controller.signal })).rejects.toMatchObject({
      code: 'SYNC_ABORTED',
    })
    expect(status()).toMatchObject({ pending: 2, writes: { accepted: 2 } })
    expect(accounted(status())).toBe(2)
    await client.dispose()
    await expect(write).rejects.toMatchObject({ code: 'SYNC_OUTCOME_UNKNOWN' })
  })

  it('holds up no later write of its record', async () => {
    const { tasks } = await stuck()
    expect(await tasks.update('a', { n: 7 })).toMatchObject({ title: 'x', n: 7 })
  })

  it('survives the process when its outcome is not known', async () => {
    const store = memoryStore()
    const { client, server } = await stuck({ store })
    await client.dispose()
    server.beforePush = () => {}
    const next = device(server, { store })
    await next.sync()
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'x' })
  })

  it.each(['', 'remote', 'RemoteFirst', null, 7, {}, ['remoteFirst'], Symbol('x')])(
    'is none for the strategy %o, which is refused',
    async (wrong) => {
      const { tasks, status } = await synced()
      const options = { strategy: wrong } as never
      await expect(tasks.update('a', { title: 'x' }, options)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
      expect(status().writes.accepted).toBe(0)
    },
  )

  it('is the same as localFirst by default and by name: stored at once, sent later', async () => {
    const { tasks, server } = await synced()
    await tasks.update('a', { n: 1 })
    await tasks.update('a', { n: 2 }, { strategy: 'localFirst' })
    expect(server.requests).toEqual([])
  })

  it('works on a client that syncs by itself', async () => {
    const server = new TestServer()
    const remote: RemoteAdapter = server.adapter()
    const { tasks } = device(server, { sync: 'auto', remote, env: virtualEnv() })
    await tasks.create({ id: 'a', title: 'x' }, { strategy })
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'x' })
  })
})
