import type { RemoteCapabilities, RemoteChange } from '@rowkeep/kernel'
import { expectThat } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import type { RemoteBench } from './bench.ts'
import { revisions } from './needs.ts'
import { type Listed, newest } from './remote.ts'

const words: { readonly [key in keyof RemoteCapabilities]?: readonly string[] } = {
  atomicity: ['record', 'batch'],
  conditional: ['none', 'cas'],
  idempotency: ['none', 'natural', 'marker', 'log'],
  revisions: ['none', 'opaque', 'ordered'],
  feed: ['snapshot', 'timestamp-overlap', 'ordered'],
  feedSpan: ['collection', 'collections'],
  deletes: ['none', 'tombstone', 'tombstone+eviction'],
  expiry: ['silent', 'signalled'],
  live: ['none', 'hint', 'data'],
  clock: ['none', 'page'],
  absent: ['kept', 'null'],
}
// May be 0: nothing is remembered, nothing has to be waited for.
const times = ['opIdMemoryMs', 'markerDepth', 'settleMs', 'minWriteIntervalMs']
const amounts = ['operations', 'requestBytes', 'recordBytes', 'idBytes', 'pageRows', 'parallel', 'retentionMs']

function expectLimits(limits: Readonly<Record<string, unknown>>): void {
  for (const name of [...times, ...amounts]) {
    const value = limits[name]
    const least = amounts.includes(name) ? 1 : 0
    const holds = Number.isSafeInteger(value) && (value as number) >= least
    expectThat(holds, `limits.${name} to be a whole number of at least ${least}`, value)
  }
}

/** What a page gives away beyond what is declared. */
function undeclared(can: RemoteCapabilities, page: Listed): readonly string[] {
  const has = (kind: RemoteChange['kind']): boolean => page.changes.some((change) => change.kind === kind)
  const numbered = page.changes.some((change) => 'revision' in change && change.revision !== null)
  const found: readonly (readonly [boolean, string])[] = [
    [can.deletes === 'none' && has('tombstone'), "a tombstone, with deletes 'none'"],
    [can.deletes !== 'tombstone+eviction' && has('eviction'), `an eviction, with deletes '${can.deletes}'`],
    [page.kind === 'delta' && has('listed'), 'a row that is only listed, in a delta'],
    [can.feed === 'snapshot' && page.kind === 'delta', "a delta page, with feed 'snapshot'"],
    [can.revisions === 'none' && numbered, "a revision, with revisions 'none'"],
    [can.clock === 'none' && page.now !== undefined, "`now`, with clock 'none'"],
  ]
  return found.filter(([seen]) => seen).map(([, what]) => what)
}

const isNewer = (a: string, b: string): boolean => a.length - b.length > 0 || (a.length === b.length && a > b)

/** RA-1: what is declared. */
export const capabilities: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-1.1',
    title: 'capabilities are frozen, lists and limits included',
    async run({ ada, capabilities: can }) {
      const parts: object[] = [can, can.limits, can.conditions, can.operators]
      expectThat(parts.every(Object.isFrozen), 'capabilities, limits and operator lists to be frozen', can)
      expectThat(ada.adapter.capabilities === can, 'capabilities to be the same object at each read', can)
    },
  },
  {
    clause: 'RA-1.2',
    title: 'every capability is declared by one of its words, every limit by a number',
    async run({ ada, capabilities: can }) {
      for (const [key, allowed] of Object.entries(words)) {
        const value = can[key as keyof RemoteCapabilities]
        expectThat(allowed.includes(value as string), `capabilities.${key} to be one of ${allowed.join(', ')}`, value)
      }
      expectLimits({ ...can.limits })
      expectThat(/^[a-z0-9][a-z0-9 _.-]*$/.test(ada.adapter.name), 'a lower-case name', ada.adapter.name)
    },
  },
  {
    clause: 'RA-1.3',
    title: 'optional methods are there exactly where they are declared',
    async run({ ada, capabilities: can }) {
      const has = (method: string): boolean => method in ada.adapter
      expectThat(has('subscribe') === (can.live !== 'none'), `subscribe() exactly where live is not 'none'`, can.live)
      for (const method of ['query', 'count'])
        expectThat(
          has(method) === can.operators.length > 0,
          `${method}() exactly where operators are declared`,
          can.operators,
        )
    },
  },
  {
    clause: 'RA-1.4',
    title: 'pages carry nothing that is not declared',
    async run({ ada, backend, capabilities: can, write }) {
      await write({ id: 'n1', title: 'one' }, { id: 'n2', title: 'two' }, { id: 'n3', title: 'three' })
      const first = await ada.run()
      await backend.remove('notes', 'n1')
      await backend.evict?.('notes', 'n2')
      await write({ id: 'n3', title: 'three again' })
      const second = await ada.run({ cursor: first.cursor })
      const seen = [...first.pages, ...second.pages].flatMap((page) => undeclared(can, page))
      expectThat(seen.length === 0, 'the adapter to declare all it uses', seen)
    },
  },
  {
    clause: 'RA-1.5',
    title: 'each write of a row gives it another revision; ordered ones grow',
    needs: revisions,
    otherwise: { revisions: 'none', conditional: 'none' },
    async run({ ada, capabilities: can, write }) {
      const seen: string[] = []
      for (let n = 0; n < 12; n += 1) {
        await write({ id: 'n1', title: `version ${n}` })
        const row = newest((await ada.run()).changes).get('n1')
        const revision = row && 'revision' in row ? row.revision : undefined
        expectThat(typeof revision === 'string', 'a row to have a revision', row)
        seen.push(revision)
      }
      expectThat(new Set(seen).size === seen.length, 'twelve writes of a row to give twelve revisions', seen)
      const grows = seen.every((revision, n) => n === 0 || isNewer(revision, seen[n - 1] ?? ''))
      expectThat(
        can.revisions !== 'ordered' || grows,
        'ordered revisions to grow: longer, or greater by code unit',
        seen,
      )
    },
  },
]
