import { afterEach, describe, expect, it, test, vi } from 'vitest'
import { type RecordState, recordState } from '../../src/diagnostics/index.ts'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { SyncError } from '../../src/index.ts'
import { type Device, device, synced } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet } from '../support/virtual-env.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

interface Seen {
  readonly states: readonly RecordState['state'][]
  now(): RecordState | undefined
}

/** What is told of a record, in order. */
function watching({ tasks }: Pick<Device, 'tasks'>, id: string): Seen {
  const states: RecordState['state'][] = []
  const watch = recordState(tasks, id)
  let last: RecordState | undefined
  ends.push(
    watch.subscribe((value) => {
      // What is told twice shows as that; what a listener throws would only be told to observers.
      if (last?.state !== value.state || JSON.stringify(last) === JSON.stringify(value)) states.push(value.state)
      last = value
    }),
  )
  return { states, now: watch.getSnapshot }
}

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

describe('a record is', () => {
  it('absent, pending, sending, synced; and absent again once its deletion arrived', async () => {
    const made = device(new TestServer())
    const { states, now } = watching(made, 'a')
    await quiet()
    await made.tasks.create({ id: 'a', title: 'a' })
    expect(now()).toEqual({ state: 'pending', pending: 1, quarantined: 0 })
    await made.sync()
    await made.tasks.delete('a')
    await made.sync()
    expect(states).toEqual(['absent', 'pending', 'sending', 'synced', 'pending', 'sending', 'absent'])
  })

  it('failed, with the reason, the tries and the next one, until it is sent', async () => {
    const server = new TestServer()
    const made = device(server)
    const { states, now } = watching(made, 'a')
    await made.client.start()
    await made.env.advance(0)
    server.beforePush = lost
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.env.advance(0)
    expect(now()).toMatchObject({ state: 'failed', attempts: 1, error: { code: 'SYNC_NETWORK' } })
    const { nextAt = 0 } = now() ?? {}
    expect(nextAt).toBeGreaterThanOrEqual(made.env.now())
    await made.env.advance(nextAt - made.env.now())
    expect(now()).toMatchObject({ state: 'failed', attempts: 2 })
    server.beforePush = () => {}
    await made.env.advance(60_000)
    expect(now()).toEqual({ state: 'synced', pending: 0, quarantined: 0 })
    expect([...new Set(states)]).toEqual(['absent', 'pending', 'sending', 'failed', 'synced'])
  })

  it('failed by a verdict of its own, while others go through', async () => {
    const server = new TestServer()
    server.beforePush = once(({ operations }) =>
      operations.map(({ id }) =>
        id === 'a'
          ? { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK', retryAfterMs: 5000 } }
          : { kind: 'applied' },
      ),
    )
    const made = device(server)
    const [a, b] = [watching(made, 'a'), watching(made, 'b')]
    await made.tasks.createMany([
      { id: 'a', title: 'a' },
      { id: 'b', title: 'b' },
    ])
    await made.client.start()
    await made.env.advance(0)
    expect(b.now()?.state).toBe('synced')
    expect(a.now()).toMatchObject({ state: 'failed', attempts: 1 })
    expect((a.now()?.nextAt ?? 0) - made.env.now()).toBeGreaterThanOrEqual(5000)
  })

  it('pending, not failed, while nothing was tried', async () => {
    const server = new TestServer()
    server.beforePull = lost
    const made = device(server)
    const { states } = watching(made, 'a')
    await made.tasks.create({ id: 'a', title: 'a' })
    await made.sync().catch(() => {})
    expect(states).toEqual(['absent', 'pending'])
  })

  it('in conflict until a person decided, and after a restart', async () => {
    const store = new Disk()
    const made = await synced({ store, resolver: () => 'ask' })
    made.server.edit('tasks', 'a', { title: 'theirs' })
    await made.tasks.update('a', { title: 'mine' })
    const { now } = watching(made, 'a')
    await made.sync()
    await quiet()
    expect(now()).toEqual({ state: 'conflict', pending: 1, quarantined: 0 })
    await made.client.dispose()

    const next = device(made.server, { store })
    const again = watching(next, 'a')
    await next.tasks.readAll()
    expect(again.now()?.state).toBe('conflict')
    const [entry] = conflicts(next.client).getSnapshot() ?? []
    await conflicts(next.client).resolve(entry?.id ?? '', 'local')
    expect(again.now()?.state).toBe('pending')
    await next.sync()
    expect(again.now()?.state).toBe('synced')
  })

  it('quarantined with the reason, also after a restart, until it is given up; a later write comes first', async () => {
    const store = new Disk()
    const made = await synced({ store })
    const { states, now } = watching(made, 'a')
    await made.tasks.update('a', { forbidden: true })
    await made.sync()
    expect(states).toEqual(['synced', 'pending', 'sending', 'quarantined'])
    expect(now()).toMatchObject({
      state: 'quarantined',
      pending: 0,
      quarantined: 1,
      error: { code: expect.any(String) },
    })
    await made.tasks.update('a', { n: 5 })
    expect(now()).toEqual({ state: 'pending', pending: 1, quarantined: 1 })
    await made.sync()
    await made.client.dispose()

    const next = device(made.server, { store })
    const again = watching(next, 'a')
    await next.tasks.readAll()
    expect(again.now()).toMatchObject({ state: 'quarantined', quarantined: 1 })
    const [entry] = quarantine(next.client).getSnapshot() ?? []
    await quarantine(next.client).discard(entry?.id ?? '')
    expect(again.states.at(-1)).toBe('synced')
  })

  it('unreadable while the server has it so', async () => {
    const made = await synced()
    const { states, now } = watching(made, 'a')
    made.server.edit('tasks', 'a', { n: 1 })
    made.server.afterPull = once((page) =>
      page.kind === 'expired'
        ? undefined
        : {
            ...page,
            changes: [
              { kind: 'unreadable', collection: 'tasks', id: 'a', error: { code: 'SYNC_PROTOCOL', message: 'odd' } },
            ],
          },
    )
    await made.sync()
    expect(now()).toMatchObject({ state: 'unreadable', error: { code: 'SYNC_PROTOCOL' } })
    made.server.edit('tasks', 'a', { n: 2 })
    await made.sync()
    expect(states).toEqual(['synced', 'unreadable', 'synced'])
  })

  test('pending after a restart, and follows operations that are made anew by a conflict', async () => {
    const store = new Disk()
    const made = await synced({ store })
    await made.tasks.update('a', { title: 'mine' })
    await made.client.dispose()
    const next = device(made.server, { store })
    const { states } = watching(next, 'a')
    await next.tasks.readAll()
    made.server.edit('tasks', 'a', { n: 7 })
    await next.sync()
    // The first try met the other's edit, and was made anew on it.
    expect(states).toEqual(['pending', 'sending', 'pending', 'sending', 'synced'])
    expect(made.server.record('tasks', 'a')).toMatchObject({ title: 'mine', n: 7 })
  })
})

describe('recordState', () => {
  it('gives one Watch for a record, and one of its own for each other', async () => {
    const { tasks, notes } = await synced()
    expect(recordState(tasks, 'a')).toBe(recordState(tasks, 'a'))
    expect(recordState(tasks, 'b')).not.toBe(recordState(tasks, 'a'))
    expect(recordState(notes, 'a')).not.toBe(recordState(tasks, 'a'))
  })

  it('is not known until the store is open, and keeps its value while nothing changes', async () => {
    const made = device(new TestServer())
    const watch = recordState(made.tasks, 'a')
    expect(watch.getSnapshot()).toBeUndefined()
    await made.tasks.create({ id: 'a', title: 'a' })
    const value = watch.getSnapshot()
    await made.tasks.create({ id: 'b', title: 'b' })
    expect(watch.getSnapshot()).toBe(value)
    expect(Object.isFrozen(value)).toBe(true)
  })

  it('costs a change what it touches, with a thousand watched', async () => {
    const made = device(new TestServer())
    const drafts = Array.from({ length: 1000 }, (_, n) => ({ id: `t${n}`, title: 'told' }))
    await made.tasks.createMany(drafts)
    for (const { id } of drafts) ends.push(recordState(made.tasks, id).subscribe(() => {}))
    await quiet()
    const stringify = vi.spyOn(JSON, 'stringify')
    const before = stringify.mock.calls.length
    await made.tasks.update('t500', { n: 1 })
    const calls = stringify.mock.calls.length - before
    stringify.mockRestore()
    expect(calls).toBeLessThan(50)
  })

  it('is told no more after it was left', async () => {
    const { tasks } = await synced()
    let told = 0
    const end = recordState(tasks, 'a').subscribe(() => {
      told += 1
    })
    end()
    await tasks.update('a', { n: 1 })
    expect(told).toBe(1)
  })

  it.each([[{}], [null], ['tasks'], [() => {}]])('refuses %o, which is no collection', (wrong) => {
    expect(() => recordState(wrong as never, 'a')).toThrow(expect.objectContaining({ code: 'SYNC_INPUT_INVALID' }))
  })

  it('refuses a client, and an id that is not text', async () => {
    const { client, tasks } = await synced()
    const refused = expect.objectContaining({ code: 'SYNC_INPUT_INVALID' })
    expect(() => recordState(client as never, 'a')).toThrow(refused)
    for (const id of [1, null, undefined, {}, Symbol('a')])
      expect(() => recordState(tasks, id as never)).toThrow(refused)
  })
})
