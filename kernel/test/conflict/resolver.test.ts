import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { conflicts } from '../../src/inbox/index.ts'
import { type Conflict, createSyncClient, type Resolution, type Resolver, record } from '../../src/index.ts'
import { type Device, type DeviceOptions, device, type Task } from '../support/device.ts'
import { never, once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet, until, virtualEnv } from '../support/virtual-env.ts'

type Scene = Device & { readonly server: TestServer; readonly asked: readonly Conflict<Task>[] }

/** A device whose `title` of row `a` conflicts, and whose `done` and `n` do not, as soon as it syncs. */
async function conflicting(resolver: Resolver<Task>, options: DeviceOptions = {}): Promise<Scene> {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'base', n: 0 })
  const asked: Conflict<Task>[] = []
  const spy: Resolver<Task> = (conflict) => {
    asked.push(conflict)
    return resolver(conflict)
  }
  const made = device(server, { ...options, resolver: spy })
  await made.sync()
  await made.tasks.update('a', { title: 'mine', done: true })
  server.edit('tasks', 'a', { title: 'theirs', n: 5 })
  return { ...made, server, asked }
}

/** Syncs until the resolver has been asked and its answer is on the server. */
async function settle({ sync, status }: Device): Promise<void> {
  await sync()
  await until(() => status().writes.parked + status().writes.applied > 0 || status().pending > 0)
  for (let turn = 0; turn < 3; turn += 1) await sync()
}

describe('a resolver', () => {
  it('gets base, local and remote, frozen, and the fields in question [F47]', async () => {
    const scene = await conflicting(() => 'local')
    await settle(scene)
    expect(scene.asked).toEqual([
      {
        base: { id: 'a', title: 'base', n: 0 },
        local: { id: 'a', title: 'mine', n: 0, done: true },
        remote: { id: 'a', title: 'theirs', n: 5 },
        fields: ['title'],
      },
    ])
    const [conflict] = scene.asked
    for (const part of [conflict, conflict?.base, conflict?.local, conflict?.remote, conflict?.fields]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    expect(scene.heard('conflict:detected')).toEqual([{ collection: 'tasks', id: 'a', fields: ['title'] }])
  })

  it.each<[string, Resolution<Task>, string]>([
    ['local', 'local', 'mine'],
    ['remote', 'remote', 'theirs'],
    ['a record, read at the fields in question only,', { id: 'a', title: 'both', n: 99, done: false }, 'both'],
    ['a record, whatever its key says,', { id: 'b', title: 'both' }, 'both'],
  ])('decides with %s the fields in question; the others merge', async (_, answer, title) => {
    const scene = await conflicting(() => answer)
    await settle(scene)
    const merged = { id: 'a', title, n: 5, done: true }
    expect([scene.server.record('tasks', 'a'), await scene.tasks.read('a')]).toEqual([merged, merged])
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
    expect(scene.asked).toHaveLength(1)
  })

  it('can remove a field in question by leaving it out', async () => {
    const scene = await conflicting(() => ({ id: 'a' }) as Task)
    await settle(scene)
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', n: 5, done: true })
  })

  it('can delete the record', async () => {
    const scene = await conflicting(() => 'delete')
    await settle(scene)
    expect([scene.server.record('tasks', 'a'), await scene.tasks.read('a')]).toEqual([null, undefined])
    expect(scene.status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
  })

  it('can ask a person', async () => {
    const scene = await conflicting(() => 'ask')
    await settle(scene)
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([{ recordId: 'a', fields: ['title'] }])
    expect(scene.status()).toMatchObject({ pending: 0, writes: { parked: 1 } })
  })

  it('is asked about deletions with one side null and no fields', async () => {
    const scene = await conflicting(() => 'remote')
    scene.server.write('tasks', 'a', null)
    await settle(scene)
    expect(scene.asked).toMatchObject([{ local: { title: 'mine' }, remote: null, fields: [] }])
    expect(await scene.tasks.read('a')).toBeUndefined()
    expect(scene.status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
  })

  it('revives a deleted record with its answer', async () => {
    const scene = await conflicting(({ local }) => ({ ...(local as Task), title: 'revived' }))
    scene.server.write('tasks', 'a', null)
    await settle(scene)
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'revived', n: 0, done: true })
    expect(scene.server.sent.at(-1)).toMatchObject({ kind: 'create', expected: null })
  })

  it('is not asked where there is nothing to decide', async () => {
    const scene = await conflicting(() => 'ask')
    scene.server.edit('tasks', 'a', { title: 'mine' })
    await settle(scene)
    expect(scene.asked).toEqual([])
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine', n: 5, done: true })
  })
})

describe('a resolver that takes its time', () => {
  it('holds up nothing but its record', async () => {
    let answer = (_: Resolution<Task>): void => {}
    const scene = await conflicting(() => new Promise((resolve) => (answer = resolve)))
    scene.server.write('tasks', 'b', { id: 'b', title: 'b' })
    await scene.tasks.create({ id: 'c', title: 'c' })
    await scene.sync()
    expect(await scene.tasks.read('b')).toBeTruthy()
    expect(scene.server.record('tasks', 'c')).toBeTruthy()
    expect(scene.server.sent.filter(({ id }) => id === 'a')).toEqual([])
    expect(await scene.tasks.read('a')).toEqual({ id: 'a', title: 'mine', n: 0, done: true })
    answer('remote')
    await until(() => scene.status().pending === 1)
    await settle(scene)
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'theirs', n: 5, done: true })
  })

  it('is asked again for the newer row that came meanwhile', async () => {
    const answers: ((answer: Resolution<Task>) => void)[] = []
    const scene = await conflicting(() => new Promise((resolve) => answers.push(resolve)))
    await scene.sync()
    scene.server.edit('tasks', 'a', { title: 'theirs, later' })
    await scene.sync()
    answers[0]?.('remote')
    await until(() => answers.length === 2, 'the second question')
    expect(scene.asked[1]).toMatchObject({ base: { title: 'base' }, remote: { title: 'theirs, later' } })
    expect(scene.server.sent).toEqual([])
    answers[1]?.({ id: 'a', title: 'decided' })
    await until(() => scene.status().pending === 1)
    await settle(scene)
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'decided', n: 5, done: true })
  })

  it('is asked again when the app wrote meanwhile, and loses none of it', async () => {
    const answers: ((answer: Resolution<Task>) => void)[] = []
    const scene = await conflicting(() => new Promise((resolve) => answers.push(resolve)))
    await scene.sync()
    await scene.tasks.update('a', { title: 'mine, later', tags: ['new'] })
    answers[0]?.('local')
    await until(() => answers.length === 2, 'the second question')
    expect(scene.asked[1]).toMatchObject({ local: { title: 'mine, later', tags: ['new'] } })
    answers[1]?.('local')
    await settle(scene)
    expect(scene.server.record('tasks', 'a')).toEqual({
      id: 'a',
      title: 'mine, later',
      n: 5,
      done: true,
      tags: ['new'],
    })
    expect(scene.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
  })

  it('is asked again after a restart', async () => {
    const store = new Disk()
    const scene = await conflicting(() => never(), { store })
    await scene.sync()
    await until(() => scene.asked.length === 1)
    const again = device(scene.server, { store, resolver: () => 'remote', sync: 'auto' })
    await again.tasks.count()
    await again.env.advance(5000)
    expect(scene.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'theirs', n: 5, done: true })
    expect(again.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  it('is asked about ten times at the most when each time a newer row comes, then a person is', async () => {
    const server = new TestServer()
    let round = 0
    const newer = async (): Promise<'local'> => {
      round += 1
      server.edit('tasks', 'a', { title: `theirs ${round}` })
      server.tell({ kind: 'data', changes: [server.row('tasks', 'a')] })
      await quiet()
      return 'local'
    }
    const { client, env, tasks, status } = device(server, { remote: server.adapter({ live: 'data' }), resolver: newer })
    server.write('tasks', 'a', { id: 'a', title: 'base' })
    await client.start()
    await env.advance(5000)
    server.beforePush = once(() => server.edit('tasks', 'a', { title: 'theirs' }))
    await tasks.update('a', { title: 'mine' })
    await env.advance(5000)
    await until(() => (conflicts(client).getSnapshot()?.length ?? 0) > 0, 'the inbox')
    expect(round).toBeGreaterThan(1)
    expect(round).toBeLessThanOrEqual(11)
    expect(await tasks.read('a')).toMatchObject({ title: 'mine' })
    expect(status()).toMatchObject({ pending: 0, writes: { parked: 1 } })
  })
})

describe('a resolver that fails', () => {
  const junk = (answer: unknown) => () => answer as Resolution<Task>
  it.each<[string, Resolver<Task>]>([
    [
      'throws',
      () => {
        throw new Error('no idea')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no idea'))],
    ['answers undefined', junk(undefined)],
    ['answers an unknown word', junk('mine')],
    ['answers a number', junk(7)],
    ['answers a list', junk(['local'])],
    ['answers null', junk(null)],
    ['answers what is no JSON', junk({ id: 'a', title: new Date() })],
    [
      'changes what it was given',
      (conflict) => {
        ;(conflict.local as { title: string }).title = 'changed'
        return 'local'
      },
    ],
  ])('because it %s leaves the conflict to a person, and is told [F47]', async (_, resolver) => {
    const scene = await conflicting(resolver)
    await settle(scene)
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([
      { recordId: 'a', local: { title: 'mine' }, remote: { title: 'theirs' }, fields: ['title'] },
    ])
    expect(await scene.tasks.read('a')).toEqual({ id: 'a', title: 'mine', n: 0, done: true })
    expect(scene.heard('listener:failed')).toHaveLength(1)
    expect(scene.server.sent).toEqual([])
    expect(scene.status()).toMatchObject({ pending: 0, writes: { parked: 1 } })
  })

  it.each<[string, Resolver<Task>]>([
    ['of another record', junk({ id: 'b', title: 'revived' })],
    ['of no record', junk({ title: 'revived' })],
  ])('because it revives with the key %s leaves the conflict to a person', async (_, resolver) => {
    const scene = await conflicting(resolver)
    scene.server.write('tasks', 'a', null)
    await settle(scene)
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([{ recordId: 'a', remote: null, fields: [] }])
    expect(scene.server.sent).toEqual([])
  })

  it('because it hangs leaves the conflict to a person at the deadline [F47]', async () => {
    const scene = await conflicting(() => never(), { requestTimeoutMs: 5000 })
    await scene.sync()
    await scene.env.advance(4999)
    expect(conflicts(scene.client).getSnapshot()).toEqual([])
    await scene.env.advance(1)
    expect(conflicts(scene.client).getSnapshot()).toMatchObject([{ recordId: 'a' }])
    expect(scene.env.timers()).toBe(0)
  })

  it('harms no other record', async () => {
    const scene = await conflicting(() => {
      throw new Error('no idea')
    })
    await scene.tasks.create({ id: 'b', title: 'b' })
    await settle(scene)
    expect(scene.server.record('tasks', 'b')).toEqual({ id: 'b', title: 'b' })
    scene.server.beforePush = once(() => {})
    await scene.tasks.update('b', { n: 1 })
    await scene.sync()
    expect(scene.server.record('tasks', 'b')).toMatchObject({ n: 1 })
  })
})

it('that throws is told to whoever observes listener:failed, and harms nothing where nobody does', async () => {
  for (const observed of [true, false]) {
    const server = new TestServer()
    server.write('tasks', 'a', { id: 'a', title: 'a' })
    const env = virtualEnv()
    const client = createSyncClient({
      collections: { tasks: record<{ id: string; title: string }>() },
      remote: server.adapter(),
      env,
      sync: 'manual',
      conflict: {
        tasks: () => {
          throw new Error('resolver')
        },
      },
    })
    const failed: unknown[] = []
    if (observed) client.observe({ 'listener:failed': ({ error }) => failed.push(error) })
    await client.synchronize()
    server.edit('tasks', 'a', { title: 'theirs' })
    await client.collections.tasks.update('a', { title: 'mine' })
    await client.synchronize()
    await expect.poll(() => conflicts(client).getSnapshot()?.length).toBe(1)
    await env.advance(1000)
    expect(failed).toHaveLength(observed ? 1 : 0)
    await client.dispose()
  }
})

it('whose answer the schema refuses leaves the conflict to a person', async () => {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'a' })
  const client = createSyncClient({
    collections: { tasks: z.object({ id: z.string(), title: z.string().min(1) }) },
    remote: server.adapter(),
    sync: 'manual',
    conflict: { tasks: () => ({ id: 'a', title: '' }) },
  })
  await client.synchronize()
  server.edit('tasks', 'a', { title: 'theirs' })
  await client.collections.tasks.update('a', { title: 'mine' })
  await client.synchronize()
  await expect.poll(() => conflicts(client).getSnapshot()?.length).toBe(1)
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'theirs' })
  await client.dispose()
})
