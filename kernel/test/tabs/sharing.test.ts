import { describe, expect, test } from 'vitest'
import { quarantine } from '../../src/inbox/index.ts'
import { SyncError } from '../../src/index.ts'
import { clear } from '../../src/users/index.ts'
import { Browser, type Tab } from '../support/browser.ts'
import { accounted } from '../support/device.ts'
import { once, TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

/** The requests made while `work` goes on. */
async function requestsOf({ server }: Browser, work: () => Promise<unknown>): Promise<number> {
  const before = server.calls.length
  await work()
  return server.calls.length - before
}

/** A browser with so many tabs, opened one after the other, each at rest. */
async function browserWith(count: number, disk?: Disk): Promise<Browser> {
  const browser = new Browser(new TestServer(), disk)
  for (let n = 0; n < count; n += 1) {
    await browser.open().client.start()
    await browser.clock.advance(2000)
  }
  return browser
}

const states = ({ tabs }: Browser): readonly string[] =>
  tabs.filter(({ page }) => page.state === 'awake').map(({ status }) => status().state)

const first = ({ tabs: [tab] }: Browser): Tab => tab as Tab

describe('tabs that share the work', () => {
  test('make no more requests than one tab does, at rest and while they write', async () => {
    const counts: number[] = []
    for (const count of [1, 2, 3]) {
      const browser = await browserWith(count)
      const { clock, tabs, server } = browser
      counts.push(
        await requestsOf(browser, async () => {
          for (let n = 0; n < 6; n += 1) {
            await tabs[n % count]?.tasks.create({ id: `t${n}`, title: 'x' })
            await clock.advance(20_000)
          }
          await clock.advance(600_000)
        }),
      )
      expect(Object.keys(server.all('tasks'))).toHaveLength(6)
      expect(server.subscribers).toBe(1)
      expect(states(browser)).toEqual(tabs.map(() => 'synced'))
    }
    expect(counts[1]).toBeLessThanOrEqual((counts[0] as number) + 1)
    expect(counts[2]).toBeLessThanOrEqual((counts[0] as number) + 1)
  })

  test('show what one of them pulled', async () => {
    const browser = await browserWith(2)
    browser.server.write('tasks', 'a', { id: 'a', title: 'by somebody else' })
    await browser.clock.advance(70_000)
    for (const { tasks } of browser.tabs) expect(await tasks.read('a')).toMatchObject({ title: 'by somebody else' })
  })

  test('send what is theirs after a pull that the app asked for could not be read', async () => {
    const browser = await browserWith(2)
    const [, b] = browser.tabs as [Tab, Tab]
    browser.server.beforePull = once((): never => {
      throw new SyncError('SYNC_PROTOCOL')
    })
    await expect(b.client.synchronize()).rejects.toMatchObject({ code: 'SYNC_PROTOCOL' })
    await b.tasks.create({ id: 'b', title: 'b' })
    await browser.clock.advance(200_000)
    expect(browser.server.all('tasks')).toHaveProperty('b')
    expect(states(browser)).toEqual(['synced', 'synced'])
  })

  test('are in step with each other after the clock of the device went back', async () => {
    const browser = new Browser(new TestServer())
    const { clock } = browser
    const offset = { by: 0 }
    for (let n = 0; n < 2; n += 1) {
      await browser.open({ env: { ...clock, now: () => clock.now() + offset.by } }).client.start()
      await clock.advance(2000)
    }
    expect(states(browser)).toEqual(['synced', 'synced'])
    offset.by = -86_400_000
    await clock.advance(200_000)
    expect(states(browser)).toEqual(['synced', 'synced'])
  })

  test('leave the operations of a living tab to it', async () => {
    const browser = await browserWith(2)
    const [a, b] = browser.tabs as [Tab, Tab]
    browser.server.beforePush = () => {
      throw new Error('down')
    }
    await b.tasks.create({ id: 'b', title: 'b' })
    await browser.clock.advance(500)
    const { length } = browser.server.requests
    expect(length).toBeGreaterThan(0)
    await a.sync()
    expect(browser.server.requests).toHaveLength(length)
  })

  test('take over what a closed one left, and its lead', async () => {
    const browser = await browserWith(3)
    const [a, b, c] = browser.tabs as [Tab, Tab, Tab]
    browser.server.beforePush = () => {
      throw new Error('down')
    }
    await a.tasks.create({ id: 'a', title: 'a' })
    await browser.clock.advance(500)
    a.die()
    browser.server.beforePush = () => {}
    await browser.clock.advance(5000)
    expect(browser.server.record('tasks', 'a')).toEqual({ id: 'a', title: 'a' })
    browser.server.write('tasks', 'n', { id: 'n', title: 'n' })
    await browser.clock.advance(70_000)
    expect(states(browser)).toEqual(['synced', 'synced'])
    for (const { tasks } of [b, c]) expect(await tasks.read('n')).toBeDefined()
    expect(first(browser).page.state).toBe('dead')
  })

  test('are paused and resumed by one that does not know yet what another did last', async () => {
    const browser = await browserWith(2, new Disk({ tabs: true, shares: true }))
    const [a, b] = browser.tabs as [Tab, Tab]
    await a.client.pause()
    await b.client.resume()
    await a.tasks.create({ id: 'a', title: 'a' })
    await browser.clock.advance(5000)
    expect(states(browser)).toEqual(['synced', 'synced'])
    await b.client.pause()
    await a.client.pause()
    await b.client.resume()
    await a.client.pause()
    await b.tasks.create({ id: 'b', title: 'b' })
    await browser.clock.advance(5000)
    expect(states(browser)).toEqual(['paused', 'paused'])
  })

  test('send at once what one that takes no part accepts', async () => {
    const browser = await browserWith(2)
    const [, b] = browser.tabs as [Tab, Tab]
    await b.client.stop()
    await b.tasks.create({ id: 'b', title: 'b' })
    await browser.clock.advance(200)
    expect(browser.server.record('tasks', 'b')).toEqual({ id: 'b', title: 'b' })
  })

  test('are not synced on what nobody has pulled any more', async () => {
    const browser = await browserWith(2)
    const [a, b] = browser.tabs as [Tab, Tab]
    browser.server.beforePull = lost
    await browser.clock.advance(110_000)
    expect(states(browser)).toEqual(['offline', 'synced'])
    await browser.clock.advance(15_000)
    expect(b.status().state).not.toBe('synced')
    browser.server.beforePull = () => {}
    await browser.clock.advance(70_000)
    expect(states(browser)).toEqual(['synced', 'synced'])
    expect(b.status().lastPullAt).toBe(a.status().lastPullAt)
  })

  test('know how old the data is where the store tells of no commit', async () => {
    const browser = await browserWith(2, new Disk({ tabs: true, shares: true }))
    const [a, b] = browser.tabs as [Tab, Tab]
    await browser.clock.advance(30_000)
    browser.server.write('tasks', 'n', { id: 'n', title: 'n' })
    browser.server.tell({ kind: 'poke' })
    await browser.clock.advance(45_000)
    expect(await b.tasks.read('n')).toBeDefined()
    expect(b.status().lastPullAt).toBe(a.status().lastPullAt)
    expect(browser.clock.now() - (b.status().lastPullAt as number)).toBeGreaterThan(10_000)
  })

  test('pull in the tab that is asked to synchronize, and say the truth about it', async () => {
    const browser = await browserWith(2)
    const [, b] = browser.tabs as [Tab, Tab]
    browser.server.write('tasks', 'n', { id: 'n', title: 'n' })
    expect(await b.sync()).toMatchObject({ pulled: 1 })
    expect(await b.tasks.read('n')).toBeDefined()
    browser.server.beforePull = lost
    await expect(b.sync()).rejects.toMatchObject({ code: 'SYNC_NETWORK' })
  })

  test('pass the lead on where the one that has it is signed out, stopped or disposed of', async () => {
    const ways: ((tab: Tab, browser: Browser) => unknown)[] = [
      (_, { server }) => {
        server.beforePull = once(() => {
          throw new SyncError('SYNC_AUTH_REQUIRED')
        })
        server.tell({ kind: 'poke' })
      },
      ({ client }) => client.stop(),
      ({ client }) => client.dispose(),
    ]
    for (const way of ways) {
      const browser = await browserWith(2)
      const [a, b] = browser.tabs as [Tab, Tab]
      await a.tasks.create({ id: 'a', title: 'a' })
      await way(a, browser)
      await browser.clock.advance(1000)
      expect(browser.server.subscribers).toBe(1)
      browser.server.write('tasks', 'n', { id: 'n', title: 'n' })
      browser.server.tell({ kind: 'poke' })
      await browser.clock.advance(1000)
      expect(await b.tasks.read('n')).toBeDefined()
      expect(browser.server.effects).toHaveLength(1)
    }
  })

  test('are all told when one of them clears the data, and come to have it again', async () => {
    const browser = await browserWith(2)
    const [a, b] = browser.tabs as [Tab, Tab]
    await a.tasks.create({ id: 'a', title: 'a' })
    await browser.clock.advance(1000)
    for (const tab of [b, a]) {
      await clear(tab.client)
      await browser.clock.advance(1000)
      for (const { tasks } of [a, b]) expect(await tasks.count()).toBe(1)
      expect(states(browser)).toEqual(['synced', 'synced'])
    }
  })

  test('leave an app of a lower version out once a higher one has the data', async () => {
    const browser = await browserWith(2)
    const [a, b] = browser.tabs as [Tab, Tab]
    const newer = await browser.disk.open({ namespace: 'u-', durability: 'none', env: a.env })
    let head = 0
    for await (const page of newer.load()) head = page.head
    await newer.commit([{ table: 'meta', key: 'format', value: 99 }], head)
    await newer.close()
    await browser.clock.advance(100_000)
    expect(states(browser)).toEqual(['outdated', 'outdated'])
    const calls = browser.server.calls.length
    await browser.clock.advance(600_000)
    expect(browser.server.calls).toHaveLength(calls)
    expect(browser.locks.holders('disk/u-/lead/0')).toEqual([])
    expect(b.status().state).toBe('outdated')
  })

  test('send what one of them quarantined and released, and keep their counts', async () => {
    const browser = await browserWith(2)
    const [a, b] = browser.tabs as [Tab, Tab]
    await a.tasks.create({ id: 'a', title: 'a', forbidden: true })
    await browser.clock.advance(1000)
    expect(b.status().writes.quarantined).toBe(1)
    const [entry] = await new Promise<readonly { readonly id: string }[]>((resolve) => {
      quarantine(b.client).subscribe((entries) => entries.length > 0 && resolve(entries))
    })
    await quarantine(b.client).requeue(entry?.id as string, { forbidden: false })
    await browser.clock.advance(1000)
    expect(browser.server.record('tasks', 'a')).toMatchObject({ forbidden: false })
    for (const { status } of [a, b]) expect(accounted(status())).toBe(status().writes.accepted)
  })
})
