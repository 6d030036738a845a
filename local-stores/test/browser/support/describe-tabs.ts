import { describe, expect, onTestFinished, test } from 'vitest'
import { openTab, type Tab, urlOf } from './tabs.ts'
import { type Known, loadFrom, openAt } from './writers.ts'

const writers = urlOf('support/writers.ts')

/** A tab that is closed when the test is over. */
async function tabOfTest(): Promise<Tab> {
  const tab = await openTab()
  onTestFinished(() => tab.close().catch(() => undefined))
  return tab
}

async function heldAt(url: string, place: string): Promise<Known> {
  const store = await openAt(url, place)
  const held = await loadFrom(store)
  await store.close()
  return held
}

/** Starts a tab that writes for ever; resolves once it has told of `count` commits. The numbers it told of go on growing. */
async function writerAt(tab: Tab, url: string, place: string, count: number): Promise<readonly number[]> {
  const told: number[] = []
  const acknowledged = new BroadcastChannel(place)
  onTestFinished(() => acknowledged.close())
  await new Promise<void>((resolve, reject) => {
    acknowledged.onmessage = ({ data }) => {
      told.push(Number(data))
      if (told.length === count) resolve()
    }
    tab.run(writers, 'writeForever', url, place).catch(reject)
  })
  return told
}

function expectWhole({ head, values }: Known, told: readonly number[]): void {
  expect(head).toBeGreaterThanOrEqual(Math.max(...told))
  expect([values.get('op/left'), values.get('base/right')]).toEqual([head, head])
  const kept = [...values.keys()].filter((key) => key.startsWith('op/n.')).sort()
  const wanted = Array.from({ length: Math.min(head, 40) }, (_, back) => `op/n.${head - back}`).sort()
  expect(kept).toEqual(wanted)
}

const departures = [
  ['reloaded', async (tab: Tab) => tab.reload()],
  ['closed', async (tab: Tab) => tab.close()],
] as const

/** What a store for browsers keeps when a tab goes in the middle of its writes. `url`: a module of `stores/`. */
export function describeDepartures(name: string, url: string): void {
  describe(`${name}: a tab that goes in mid-write`, () => {
    test.each(departures)('%s, six times: every acknowledged commit is there, and none in part', async (_, depart) => {
      const place = `goes-${crypto.randomUUID()}`
      let tab = await tabOfTest()
      for (const commits of [1, 3, 9, 27, 60, 130]) {
        const told = await writerAt(tab, url, place, commits)
        await depart(tab)
        expectWhole(await heldAt(url, place), told)
        tab = await tabOfTest()
      }
    })
  })
}

/** What a store that declares `writers: 'many'` keeps of two tabs that write at once. `url`: a module of `stores/`. */
export function describeSharing(name: string, url: string): void {
  describe(`${name}: two tabs on one namespace`, () => {
    test('lose nothing of 200 and 200 interleaved commits, and count each once', async () => {
      const place = `two-${crypto.randomUUID()}`
      const [a, b] = [await tabOfTest(), await tabOfTest()]
      const stale = await Promise.all([
        a.run<number>(writers, 'addMany', url, place, 'a', 200),
        b.run<number>(writers, 'addMany', url, place, 'b', 200),
      ])
      const { head, values } = await heldAt(url, place)
      expect([head, values.size, values.get('base/counter')]).toEqual([400, 401, 400])
      // Otherwise they did not meet.
      expect(stale[0] + stale[1]).toBeGreaterThan(0)
    })

    test('go on when the other one goes in mid-write', async () => {
      const place = `left-${crypto.randomUUID()}`
      const [a, b] = [await tabOfTest(), await tabOfTest()]
      const told = await writerAt(a, url, place, 20)
      await a.close()
      await b.run(writers, 'addMany', url, place, 'b', 50)
      const { head, values } = await heldAt(url, place)
      expect(values.get('base/counter')).toBe(50)
      expect(head - 50).toBeGreaterThanOrEqual(Math.max(...told))
    })
  })
}
