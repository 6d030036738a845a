import type { MeasurableStore, WatchableStore } from '@rowkeep/kernel'
import { expectThat, resolves, within } from '../core/expect.ts'
import { Inapplicable, type Scenario } from '../core/scenario.ts'
import { put, type StoreBench } from './bench.ts'

const optional = <T extends object>(raw: object, method: keyof T & string): raw is T =>
  typeof (raw as Record<string, unknown>)[method] === 'function'

/** Text of so many characters that no store can keep in much less. */
function noise(length: number): string {
  let state = 1
  const next = (): string => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return String.fromCharCode(0x20 + ((state >>> 16) % 95))
  }
  return Array.from({ length }, next).join('')
}

/** LS-8: capabilities, limits, optional parts. */
export const capabilities: readonly Scenario<StoreBench>[] = [
  {
    clause: 'LS-8.1',
    title: 'capabilities are frozen, complete and of the declared words',
    async run({ capabilities: can, store }) {
      expectThat(Object.isFrozen(can) && Object.isFrozen(can.limits), 'capabilities and limits to be frozen', can)
      expectThat(store().capabilities === can, 'capabilities to be the same object at each read', can)
      expectThat(['one', 'many'].includes(can.writers), "`writers` to be 'one' or 'many'", can.writers)
      expectThat(['none', 'relaxed', 'strict'].includes(can.durability), '`durability` to be a level', can.durability)
      expectThat(typeof can.evictable === 'boolean', '`evictable` to be a boolean', can.evictable)
      const { valueBytes, commitBytes } = can.limits
      const whole = [valueBytes, commitBytes].every((limit) => Number.isSafeInteger(limit) && limit > 0)
      expectThat(
        whole && valueBytes <= commitBytes,
        'limits to be positive, a value no larger than a commit',
        can.limits,
      )
    },
  },
  {
    clause: 'LS-8.2',
    title: 'the name is lower case and not empty',
    async run({ store }) {
      expectThat(/^[a-z0-9][a-z0-9 _.-]*$/.test(store().name), 'a lower-case name', store().name)
    },
  },
  {
    clause: 'LS-8.3',
    title: 'values up to the declared size are accepted (tried up to 4 MB)',
    async run(bench) {
      const bytes = Math.min(bench.capabilities.limits.valueBytes, 4_000_000)
      const value = 'x'.repeat(bytes - 2)
      const handle = await bench.open()
      await handle.commit([put('large', value)], 0)
      const seen = (await handle.held()).values.get('base/large')
      expectThat(
        seen === value,
        `a value of ${bytes} bytes to come back`,
        typeof seen === 'string' ? `${seen.length} characters` : seen,
      )
    },
  },
  {
    clause: 'LS-8.4',
    title: 'a commit of 2 000 entries is accepted',
    async run(bench) {
      const handle = await bench.open()
      const entries = Array.from({ length: 2_000 }, (_, index) => put(`k${index}`, { index, text: 'x'.repeat(50) }))
      await handle.commit(entries, 0)
      const { size } = (await handle.held()).values
      expectThat(size === 2_000, '2 000 entries to be held', size)
    },
  },
  {
    clause: 'LS-8.5',
    title: 'size(), where there is one, grows with what is held',
    async run(bench) {
      const handle = await bench.open()
      const { raw } = handle
      if (!optional<MeasurableStore>(raw, 'size')) throw new Inapplicable('the store has no size()')
      const before = await resolves('size()', () => raw.size())
      await handle.commit([put('a', noise(100_000))], 0)
      const after = await resolves('size()', () => raw.size())
      expectThat(after.usedBytes >= before.usedBytes + 50_000, 'size() to grow by a value of 100 kB', { before, after })
      const { freeBytes } = after
      expectThat(freeBytes === undefined || freeBytes >= 0, '`freeBytes` to be undefined or not negative', freeBytes)
    },
  },
  {
    clause: 'LS-8.6',
    title: 'watch(), where there is one, tells of commits by other holders until it is ended',
    needs: ({ capabilities: can }) => (can.writers === 'one' ? 'the store declares one writer' : undefined),
    async run(bench) {
      const first = await bench.open()
      const { raw } = first
      if (!optional<WatchableStore>(raw, 'watch')) throw new Inapplicable('the store has no watch()')
      let heads: number[] = []
      let told: () => void = () => {}
      const call = new Promise<void>((resolve) => {
        told = resolve
      })
      const end = raw.watch((head) => {
        heads.push(head)
        told()
      })
      const spec = { namespace: 'u-ada', durability: 'none', env: bench.env } as const
      const second = bench.handle(await within('a second open()', bench.another().open(spec)))
      await second.commit([put('a', 1)], 0)
      await within('watch() to tell of a commit by another holder', call)
      end()
      heads = []
      await second.commit([put('a', 2)], 1)
      await second.held()
      expectThat(heads.length === 0, 'no call after the watch was ended', heads)
    },
  },
]
