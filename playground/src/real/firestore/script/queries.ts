import type { Json } from '@rowkeep/kernel'
import type { Client, Data, Values, Wanted } from '../clients/client.ts'
import type { Stage, Step } from './step.ts'

/** Three of the stamps are equal, as those of one commit are. */
const documents = ({ time }: Values): Readonly<Record<string, Data>> => ({
  a: { n: 1, even: false, at: time(100, 1000), tags: ['x'] },
  b: { n: 2, even: true, at: time(100, 2000), tags: ['x', 'y'] },
  c: { n: 3, even: false, at: time(100, 2000), tags: [] },
  d: { n: 4, even: true, at: time(100, 2000) },
  e: { n: 5, even: false, at: time(101, 0), nothing: null },
  f: { n: 6.5, even: true, at: time(102, 0) },
  g: { n: 'seven', at: 'no time' },
  h: { at: null },
})

async function plant(client: Client, folder: string): Promise<void> {
  await client.write((to) => {
    for (const [id, data] of Object.entries(documents(client.values))) to.set(`${folder}/${id}`, data)
  })
}

type WantedOf = (values: Values) => Omit<Wanted, 'collection'>

async function found({ client, folder }: Stage, wanted: WantedOf): Promise<Json> {
  await plant(client, folder)
  const all = await client.find({ collection: folder, ...wanted(client.values) })
  return all.map(({ id }) => id).join(' ')
}

const finds = (what: string, sees: string, wanted: WantedOf): Step => ({
  what,
  sees,
  run: (stage) => found(stage, wanted),
})

const ordered: readonly Step[] = [
  finds('a query without conditions, by id', 'a b c d e f g h', () => ({})),
  finds('a query in order, limited; what lacks the field stays out', 'a b c', () => ({
    order: [['n', 'asc']],
    first: 3,
  })),
  finds('a query in descending order: text before numbers', 'g f e d c b a', () => ({ order: [['n', 'desc']] })),
  finds('a query in order of types: null, time, text', 'h a b c d e f g', () => ({ order: [['at', 'asc']] })),
  finds('equal values go by id in the direction of the last order', 'g f e d c b a', () => ({
    where: [['at', '!=', 'nothing of this']],
    order: [['at', 'desc']],
  })),
  finds('the last of an order', 'e f', ({ time }) => ({
    where: [['at', '>', time(0, 0)]],
    order: [['at', 'asc']],
    last: 2,
  })),
]

const after: readonly Step[] = [
  finds('a page behind a stamp and an id (what a pull asks)', 'c d', ({ time }) => ({
    where: [['at', '>', time(0, 0)]],
    order: [
      ['at', 'asc'],
      ['__name__', 'asc'],
    ],
    from: ['startAfter', time(100, 2000), 'b'],
    first: 2,
  })),
  finds('the row with the newest stamp (what a pull asks first)', 'f', ({ time }) => ({
    where: [['at', '>', time(0, 0)]],
    order: [['at', 'desc']],
    first: 1,
  })),
  finds('what is stamped at a time or later (what a listener asks)', 'b c d e f', ({ time }) => ({
    where: [['at', '>=', time(100, 2000)]],
    order: [['at', 'asc']],
  })),
  finds('documents by their ids, some missing (what a push asks)', 'a c', () => ({
    where: [['__name__', 'in', ['c', 'missing', 'a']]],
  })),
  finds('a page from one value to before another', 'b c', () => ({
    order: [['n', 'asc']],
    from: ['startAt', 2],
    to: ['endBefore', 4],
  })),
  finds('a page to a value, of which several have it', 'a b c d', ({ time }) => ({
    order: [
      ['at', 'asc'],
      ['n', 'asc'],
    ],
    from: ['startAfter', null],
    to: ['endAt', time(100, 2000)],
  })),
  finds('a page in descending order', 'c b', () => ({ order: [['n', 'desc']], from: ['startAfter', 4], first: 2 })),
]

const conditions: readonly Step[] = [
  finds('== and > together', 'd f', () => ({
    where: [
      ['even', '==', true],
      ['n', '>', 2],
    ],
  })),
  finds('ranges hold within a type', 'a b c', () => ({ where: [['n', '<=', 3]] })),
  finds('!= finds what has the field', 'b c d e f g', () => ({ where: [['n', '!=', 1]] })),
  finds('in, of a field', 'a f', () => ({ where: [['n', 'in', [6.5, 1, 'none']]] })),
  finds('array-contains', 'a b', () => ({ where: [['tags', 'array-contains', 'x']] })),
  finds('two ends of a range', 'b c d', () => ({
    where: [
      ['n', '>', 1],
      ['n', '<', 5],
    ],
  })),
  {
    what: 'a query of an empty collection',
    sees: [],
    run: async ({ client, folder }) => (await client.find({ collection: folder })).map(({ id }) => id),
  },
  {
    what: 'ids and texts in the order of their code points',
    sees: [
      ['A', 'Z', 'a', 'é', '\uffee', '\u{1f600}'],
      ['A', 'Z', 'a', 'é', '\uffee', '\u{1f600}'],
    ],
    async run({ client, folder }) {
      await client.write((to) => {
        for (const id of ['\u{1f600}', 'a', 'é', 'Z', '\uffee', 'A']) to.set(`${folder}/${id}`, { text: id })
      })
      const orders = ['__name__', 'text'].map((field) => client.find({ collection: folder, order: [[field, 'asc']] }))
      return (await Promise.all(orders)).map((all) => all.map(({ id }) => id))
    },
  },
  {
    what: 'count: of all, under a condition, up to a limit, of nothing',
    sees: [8, 3, 4, 0],
    async run({ client, folder: collection }) {
      await plant(client, collection)
      return [
        await client.count({ collection }),
        await client.count({ collection, where: [['even', '==', true]] }),
        await client.count({ collection, first: 4 }),
        await client.count({ collection: `${collection}/a/none` }),
      ]
    },
  },
]

/** Queries and what they find. */
export const queries: readonly Step[] = [...ordered, ...after, ...conditions]
