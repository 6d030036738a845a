import type { Cursor } from '@rowkeep/kernel'
import { modelServer } from '@rowkeep/kernel/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bench, contextOf, marks, notes, plant } from './bench.ts'

const overlapMs = 10_000

/** What happens next: time passes, a write is stamped and seen after its lag, or a page is pulled. */
const event = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.nat(overlapMs) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), lag: fc.nat(overlapMs) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('page' as const), limit: fc.integer({ min: 1, max: 4 }) }) },
)

it('misses no row that is seen within the overlap, whatever is written and read when [F87]', {
  timeout: 120_000,
}, async () => {
  const history = fc.array(event, { minLength: 20, maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(history, fc.nat(1e6), async (events, offset) => {
      let now = 1_795_150_000_000
      const { ada, server } = await bench(
        { overlapMs, monotonicNow: () => now - offset },
        modelServer({ env: { now: () => now } }),
      )
      const waiting: { readonly at: number; readonly stamp: number; readonly id: string }[] = []
      const delivered = new Set<string>()
      let cursor: Cursor | null = null
      let written = 0
      const pass = (ms: number): void => {
        now += ms
        for (const { id, stamp } of waiting.filter(({ at }) => at <= now)) plant(server, id, marks(1, stamp))
        waiting.splice(0, waiting.length, ...waiting.filter(({ at }) => at > now))
      }
      const pull = async (limit: number): Promise<boolean> => {
        const page = await ada.pull({ feed: notes, cursor, limit }, contextOf())
        if (page.kind === 'expired') throw new Error('an own cursor is known')
        for (const { id } of page.changes) delivered.add(id)
        cursor = page.cursor
        return page.more
      }
      for (const one of events) {
        if (one.kind === 'pass') pass(one.ms)
        else if (one.kind === 'page') await pull(one.limit)
        else {
          written += 1
          waiting.push({ at: now + one.lag, stamp: now, id: `n${written}` })
          pass(1)
        }
      }
      pass(overlapMs + 1)
      // What is left of the run under way, and one more.
      while (await pull(100));
      while (await pull(100));
      expect(delivered.size).toBe(written)
    }),
    { numRuns: 60 },
  )
})
