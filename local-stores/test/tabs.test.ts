import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Browser, type Tab } from '../../kernel/test/support/browser.ts'
import { accounted } from '../../kernel/test/support/device.ts'
import { once, TestServer } from '../../kernel/test/support/server.ts'
import { virtualEnv } from '../../kernel/test/support/virtual-env.ts'
import { freshName, smallStore } from './indexeddb/helpers.ts'
import { keyValuesOn, storeOn } from './localforage/stand-ins.ts'

const stores = {
  localforage: () => storeOn(keyValuesOn(new Map()), { compactAfterCommits: 8 }),
  indexeddb: () => smallStore({ name: freshName() }),
}

const names = ['localforage', 'indexeddb'] as const

async function browserOn(name: (typeof names)[number], count: number): Promise<Browser> {
  const browser = new Browser(new TestServer(), stores[name](), virtualEnv({ turns: 30 }))
  for (let n = 0; n < count; n += 1) {
    await browser.open().client.start()
    await browser.clock.advance(1000)
  }
  return browser
}

const awake = ({ tabs }: Browser): readonly Tab[] => tabs.filter(({ page }) => page.state === 'awake')

test.each(names)('two tabs over %s make as many requests as one', async (name) => {
  const counts: number[] = []
  for (const count of [1, 2]) {
    const browser = await browserOn(name, count)
    const before = browser.server.calls.length
    for (let n = 0; n < 4; n += 1) {
      await browser.tabs[n % count]?.tasks.create({ id: `t${n}`, title: 'x' })
      await browser.clock.advance(20_000)
    }
    await browser.clock.advance(600_000)
    counts.push(browser.server.calls.length - before)
    for (const { status } of browser.tabs) expect(status()).toMatchObject({ state: 'synced', writes: { applied: 4 } })
  }
  expect(counts[1]).toBeLessThanOrEqual((counts[0] as number) + 1)
})

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('write' as const), tab: fc.nat(3), record: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 3000, 40_000) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('die' as const, 'open' as const, 'lose' as const), tab: fc.nat(3) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('tell' as const), copies: fc.nat(2) }) },
)

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** Runs a step; the number of writes that were accepted in it. */
async function run(browser: Browser, one: Step, n: number): Promise<number> {
  const { clock, server } = browser
  const tab = 'tab' in one ? awake(browser)[one.tab % awake(browser).length] : undefined
  if (one.do === 'pass') await clock.advance(one.ms)
  else if (one.do === 'tell') browser.copies = () => one.copies
  else if (one.do === 'die') tab?.die()
  else if (one.do === 'open') await browser.open().client.start()
  else if (one.do === 'lose') {
    server.afterPush = once(() => {
      throw new Error('the answer is lost')
    })
  } else if (one.do === 'write' && tab) {
    const { tasks } = tab
    const id = `r${one.record}`
    const there = await tasks.read(id)
    const written = there ? tasks.update(id, { n }) : tasks.create({ id, title: 'x', n })
    return written.then(
      () => 1,
      () => 0,
    )
  }
  return 0
}

test.each(names)(
  'tabs over %s that come and go and mishear lose no write and double none',
  { timeout: 300_000 },
  async (name) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const browser = await browserOn(name, 2)
        let accepted = 0
        for (const [n, one] of steps.entries()) accepted += await run(browser, one, n)
        browser.copies = () => 1
        if (awake(browser).length === 0) await browser.open().client.start()
        for (let n = 0; n < 6; n += 1) await browser.clock.advance(40_000)
        const { server } = browser
        expect(new Set(server.effects).size).toBe(server.effects.length)
        for (const { status, tasks } of awake(browser)) {
          expect(status()).toMatchObject({ state: 'synced', pending: 0, writes: { accepted } })
          expect(accounted(status())).toBe(accepted)
          for (const row of await tasks.readAll()) expect(row).toEqual(server.record('tasks', row.id))
        }
        for (const { client } of browser.tabs) await client.dispose()
      }),
      { numRuns: Number(process.env['FC_RUNS'] ?? 12) },
    )
  },
)
