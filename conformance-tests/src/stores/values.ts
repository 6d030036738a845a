import type { Json } from '@rowkeep/kernel'
import { expectThat, rejects } from '../core/expect.ts'
import type { Scenario } from '../core/scenario.ts'
import { put, type StoreBench } from './bench.ts'

const deep = (levels: number): Json =>
  levels === 0 ? 'bottom' : levels % 2 ? [deep(levels - 1)] : { d: deep(levels - 1) }

const strings = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\udc00x',
  '\ud83d\ude00',
  '\u202eabc',
  '\u2028\u2029',
  '\ufeff',
  '\\"\'`\n\r\t',
  'e\u0301 \u00e9',
  '{{y}} <script>',
  'undefined',
  'null',
  'x'.repeat(100_000),
]
const numbers = [
  0,
  1,
  -1,
  0.1 + 0.2,
  1e21,
  1e-7,
  123456789012345680000,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
  Number.EPSILON,
]
const fields = [
  '',
  ' ',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '0',
  'a.b',
  'a/b',
  '$set',
  '\u0000',
  '\ud800',
  '\ud83d\ude00',
  '$ref',
  '@type',
  'then',
  'toJSON',
]
const keys = [
  'a',
  'a/b',
  '/',
  '//',
  '..',
  '../a',
  '.',
  ' ',
  'a b',
  '%2e%2e%2f',
  '%00',
  'A',
  '__proto__',
  'constructor',
  'toString',
  '"',
  "'",
  '\\',
  '*',
  '?',
  ':',
  '|',
  '<',
  '>',
  '&',
  '~',
  '0',
  '00',
  '-1',
  'CON',
  'k'.repeat(1024),
]

/** An object with this own field, also where the name is `__proto__`. */
const owning = (field: string, value: Json): Json => JSON.parse(`{${JSON.stringify(field)}:${JSON.stringify(value)}}`)

function noJson(): Readonly<Record<string, unknown>> {
  const loop: { self?: unknown } = {}
  loop.self = loop
  return {
    'a BigInt': 1n,
    'a cycle': loop,
    NaN: Number.NaN,
    Infinity: { n: Number.POSITIVE_INFINITY },
    'undefined in an object': { a: undefined },
    'undefined in a list': [undefined],
    'a Date': { at: new Date(0) },
    'a Map': new Map([['a', 1]]),
    'a function': { run: () => 1 },
  }
}

async function roundTrip(bench: StoreBench, values: readonly Json[]): Promise<void> {
  const handle = await bench.open()
  await handle.commit(
    values.map((value, index) => put(`v${index}`, value)),
    0,
  )
  await handle.close()
  const held = (await (await bench.reopen()).held()).values
  values.forEach((value, index) => {
    const [wanted, seen] = [JSON.stringify(value), JSON.stringify(held.get(`base/v${index}`))]
    expectThat(seen === wanted, `the value ${wanted.slice(0, 80)} to come back unchanged`, seen ?? 'nothing')
  })
}

/** LS-7: what goes in comes out. */
export const values: readonly Scenario<StoreBench>[] = [
  {
    clause: 'LS-7.1',
    title: 'any text comes back: NUL, lone surrogates, line separators, long',
    run: (bench) => roundTrip(bench, strings),
  },
  {
    clause: 'LS-7.2',
    title: 'any finite number comes back exactly; -0 may come back as 0',
    async run(bench) {
      await roundTrip(bench, numbers)
      const handle = await bench.open('u-zero')
      await handle.commit([put('zero', -0)], 0)
      const zero = (await handle.held()).values.get('base/zero')
      expectThat(zero === 0, '-0 to come back as -0 or 0', zero ?? 'nothing')
    },
  },
  {
    clause: 'LS-7.3',
    title: 'null, false, 0, empty text, list and object are values, not removals',
    run: (bench) => roundTrip(bench, [null, false, true, 0, '', [], {}, [null], { a: null }, [[], {}]]),
  },
  {
    clause: 'LS-7.4',
    title: 'any field name comes back: empty, __proto__, constructor, toJSON',
    run: (bench) =>
      roundTrip(
        bench,
        fields.flatMap((field) => [owning(field, 1), owning(field, { x: [null] })]),
      ),
  },
  {
    clause: 'LS-7.5',
    title: 'values 100 levels deep come back',
    run: (bench) => roundTrip(bench, [deep(99), deep(100)]),
  },
  {
    clause: 'LS-7.6',
    title: 'any printable ASCII key of up to 1024 bytes is its own key in each table',
    async run(bench) {
      const handle = await bench.open()
      await handle.commit(
        keys.flatMap((key) => [put(key, `base ${key}`), put(key, `op ${key}`, 'op')]),
        0,
      )
      await handle.close()
      const held = (await (await bench.reopen()).held()).values
      const lost = keys.filter(
        (key) => held.get(`base/${key}`) !== `base ${key}` || held.get(`op/${key}`) !== `op ${key}`,
      )
      expectThat(lost.length === 0 && held.size === keys.length * 2, 'every key to hold its own value', { lost })
    },
  },
  {
    clause: 'LS-7.7',
    title: 'a value that is not JSON is refused with SYNC_INPUT_INVALID, never changed in silence',
    async run(bench) {
      const handle = await bench.open()
      for (const [name, value] of Object.entries(noJson()))
        await rejects(`commit() of ${name}`, 'SYNC_INPUT_INVALID', () =>
          handle.raw.commit([put('a', value as Json)], 0),
        )
      const held = await handle.held()
      expectThat(held.values.size === 0, 'nothing to be held after refusals', [...held.values])
    },
  },
]
