import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PushOperation, PushVerdict } from '../../src/index.ts'
import { SyncError } from '../../src/index.ts'
import { Browser, type Tab } from '../support/browser.ts'
import { accounted } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

/** A server that remembers every value of `n` that took effect, by record. */
class Witness extends TestServer {
  readonly seen = new Map<string, number[]>()

  override take(operation: PushOperation): PushVerdict {
    const { length } = this.effects
    const verdict = super.take(operation)
    const n = operation.change.set?.['n']
    if (this.effects.length > length && typeof n === 'number') {
      this.seen.set(operation.id, [...(this.seen.get(operation.id) ?? []), n])
    }
    return verdict
  }
}

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

/** Tabs of one browser, and what they were promised. */
class World {
  readonly server = new Witness()
  readonly browser: Browser
  /** By record, the values of `n` in the order in which they were accepted. */
  readonly accepted = new Map<string, number[]>()
  #next = 0
  #writes = 0

  constructor(tells: boolean) {
    this.browser = new Browser(this.server, new Disk({ tabs: true, tells, shares: true }))
  }

  get awake(): readonly Tab[] {
    return this.browser.tabs.filter(({ page }) => page.state === 'awake')
  }

  tab(at: number): Tab | undefined {
    return this.awake[at % this.awake.length]
  }

  async write(at: number, record: number): Promise<void> {
    const tab = this.tab(at)
    if (!tab) return
    this.#next += 1
    const [n, id] = [this.#next, `r${record}`]
    const there = await tab.tasks.read(id)
    const written = there ? tab.tasks.update(id, { n }) : tab.tasks.create({ id, title: 'x', n })
    // Another tab may have been first with the create.
    if (!(await written.then(Boolean, () => false))) return
    this.#writes += 1
    this.accepted.set(id, [...(this.accepted.get(id) ?? []), n])
  }

  /** All faults end, and time enough passes for everything that is timed. */
  async settle(): Promise<void> {
    const { server, browser } = this
    server.beforePush = server.afterPush = server.beforePull = server.afterPull = (): undefined => undefined
    browser.copies = () => 1
    for (const { page, thaw } of browser.tabs) if (page.state === 'frozen') thaw()
    if (this.awake.length === 0) await browser.open().client.start()
    for (let n = 0; n < 12; n += 1) await browser.clock.advance(30_000)
  }

  check(): void {
    for (const [id, values] of this.accepted) {
      const seen = this.server.seen.get(id) ?? []
      expect(seen, `${id}: in order, each once`).toEqual([...new Set(seen)].sort((a, b) => a - b))
      expect(seen.at(-1), `${id}: the last one took effect`).toBe(values.at(-1))
      expect(values, id).toEqual(expect.arrayContaining(seen))
    }
    for (const { status } of this.awake) {
      const now = status()
      expect(now).toMatchObject({
        state: 'synced',
        pending: 0,
        writes: { accepted: this.#writes, quarantined: 0, parked: 0 },
      })
      expect(accounted(now)).toBe(now.writes.accepted)
    }
  }
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), tab: fc.nat(9), record: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 50, 3000, 30_000, 90_000) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('freeze' as const, 'thaw' as const, 'die' as const, 'open' as const, 'sync' as const),
      tab: fc.nat(9),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('fault' as const),
      what: fc.constantFrom('push lost' as const, 'answer lost' as const, 'pull lost' as const, 'all well' as const),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('edit' as const), record: fc.nat(2), same: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tell' as const), copies: fc.nat(2) }) },
)

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function fault({ server }: World, what: Extract<Step, { do: 'fault' }>['what']): void {
  server.beforePush = what === 'push lost' ? lost : () => {}
  server.afterPush = what === 'answer lost' ? lost : () => {}
  server.beforePull = what === 'pull lost' ? lost : () => {}
}

async function run(world: World, one: Step): Promise<void> {
  const { browser, server } = world
  switch (one.do) {
    case 'write':
      return world.write(one.tab, one.record)
    case 'pass':
      return browser.clock.advance(one.ms)
    case 'fault':
      return fault(world, one.what)
    case 'tell':
      browser.copies = () => one.copies
      return
    case 'edit':
      // By somebody who saw what is there; at the same field it hides what took effect before.
      if (server.record('tasks', `r${one.record}`)) {
        server.edit('tasks', `r${one.record}`, one.same ? { n: -1 } : { title: 'by somebody else' })
      }
      return
    case 'open':
      if (world.awake.length < 4) await browser.open().client.start()
      return
    case 'sync':
      await world
        .tab(one.tab)
        ?.sync()
        .catch(() => undefined)
      return
    case 'freeze':
      return world.tab(one.tab)?.freeze()
    case 'die':
      return world.tab(one.tab)?.die()
    case 'thaw':
      for (const { page, thaw } of browser.tabs) if (page.state === 'frozen') thaw()
  }
}

/** How the locks of a browser may be. */
const platforms = fc.constantFrom('whole', 'without locks', 'without messages', 'with neither', 'with locks that lie')

const numRuns = Number(process.env['FC_RUNS'] ?? 60)

describe('tabs that freeze, die, and hear each other badly', () => {
  test.each([true, false])(
    'lose no write, double none, keep the order, and end in step (the store tells: %s)',
    { timeout: 600_000 },
    async (tells) => {
      const scene = fc.record({ platform: platforms, steps: fc.array(step, { maxLength: 40 }) })
      await fc.assert(
        fc.asyncProperty(scene, async ({ platform, steps }) => {
          const world = new World(tells)
          const { browser } = world
          browser.has.locks = platform !== 'without locks' && platform !== 'with neither'
          browser.has.broadcast = platform !== 'without messages' && platform !== 'with neither'
          browser.locks.lies = platform === 'with locks that lie'
          for (let n = 0; n < 3; n += 1) await browser.open().client.start()
          for (const one of steps) await run(world, one)
          await world.settle()
          world.check()
          browser.end()
          for (const { client } of browser.tabs) await client.dispose()
        }),
        { numRuns },
      )
    },
  )
})
