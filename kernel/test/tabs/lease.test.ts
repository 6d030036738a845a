import { describe, expect, test } from 'vitest'
import { type Json, SyncError } from '../../src/index.ts'
import { Browser, type Tab } from '../support/browser.ts'
import { accounted } from '../support/device.ts'
import { never, once, TestServer } from '../support/server.ts'
import type { Disk } from '../support/stores.ts'

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

/** A tab that leads, and one that follows, both at rest. */
async function two(): Promise<{ browser: Browser; server: TestServer; a: Tab; b: Tab }> {
  const server = new TestServer()
  server.write('tasks', 'x', { id: 'x', title: 'base', n: 0 })
  const browser = new Browser(server)
  const [a, b] = [browser.open(), browser.open()]
  for (const { client } of [a, b]) {
    await client.start()
    await browser.clock.advance(2000)
  }
  return { browser, server, a, b }
}

/** How many requests the tab makes in the next `ms`. */
async function callsIn({ server, clock }: Browser, ms: number): Promise<number> {
  const { length } = server.calls
  await clock.advance(ms)
  return server.calls.length - length
}

describe('a leader that is frozen', () => {
  test('is passed over by one of the others once its pull is late and it answers nothing for the lease [F80]', async () => {
    const { browser, server, a, b } = await two()
    const c = browser.open()
    await c.client.start()
    await browser.clock.advance(1000)
    a.freeze()
    server.write('tasks', 'n', { id: 'n', title: 'new' })
    await browser.clock.advance(70_000)
    expect(await b.tasks.read('n')).toBeUndefined()
    await browser.clock.advance(30_000)
    for (const { tasks, status } of [b, c]) {
      expect(await tasks.read('n')).toEqual({ id: 'n', title: 'new' })
      expect(status().state).toBe('synced')
    }
    // One leads in its place, not both.
    expect(await callsIn(browser, 600_000)).toBeLessThanOrEqual(12)
    expect(server.subscribers).toBe(2)
  })

  test('leads again when it goes on, and the other one yields [F80]', async () => {
    const { browser, server, a, b } = await two()
    a.freeze()
    await browser.clock.advance(200_000)
    expect(server.subscribers).toBe(2)
    a.thaw()
    await browser.clock.advance(100_000)
    expect(server.subscribers).toBe(1)
    expect(await callsIn(browser, 600_000)).toBeLessThanOrEqual(12)
    for (const { status } of [a, b]) expect(status().state).toBe('synced')
  })

  test('that freezes after another froze is passed over too [F80]', async () => {
    const { browser, server, a, b } = await two()
    a.freeze()
    await browser.clock.advance(200_000)
    b.freeze()
    const c = browser.open()
    await c.client.start()
    server.write('tasks', 'n', { id: 'n', title: 'new' })
    await browser.clock.advance(200_000)
    expect(await c.tasks.read('n')).toBeDefined()
    expect(c.status().state).toBe('synced')
  })

  test('does not keep the writes of others waiting [F80]', async () => {
    const { browser, server, a, b } = await two()
    a.freeze()
    await b.tasks.create({ id: 'b', title: 'b' })
    await browser.clock.advance(0)
    expect(server.record('tasks', 'b')).toBeDefined()
  })

  test('but answers is waited for longer, not for ever', async () => {
    const server = new TestServer()
    const browser = new Browser(server)
    const remote = server.adapter()
    let deaf = false
    const a = browser.open({ remote: { ...remote, pull: (...call) => (deaf ? never() : remote.pull(...call)) } })
    await a.client.start()
    await browser.clock.advance(2000)
    const b = browser.open()
    await b.client.start()
    await browser.clock.advance(2000)
    deaf = true
    server.write('tasks', 'n', { id: 'n', title: 'new' })
    await browser.clock.advance(90_000)
    expect(await b.tasks.read('n')).toBeUndefined()
    await browser.clock.advance(60_000)
    expect(await b.tasks.read('n')).toBeDefined()
    expect(b.status().state).toBe('synced')
  })
})

describe('operations of a tab that is frozen', () => {
  test('are sent by another after the lease, and not before [F80]', async () => {
    const { browser, server, a, b } = await two()
    server.beforePush = lost
    await b.tasks.update('x', { n: 1 })
    await browser.clock.advance(0)
    b.freeze()
    server.beforePush = () => {}
    await browser.clock.advance(9000)
    expect(server.record('tasks', 'x')).toMatchObject({ n: 0 })
    await browser.clock.advance(6000)
    expect(server.record('tasks', 'x')).toMatchObject({ n: 1 })
    expect(a.status()).toMatchObject({ state: 'synced', pending: 0, writes: { accepted: 1, applied: 1 } })
    b.thaw()
    await browser.clock.advance(100_000)
    expect(server.effects).toHaveLength(1)
    expect(b.status()).toMatchObject({ state: 'synced', pending: 0, writes: { accepted: 1, applied: 1 } })
  })

  test('are sent by another within the lease also where the frozen one leads [F80]', async () => {
    const { browser, server, a, b } = await two()
    server.beforePush = lost
    await a.tasks.update('x', { n: 1 })
    await browser.clock.advance(0)
    a.freeze()
    server.beforePush = () => {}
    await browser.clock.advance(15_000)
    expect(server.record('tasks', 'x')).toMatchObject({ n: 1 })
    expect(b.status()).toMatchObject({ state: 'synced', pending: 0, writes: { applied: 1 } })
  })

  test('take effect once where another sent them and lost the answer, and the frozen one goes on [F20 F80]', async () => {
    const { browser, server, a, b } = await two()
    // The write is accepted while pulls fail, so that it is not sent.
    server.beforePull = lost
    server.tell({ kind: 'poke' })
    await browser.clock.advance(0)
    await a.tasks.update('x', { title: 'mine' })
    await browser.clock.advance(0)
    expect(server.requests).toHaveLength(0)
    a.freeze()
    server.beforePull = () => {}
    server.afterPush = once(lost)
    for (let n = 0; n < 200 && server.effects.length === 0; n += 1) await browser.clock.advance(1000)
    expect(server.effects).toHaveLength(1)
    b.freeze()
    server.edit('tasks', 'x', { title: 'later, by somebody who saw mine' })
    a.thaw()
    await browser.clock.advance(100_000)
    expect(server.effects).toHaveLength(1)
    expect(server.record('tasks', 'x')).toMatchObject({ title: 'later, by somebody who saw mine' })
    expect(a.heard('conflict:detected')).toEqual([])
    b.thaw()
    await browser.clock.advance(100_000)
    for (const { status } of [a, b]) {
      expect(status()).toMatchObject({ state: 'synced', pending: 0, writes: { accepted: 1, applied: 1 } })
      expect(accounted(status())).toBe(1)
    }
  })
})

test('a tab that stopped and started again still finds out who is frozen', async () => {
  const { browser, server, a, b } = await two()
  server.beforePush = lost
  await a.tasks.update('x', { n: 1 })
  await browser.clock.advance(200)
  a.freeze()
  await browser.clock.advance(3000)
  await b.client.stop()
  await b.client.start()
  server.beforePush = () => {}
  await browser.clock.advance(30_000)
  expect(server.record('tasks', 'x')).toMatchObject({ n: 1 })
  expect(b.status()).toMatchObject({ state: 'synced', pending: 0 })
})

test('what others sent of a tab is forgotten once it has nothing open, and it alone sends again', async () => {
  const { browser, server, b } = await two()
  server.beforePush = lost
  await b.tasks.update('x', { n: 1 })
  await browser.clock.advance(0)
  b.freeze()
  server.beforePush = () => {}
  await browser.clock.advance(20_000)
  expect(server.record('tasks', 'x')).toMatchObject({ n: 1 })
  const marks = (): readonly string[] =>
    [...(browser.disk as Disk).values('u-', 'meta').keys()].filter((key) => key.startsWith('taken/'))
  expect(marks()).toHaveLength(1)
  b.thaw()
  await browser.clock.advance(100_000)
  expect(marks()).toEqual([])
  await b.tasks.update('x', { n: 2 })
  await browser.clock.advance(1000)
  expect(server.sent.at(-1)).toMatchObject({ change: { set: { n: 2 } }, resend: false })
})

test('a tab that slept passes nobody over: it asked nothing meanwhile', async () => {
  const { browser, server, a, b } = await two()
  server.beforePush = lost
  await a.tasks.update('x', { n: 1 })
  await browser.clock.advance(100)
  b.freeze()
  await browser.clock.advance(3_600_000)
  const sent = server.requests.length
  b.thaw()
  await browser.clock.advance(0)
  expect(server.requests).toHaveLength(sent)
  expect(server.subscribers).toBe(1)
})

test('messages that nobody sent change nothing but time', async () => {
  const { browser, server, a, b } = await two()
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const junk: unknown[] = [
    null,
    1,
    'x',
    [],
    {},
    cyclic,
    { from: 7 },
    { from: 'x', rung: 'y', asks: {} },
    { from: 'x', rung: -9 },
  ]
  const channel = 'disk/u-/tabs'
  const say = (message: unknown): void => browser.forge(channel, message as Json)
  for (const message of junk) say(message)
  await browser.clock.advance(1000)
  const { length } = server.pulls
  for (let n = 0; n < 100; n += 1) say({ from: 'x', rung: 0, asks: 'pull' })
  await browser.clock.advance(1000)
  // It was heard, once.
  expect(server.pulls.length - length).toBeLessThanOrEqual(2)
  expect(server.pulls.length).toBeGreaterThan(length)
  await b.tasks.create({ id: 'b', title: 'b' })
  server.write('tasks', 'n', { id: 'n', title: 'n' })
  a.freeze()
  for (let n = 0; n < 10; n += 1) {
    say({ from: 'x', rung: 0 })
    await browser.clock.advance(2000)
  }
  await browser.clock.advance(200_000)
  expect(server.record('tasks', 'b')).toBeDefined()
  expect(await b.tasks.read('n')).toBeDefined()
  expect(b.status().state).toBe('synced')
})
