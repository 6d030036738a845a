import { describe, expect, it } from 'vitest'
import { conflicts } from '../../src/inbox/index.ts'
import type { PushVerdict } from '../../src/index.ts'
import { apart, device, synced } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { until } from '../support/virtual-env.ts'

const withoutRows = (verdicts: readonly PushVerdict[]): readonly PushVerdict[] =>
  verdicts.map((verdict) => {
    if (verdict.kind === 'retry') return verdict
    const { row: _, ...rest } = verdict
    return rest
  })

describe('changes of different fields', () => {
  it('merge silently on both devices', async () => {
    const { tasks, sync, server, heard } = await synced()
    const other = device(server)
    await other.sync()
    await tasks.update('a', { title: 'mine' })
    await other.tasks.update('a', { n: 7 })
    for (const go of [sync, other.sync, sync]) await go()
    const merged = { id: 'a', title: 'mine', n: 7 }
    expect([await tasks.read('a'), await other.tasks.read('a'), server.record('tasks', 'a')]).toEqual([
      merged,
      merged,
      merged,
    ])
    expect([...heard('conflict:detected'), ...other.heard('conflict:detected')]).toEqual([])
  })

  it('merge when one side removes a field', async () => {
    const { tasks, sync, server } = await synced()
    await tasks.update('a', { n: undefined } as object)
    server.edit('tasks', 'a', { title: 'theirs' })
    await sync()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'theirs' })
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'theirs' })
  })

  it('merge over a chain of unsent edits', async () => {
    const { tasks, sync, server, heard } = await synced()
    await tasks.update('a', { title: 'one' })
    await tasks.update('a', { done: true })
    await tasks.update('a', { title: 'two' })
    server.edit('tasks', 'a', { n: 9 })
    await sync()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'two', done: true, n: 9 })
    expect(heard('conflict:detected')).toEqual([])
  })
})

it('an absent field that comes back as null is no conflict for a write of that field', async () => {
  const server = new TestServer()
  const { tasks, sync, heard } = device(server)
  const { id } = await tasks.create({ title: 'new' })
  await tasks.update(id, { done: true }, apart(id))
  // The first write is in effect: the row has every column, and the second write is still to come.
  server.afterPush = once((verdicts: readonly PushVerdict[]) => {
    server.put('tasks', id, { id, title: 'new', done: null, n: null }, 1)
    return verdicts.map((verdict) =>
      verdict.kind === 'applied' ? { kind: 'applied', row: server.row('tasks', id) } : verdict,
    )
  })
  await sync()
  await sync()
  expect(heard('conflict:detected')).toEqual([])
  expect(server.record('tasks', id)).toEqual({ id, title: 'new', done: true, n: null })
})

describe('changes of the same field', () => {
  it.each(['pull', 'verdict'] as const)('end with the local value, and are told once (seen by %s)', async (seen) => {
    const { tasks, sync, server, heard, status } = await synced()
    await tasks.update('a', { title: 'mine', done: true })
    const meanwhile = (): void => server.edit('tasks', 'a', { title: 'theirs', n: 5 })
    if (seen === 'pull') meanwhile()
    else server.beforePush = once(meanwhile)
    await sync()
    await sync()
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine', done: true, n: 5 })
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'mine', done: true, n: 5 })
    expect(heard('conflict:detected')).toEqual([{ collection: 'tasks', id: 'a', fields: ['title'] }])
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1, parked: 0 } })
  })

  it('are told again for a newer revision, not for the same one', async () => {
    const { tasks, sync, server, heard } = await synced()
    await tasks.update('a', { title: 'mine' })
    server.edit('tasks', 'a', { title: 'theirs' })
    server.beforePush = once(() => server.edit('tasks', 'a', { title: 'theirs again' }))
    await sync()
    expect(heard('conflict:detected')).toHaveLength(2)
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'mine' })
  })

  it('are no conflict where the values are equal', async () => {
    const { tasks, sync, server, heard, status } = await synced()
    await tasks.update('a', { title: 'same', tags: ['x', 'y'] })
    server.edit('tasks', 'a', { title: 'same', tags: ['x', 'y'] })
    await sync()
    expect(heard('conflict:detected')).toEqual([])
    expect(server.requests).toEqual([])
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  it('send only the part that is left', async () => {
    const { tasks, sync, server, heard } = await synced()
    await tasks.update('a', { title: 'same', done: true })
    server.edit('tasks', 'a', { title: 'same' })
    await sync()
    expect(heard('conflict:detected')).toEqual([])
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'same', done: true, n: 0 })
    expect(server.sent).toHaveLength(1)
  })

  it('that came after one of two own edits was applied are a conflict with the other only', async () => {
    const { tasks, sync, server, heard } = await synced()
    await tasks.update('a', { title: 'first' })
    await tasks.update('a', { title: 'second' }, apart('a'))
    server.afterPush = once(() => server.edit('tasks', 'a', { title: 'theirs' }))
    await sync()
    await sync()
    expect(heard('conflict:detected')).toHaveLength(1)
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'second' })
    expect(await tasks.read('a')).toMatchObject({ title: 'second' })
  })
})

describe('two devices that create the same record', () => {
  it('merge what both wrote', async () => {
    const server = new TestServer()
    const [a, b] = [device(server), device(server)]
    await a.tasks.create({ id: 'a', title: 'same', n: 1 })
    await b.tasks.create({ id: 'a', title: 'same', done: true })
    for (const one of [a, b, a]) await one.sync()
    const merged = { id: 'a', title: 'same', n: 1, done: true }
    expect([server.record('tasks', 'a'), await a.tasks.read('a'), await b.tasks.read('a')]).toEqual([
      merged,
      merged,
      merged,
    ])
    expect(b.status()).toMatchObject({ pending: 0, writes: { applied: 1 } })
  })

  it('see a conflict where they differ', async () => {
    const server = new TestServer()
    const [a, b] = [device(server), device(server)]
    await a.tasks.create({ id: 'a', title: 'from a' })
    await b.tasks.create({ id: 'a', title: 'from b' })
    for (const one of [a, b, a]) await one.sync()
    expect(b.heard('conflict:detected')).toEqual([{ collection: 'tasks', id: 'a', fields: ['title'] }])
    expect([server.record('tasks', 'a'), await a.tasks.read('a')]).toEqual(Array(2).fill({ id: 'a', title: 'from b' }))
  })
})

describe('an answer without its row', () => {
  it('to a conflict waits for a pull, and is then resolved', async () => {
    const { tasks, sync, server, heard, status } = await synced()
    await tasks.update('a', { title: 'mine' })
    server.beforePush = once(() => server.edit('tasks', 'a', { title: 'theirs' }))
    server.afterPush = once(withoutRows)
    await sync()
    await until(() => status().pending === 0)
    expect(server.calls).toEqual(['pull', 'pull', 'push', 'pull', 'push'])
    expect(heard('conflict:detected')).toHaveLength(1)
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'mine' })
  })

  it('to a conflict that no pull explains ends in the inbox, not in an endless loop [F29]', async () => {
    const { tasks, sync, server, client, status } = await synced()
    await tasks.update('a', { title: 'mine' })
    server.beforePush = ({ operations }) => operations.map(() => ({ kind: 'conflict' }))
    await sync().catch(() => {})
    for (let round = 0; round < 12; round += 1) await sync().catch(() => {})
    expect(server.requests.length).toBeLessThanOrEqual(12)
    expect(conflicts(client).getSnapshot()).toMatchObject([{ recordId: 'a', local: { title: 'mine' } }])
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, parked: 1 } })
  })

  it('to an applied write makes its next one wait for a completed run', async () => {
    const { tasks, sync, server, heard, status } = await synced()
    await tasks.update('a', { title: 'one' })
    await tasks.update('a', { title: 'two' }, apart('a'))
    server.afterPush = withoutRows
    await sync()
    await until(() => status().pending === 0)
    expect(server.calls).toEqual(['pull', 'pull', 'push', 'pull', 'push'])
    expect(server.sent.map(({ expected }) => expected)).toEqual(['1', '2'])
    expect(server.record('tasks', 'a')).toMatchObject({ title: 'two' })
    expect(heard('conflict:detected')).toEqual([])
    expect(status()).toMatchObject({ pending: 0, writes: { applied: 2 } })
  })

  it('to an applied write shows its effect at once, and what came on top after the next run', async () => {
    const { tasks, sync, server } = await synced()
    await tasks.update('a', { title: 'one' })
    server.afterPush = once((verdicts) => {
      server.edit('tasks', 'a', { n: 3 })
      return withoutRows(verdicts)
    })
    await sync()
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'one', n: 0 })
    await sync()
    expect(await tasks.read('a')).toEqual({ id: 'a', title: 'one', n: 3 })
  })

  it('to an applied creation and an applied deletion is enough', async () => {
    const { tasks, sync, server, status } = await synced()
    server.afterPush = withoutRows
    await tasks.create({ id: 'b', title: 'b' })
    await tasks.delete('a')
    await sync()
    expect([await tasks.read('a'), await tasks.read('b')]).toEqual([undefined, { id: 'b', title: 'b' }])
    await sync()
    await tasks.update('b', { n: 1 })
    await sync()
    expect(server.all('tasks')).toEqual({ b: { id: 'b', title: 'b', n: 1 } })
    expect(status()).toMatchObject({ pending: 0, writes: { applied: 3 } })
  })

  it('to an applied creation leaves no later write unchecked: that waits for the version', async () => {
    const server = new TestServer()
    const { client, tasks, heard, status } = device(server, { sync: 'auto' })
    await client.start()
    await until(() => status().state === 'synced')
    server.afterPush = once((verdicts) => {
      server.edit('tasks', 'b', { title: 'theirs' })
      return withoutRows(verdicts)
    })
    await tasks.create({ id: 'b', title: 'b' })
    await until(() => status().pending === 0)
    await tasks.update('b', { title: 'mine' })
    await until(() => status().pending === 0)
    expect(server.sent.map(({ kind, expected }) => [kind, expected])).toEqual([
      ['create', null],
      ['update', '2'],
    ])
    expect(heard('conflict:detected')).toEqual([{ collection: 'tasks', id: 'b', fields: ['title'] }])
  })
})

it('gives up a write that is answered with a newer conflict every time, after ten rounds [F29]', async () => {
  const { tasks, sync, server, client, status } = await synced()
  await tasks.update('a', { title: 'mine' })
  let round = 0
  server.beforePush = () => {
    round += 1
    server.edit('tasks', 'a', { title: `theirs ${round}` })
  }
  for (let turn = 0; turn < 20; turn += 1) await sync()
  expect(server.requests.length).toBeGreaterThanOrEqual(10)
  expect(server.requests.length).toBeLessThanOrEqual(11)
  expect(conflicts(client).getSnapshot()).toMatchObject([
    { recordId: 'a', fields: ['title'], local: { title: 'mine' } },
  ])
  expect(status()).toMatchObject({ pending: 0, writes: { parked: 1 } })
})

it('takes a conflict with a row older than what is known for another history, and pulls before it decides', async () => {
  const server = new TestServer()
  const { tasks, client, sync, status } = device(server)
  for (let n = 0; n < 5; n += 1) server.write('tasks', 'a', { id: 'a', title: 'a', n })
  await sync()
  // A restore from a backup: lower revisions under a new epoch.
  server.rows.clear()
  server.write('tasks', 'a', { id: 'a', title: 'a', n: 1 })
  server.epoch = 'e2'
  await tasks.update('a', { title: 'mine' })
  await client.start()
  await sync()
  expect(server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine', n: 1 })
  expect(conflicts(client).getSnapshot()).toEqual([])
  expect(status().writes).toMatchObject({ accepted: 1, applied: 1, parked: 0 })
})
