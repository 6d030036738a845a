import { expectSame, expectThat, rejects, resolves } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import { home, put, type StoreBench } from './bench.ts'

const levels = ['none', 'relaxed', 'strict'] as const

/** LS-1: opening, closing, destroying. */
export const lifeCycle: readonly Scenario<StoreBench>[] = [
  {
    clause: 'LS-1.1',
    title: 'a new namespace opens empty, at commit 0',
    async run(bench) {
      const held = await (await bench.open()).held()
      expectThat(held.head === 0, 'the head of a new namespace to be 0', held.head)
      expectThat(held.values.size === 0, 'a new namespace to hold nothing', held.values)
    },
  },
  {
    clause: 'LS-1.2',
    title: 'close() may be called twice',
    async run(bench) {
      const handle = await bench.open()
      await handle.close()
      await handle.close()
    },
  },
  {
    clause: 'LS-1.3',
    title: 'after close() every call fails with SYNC_CLOSED',
    async run(bench) {
      const handle = await bench.open()
      await handle.close()
      await rejects('commit() after close()', 'SYNC_CLOSED', () => handle.raw.commit([put('a', 1)], 0))
      await rejects('load() after close()', 'SYNC_CLOSED', async () => {
        for await (const page of handle.raw.load()) return page
        return 'a load without a page'
      })
    },
  },
  {
    clause: 'LS-1.4',
    title: 'close() waits for commits under way',
    async run(bench) {
      const handle = await bench.open()
      let ended = false
      const commit = handle.raw.commit([put('a', 1)], 0).then(() => {
        ended = true
      })
      await handle.close()
      // Promises chained on the commit may be some turns behind it, but none of them needs the event loop.
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
      expectThat(ended, 'a commit begun before close() to have ended when close() does', 'still under way')
      await commit
      const held = await (await bench.reopen()).held()
      expectSame(held.values.get('base/a'), 1, 'the value of a commit begun before close()')
    },
  },
  {
    clause: 'LS-1.5',
    title: 'destroy() removes a namespace and all in it',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1), put('b', 2, 'op')], 0)
      await handle.close()
      await resolves('destroy()', () => bench.store().destroy(home))
      const held = await (await bench.reopen()).held()
      expectThat(held.values.size === 0, 'a destroyed namespace to be empty', held.values)
      expectThat(held.head === 0, 'a destroyed namespace to begin at commit 0', held.head)
    },
  },
  {
    clause: 'LS-1.6',
    title: 'destroy() of a namespace that is not there succeeds',
    async run(bench) {
      await resolves('destroy() of an absent namespace', () => bench.store().destroy('u-nobody'))
    },
  },
  {
    clause: 'LS-1.7',
    title: 'destroy() of an open namespace fails with SYNC_STORE_LOCKED, without effect',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit([put('a', 1)], 0)
      await rejects('destroy() while open', 'SYNC_STORE_LOCKED', () => bench.store().destroy(home))
      expectSame((await handle.held()).values.get('base/a'), 1, 'a value after the refused destroy()')
    },
  },
  {
    clause: 'LS-1.8',
    title: 'a durability above the declared one is refused with SYNC_STORE_DURABILITY',
    needs: ({ capabilities }) =>
      capabilities.durability === 'strict' ? 'the store grants every durability' : undefined,
    async run(bench) {
      const above = levels[levels.indexOf(bench.capabilities.durability) + 1] ?? 'strict'
      const spec = { namespace: home, durability: above, env: bench.env }
      await rejects(`open() with durability '${above}'`, 'SYNC_STORE_DURABILITY', () => bench.store().open(spec))
    },
  },
  {
    clause: 'LS-1.9',
    title: 'the durability granted is at least the one asked for, at most the one declared',
    async run(bench) {
      const most = levels.indexOf(bench.capabilities.durability)
      for (const [least, asked] of levels.slice(0, most + 1).entries()) {
        const handle = await bench.open(`u-${asked}`, asked)
        const granted = levels.indexOf(handle.raw.durability)
        expectThat(
          least <= granted && granted <= most,
          `a granted durability of at least '${asked}'`,
          handle.raw.durability,
        )
        await handle.close()
      }
    },
  },
]
