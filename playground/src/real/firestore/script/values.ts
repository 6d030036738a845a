import type { Json } from '@rowkeep/kernel'
import type { Data, Values } from '../clients/client.ts'
import type { Step } from './step.ts'

const everything = (values: Values): Data => ({
  text: 'é\u{1f600}\u0000',
  empty: '',
  yes: true,
  no: false,
  none: null,
  whole: 7,
  most: Number.MAX_SAFE_INTEGER,
  least: Number.MIN_SAFE_INTEGER,
  zero: 0,
  minusZero: -0,
  half: 0.5,
  huge: 1e300,
  large: 2 ** 60,
  notANumber: Number.NaN,
  infinite: Number.NEGATIVE_INFINITY,
  list: [1, { a: [] }, null, 'x'],
  emptyList: [],
  map: { 'a.b': { deep: [{ x: 1 }] } },
  emptyMap: {},
  time: values.time(1_700_000_000, 123_456_000),
  before1970: values.time(-1, 999_999_000),
  bytes: values.bytes('AP/+'),
  point: values.point(-12.5, 179.5),
  reference: values.reference('other/doc'),
})

const everythingRead: Json = {
  before1970: { $time: [-1, 999_999_000] },
  bytes: { $bytes: 'AP/+' },
  empty: '',
  emptyList: [],
  emptyMap: {},
  half: 0.5,
  huge: 1e300,
  infinite: { $number: '-Infinity' },
  large: 2 ** 60,
  least: Number.MIN_SAFE_INTEGER,
  list: [1, { a: [] }, null, 'x'],
  map: { 'a.b': { deep: [{ x: 1 }] } },
  minusZero: { $number: '-0' },
  most: Number.MAX_SAFE_INTEGER,
  no: false,
  none: null,
  notANumber: { $number: 'NaN' },
  point: { $point: [-12.5, 179.5] },
  reference: { $reference: 'other/doc' },
  text: 'é\u{1f600}\u0000',
  time: { $time: [1_700_000_000, 123_456_000] },
  whole: 7,
  yes: true,
  zero: 0,
}

const types: readonly Step[] = [
  {
    what: 'a value of each type, as it was written',
    sees: everythingRead,
    async run({ client, folder }) {
      await client.write((to) => to.set(`${folder}/a`, everything(client.values)))
      return client.read(`${folder}/a`)
    },
  },
  {
    what: 'a value of each type, as another SDK wrote it',
    sees: everythingRead,
    async run({ client, outsider, folder }) {
      await outsider.write((to) => to.set(`${folder}/a`, everything(outsider.values)))
      return client.read(`${folder}/a`)
    },
  },
  {
    what: 'a timestamp of nanoseconds, cut to microseconds',
    sees: { $time: [1_700_000_000, 123_456_000] },
    async run({ client, folder }) {
      await client.write((to) => to.set(`${folder}/a`, { at: client.values.time(1_700_000_000, 123_456_789) }))
      return (await client.read(`${folder}/a`))?.['at'] ?? null
    },
  },
]

/** Milliseconds of a time that was read. */
const millisOf = (value: Json | undefined): number => {
  const [seconds = Number.NaN, nanoseconds = Number.NaN] = (value as { $time?: number[] } | undefined)?.$time ?? []
  return seconds * 1000 + nanoseconds / 1e6
}

const transforms: readonly Step[] = [
  {
    what: 'the server timestamp: of now, in whole milliseconds, one for all of a commit, alike for every reader',
    sees: { isNow: true, isWhole: true, same: true, alike: true },
    async run({ client, outsider, folder }) {
      const now = client.values.now()
      await client.write((to) => {
        to.set(`${folder}/a`, { at: now, map: { at: now } })
        to.merge(`${folder}/b`, { at: now })
      })
      const [a, b, other] = [
        await client.read(`${folder}/a`),
        await client.read(`${folder}/b`),
        await outsider.read(`${folder}/a`),
      ]
      const at = millisOf(a?.['at'])
      const times = [b?.['at'], (a?.['map'] as { at?: Json } | undefined)?.at].map(millisOf)
      return {
        isNow: Math.abs(at - Date.now()) < 10_000,
        isWhole: Number.isInteger(at),
        same: times.every((time) => time === at),
        alike: millisOf(other?.['at']) === at,
      }
    },
  },
  {
    what: 'increments: of whole numbers and others, of what is absent or no number, of a document that is not there',
    sees: [{ absent: 2, half: 1.5, mixed: 1.5, text: 4, whole: 11 }, { n: 5 }],
    async run({ client, folder }) {
      const { plus } = client.values
      await client.write((to) => to.set(`${folder}/a`, { whole: 1, half: 0.5, mixed: 1, text: 'x' }))
      const by = { whole: plus(10), half: plus(1), mixed: plus(0.5), text: plus(4), absent: plus(2) }
      await client.write((to) => to.update(`${folder}/a`, by))
      await client.write((to) => to.merge(`${folder}/b`, { n: plus(5) }))
      return [await client.read(`${folder}/a`), await client.read(`${folder}/b`)]
    },
  },
  {
    what: 'what is added to a list and taken from it',
    sees: { absent: ['a'], less: ['b'], list: ['a', { x: 1 }, 2], text: ['c'] },
    async run({ client, folder }) {
      const { union, without } = client.values
      await client.write((to) => to.set(`${folder}/a`, { list: ['a', { x: 1 }], less: ['a', 'b', 'a'], text: 'x' }))
      await client.write((to) =>
        to.update(`${folder}/a`, {
          list: union('a', { x: 1 }, 2, 2),
          less: without('a', 'c'),
          text: union('c'),
          absent: union('a'),
        }),
      )
      return client.read(`${folder}/a`)
    },
  },
]

/** Values, and those that the server works out. */
export const values: readonly Step[] = [...types, ...transforms]
