import { describe, expect, onTestFinished, test } from 'vitest'
import { TestServer } from '../../../../kernel/test/support/server.ts'
import type { Answer, Question } from './clients.ts'
import { wireOf } from './clients.ts'
import { openTab, type Tab, urlOf } from './tabs.ts'

const clients = urlOf('support/clients.ts')

/** A server in this page, for the tabs of a place. */
class Served extends TestServer {
  readonly #place: string
  readonly #wire: BroadcastChannel
  readonly #adapter = this.adapter()
  /** What each tab asked, in order. */
  readonly asked: Question[] = []
  /** Tabs whose pushes come to nothing. */
  readonly deafTo = new Set<string>()

  constructor(place: string) {
    super()
    this.#place = place
    this.#wire = wireOf(this.#place)
    this.#wire.onmessage = ({ data }: MessageEvent<Question | Answer>) => {
      if ('call' in data) void this.#answer(data)
    }
    onTestFinished(() => this.#wire.close())
  }

  count(tab: string, call: Question['call']): number {
    return this.asked.filter((one) => one.tab === tab && one.call === call).length
  }

  async #answer(question: Question): Promise<void> {
    const { id, tab, call, request } = question
    this.asked.push(question)
    if (call === 'push' && this.deafTo.has(tab)) return this.#wire.postMessage({ answers: id } satisfies Answer)
    const result = await this.#adapter[call](request as never, {} as never)
    this.#wire.postMessage({ answers: id, result } satisfies Answer)
  }
}

async function tabWith(url: string, place: string, name: string): Promise<Tab> {
  const tab = await openTab()
  onTestFinished(() => tab.close().catch(() => undefined))
  await tab.run(clients, 'openClient', url, place, name)
  return tab
}

const standing = (tab: Tab): Promise<string> => tab.run(clients, 'standing')
const inTime = { timeout: 30_000, interval: 100 }

/** How clients in two real tabs share the work over a store that brings `tabs` along. `url`: a module of `stores/`. */
export function describeClients(name: string, url: string): void {
  describe(`${name}: clients in two tabs`, () => {
    test('share the work: 200 and 200 writes are sent once each, and one of them pulls', {
      timeout: 90_000,
    }, async () => {
      const place = `share-${crypto.randomUUID()}`
      const server = new Served(place)
      const a = await tabWith(url, place, 'a')
      await expect.poll(() => standing(a), inTime).toBe('synced, 0 pending, 0 accepted, 0 applied, 0 rows')
      const b = await tabWith(url, place, 'b')
      await expect.poll(() => standing(b), inTime).toBe('synced, 0 pending, 0 accepted, 0 applied, 0 rows')
      await Promise.all([a.run(clients, 'writeMany', 'a', 200), b.run(clients, 'writeMany', 'b', 200)])
      const done = 'synced, 0 pending, 400 accepted, 400 applied, 400 rows'
      for (const tab of [a, b]) await expect.poll(() => standing(tab), inTime).toBe(done)
      expect(Object.keys(server.all('tasks'))).toHaveLength(400)
      expect(server.effects).toHaveLength(400)
      expect(server.sent.map(({ id }) => id).sort()).toEqual(Object.keys(server.all('tasks')).sort())
      expect([server.count('b', 'pull'), server.count('a', 'pull') > 0]).toEqual([0, true])
      const mine = server.asked.filter(({ tab, call }) => tab === 'b' && call === 'push')
      expect(mine.length).toBeGreaterThan(0)
    })

    test('take over the writes and the pulls of one that is closed', { timeout: 90_000 }, async () => {
      const place = `left-${crypto.randomUUID()}`
      const server = new Served(place)
      const a = await tabWith(url, place, 'a')
      await expect.poll(() => standing(a), inTime).toContain('synced')
      const b = await tabWith(url, place, 'b')
      await expect.poll(() => standing(b), inTime).toContain('synced')
      server.deafTo.add('a')
      await a.run(clients, 'writeMany', 'a', 20)
      await expect.poll(() => server.count('a', 'push'), inTime).toBeGreaterThan(0)
      await a.close()
      server.write('tasks', 'n', { id: 'n', title: 'by somebody else' })
      const done = 'synced, 0 pending, 20 accepted, 20 applied, 21 rows'
      await expect.poll(() => standing(b), inTime).toBe(done)
      expect(Object.keys(server.all('tasks'))).toHaveLength(21)
      expect(server.effects).toHaveLength(20)
      expect(server.count('b', 'pull')).toBeGreaterThan(0)
    })
  })
}
