import type { Json } from '@rowkeep/kernel'
import { expectSame, expectThat } from '../core/expect.ts'
import { Inapplicable, type Scenario } from '../core/scenario.ts'
import type { RemoteBench, Row } from './bench.ts'
import { anyField } from './needs.ts'
import { creation, deletion, update } from './operations.ts'
import { expectApplied, expectDelivered, expectRecord } from './records.ts'
import { newest } from './remote.ts'
import { expectedOf } from './writing.ts'

const ids = [
  '../n1',
  '..',
  '.',
  'a/b',
  '/',
  'a?b=c',
  'a#b',
  'a&b',
  'a%2fb',
  '%',
  'a b',
  "'; drop table notes; --",
  '"quoted"',
  'a\\b',
  'a,b',
  '(a)',
  'a.eq.b',
  '__proto__',
  'constructor',
  'null',
  'e\u0301',
  '\u00e9',
  '\ud83d\ude00',
  '\u202e',
  'UPPER',
  'upper',
  'x'.repeat(200),
]
const texts = [
  '',
  ' ',
  '\\',
  '"',
  "'",
  "'; drop table notes; --",
  '\n\r\t',
  '\u2028',
  '\ufeff',
  '\ud83d\ude00',
  '\u202eabc',
  'null',
  '%_',
  '{{x}}',
  '<script>',
  'x'.repeat(10_000),
]
const fields = [
  'constructor',
  'toString',
  'hasOwnProperty',
  '__proto__',
  'a.b',
  'a/b',
  'a b',
  '$inc',
  '"',
  "'; --",
  'a[0]',
  '\u00e9',
  '',
]

const owning = (id: string, field: string, value: Json): Row =>
  JSON.parse(`{"id":${JSON.stringify(id)},"title":"t",${JSON.stringify(field)}:${JSON.stringify(value)}}`)

async function createAll({ ada, capabilities }: RemoteBench, rows: readonly Row[]): Promise<void> {
  const size = capabilities.limits.operations
  for (let from = 0; from < rows.length; from += size) {
    const part = rows.slice(from, from + size)
    const verdicts = await ada.push(part.map((row) => creation(row)))
    for (const [n, verdict] of verdicts.entries())
      expectApplied(verdict, `a create of ${JSON.stringify(part[n]).slice(0, 120)}`)
  }
}

async function expectRoundTrip(bench: RemoteBench, rows: readonly Row[]): Promise<void> {
  await createAll(bench, rows)
  const delivered = newest((await bench.ada.run()).changes)
  for (const row of rows) expectDelivered(bench.capabilities, delivered.get(row.id), row)
}

/** RA-9: what comes in is never syntax, path or prototype. */
export const hostileInput: readonly Scenario<RemoteBench>[] = [
  {
    clause: 'RA-9.1',
    title: 'any id names its own row: path characters, quotes, look-alikes',
    run: (bench) => {
      const fitting = ids.filter((id) => new TextEncoder().encode(id).length <= bench.capabilities.limits.idBytes)
      return expectRoundTrip(
        bench,
        fitting.map((id) => ({ id, title: `row ${id}` })),
      )
    },
  },
  {
    clause: 'RA-9.2',
    title: 'an update and a delete reach the row of their id and no other',
    async run(bench) {
      const { ada, backend, write } = bench
      const rows: readonly Row[] = ["a' or '1'='1", 'a/b', 'a%2fb', '*', 'a'].map((id) => ({ id, title: id }))
      await write(...rows)
      const [first, second] = rows as readonly [Row, Row]
      await ada.push([update(first, await expectedOf(bench, first.id), { set: { title: 'changed' } })])
      await ada.push([deletion(second.id, await expectedOf(bench, second.id))])
      const titles = (await backend.rows('notes')).map((row) => JSON.stringify(row['title'])).sort()
      expectSame(titles, ['"*"', '"a"', '"a%2fb"', '"changed"'], 'the titles after one update and one delete')
    },
  },
  {
    clause: 'RA-9.3',
    title: 'any text comes back as it was sent (NUL and lone surrogates apart)',
    run: (bench) =>
      expectRoundTrip(
        bench,
        texts.map((title, n) => ({ id: `n${n}`, title })),
      ),
  },
  {
    clause: 'RA-9.4',
    title: 'text that a backend cannot hold is rejected, never changed in silence',
    async run(bench) {
      for (const [n, title] of ['a\u0000b', 'a\ud800b'].entries()) {
        const row = { id: `n${n}`, title }
        const [verdict] = await bench.ada.push([creation(row)])
        if (verdict?.kind === 'applied')
          expectRecord(bench.capabilities, await bench.truth(row.id), row, 'the row at the backend')
        else expectThat(verdict?.kind === 'rejected', 'text that cannot be held to be rejected', verdict)
      }
    },
  },
  {
    clause: 'RA-9.5',
    title: 'any field name comes back, __proto__ included',
    needs: anyField,
    run: (bench) =>
      expectRoundTrip(
        bench,
        fields.map((field, n) => owning(`n${n}`, field, n)),
      ),
  },
  {
    clause: 'RA-9.6',
    title: 'numbers, lists and nested values come back',
    needs: anyField,
    run: (bench) =>
      expectRoundTrip(bench, [
        { id: 'n1', title: 'numbers', list: [0, -1, 0.1, 1e21, 1e-7, 9007199254740991] },
        { id: 'n2', title: 'nested', meta: { a: { b: [{ c: null }, [], {}, ''] } }, yes: true, no: false },
      ]),
  },
  {
    clause: 'RA-9.7',
    title: 'a record up to the declared size is applied (tried up to 1 MB)',
    async run(bench) {
      const bytes = Math.min(bench.capabilities.limits.recordBytes, 1_000_000)
      const row = { id: 'n1', title: 'x'.repeat(Math.floor(bytes * 0.9)) }
      const [verdict] = await bench.ada.push([creation(row)])
      expectApplied(verdict, `a create of a record of ${row.title.length} bytes`)
    },
  },
  {
    clause: 'RA-9.8',
    title: 'a record beyond the declared size is rejected with SYNC_TOO_LARGE (tried up to 5 MB)',
    async run(bench) {
      const bytes = bench.capabilities.limits.recordBytes
      if (bytes > 5_000_000) throw new Inapplicable(`records may have ${bytes} bytes, more than the suite sends`)
      const [verdict] = await bench.ada.push([creation({ id: 'n1', title: 'x'.repeat(bytes + 1000) })])
      const code = verdict?.kind === 'rejected' ? verdict.error.code : undefined
      expectThat(code === 'SYNC_TOO_LARGE', 'a rejection with SYNC_TOO_LARGE', verdict)
      expectThat((await bench.truth('n1')) === undefined, 'a record that is too large to have no effect', 'a row')
    },
  },
]
