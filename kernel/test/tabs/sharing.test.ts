import { describe, expect, test } from 'vitest'
import { Browser, type Tab } from '../support/browser.ts'
import { TestServer } from '../support/server.ts'

/** The requests made while `work` goes on. */
async function requestsOf({ server }: Browser, work: () => Promise<unknown>): Promise<number> {
  const before = server.calls.length
  await work()
  return server.calls.length - before
}

/** A browser with so many tabs, opened one after the other, each at rest. */
async function browserWith(count: number, server: TestServer = new TestServer()): Promise<Browser> {
  const browser = new Browser(server)
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
})
