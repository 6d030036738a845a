import type { Json } from '@rowkeep/kernel'
import type { Client, Data, Values } from '../clients/client.ts'
import { outcomeOf, type Step } from './step.ts'

const record = ({ now }: Values, revision: number, more: Data = {}): Data => ({
  _rev: revision,
  _changedAt: now(),
  _deleted: false,
  ...more,
})

let ids = 0

/** A place where nobody has written; each step has one. */
const fresh = (collection: string): string => {
  ids += 1
  return `${collection}/rules-${ids}`
}

const put = (client: Client, path: string, data: Data): Promise<Json> =>
  outcomeOf(client.write((to) => to.set(path, data)))

const denied: Json = { refused: 'permission-denied' }

const refuses = (what: string, run: (client: Client) => Promise<Json>): Step => ({
  what: `rules: ${what}`,
  sees: denied,
  run: ({ client }) => run(client),
})

const granted: readonly Step[] = [
  {
    what: 'rules: a record of the user, its next revisions, and a mark of theirs',
    sees: [null, null, null, 2],
    async run({ client }) {
      const [path, { values }] = [fresh('users/ada/notes'), client]
      return [
        await put(client, path, record(values, 1)),
        await put(client, path, record(values, 2, { title: 'x' })),
        await put(client, fresh('users/ada/mutations'), { digest: 'd', at: values.now() }),
        (await client.read(path))?.['_rev'] ?? null,
      ]
    },
  },
  {
    what: 'rules: a revision that is skipped, or taken twice',
    sees: [null, denied, denied, 1],
    async run({ client }) {
      const [path, { values }] = [fresh('users/ada/notes'), client]
      return [
        await put(client, path, record(values, 1)),
        await put(client, path, record(values, 3)),
        await put(client, path, record(values, 1)),
        (await client.read(path))?.['_rev'] ?? null,
      ]
    },
  },
  {
    what: 'rules: a mark that is made twice, changed or taken away',
    sees: [null, denied, denied, denied],
    async run({ client }) {
      const [path, mark] = [fresh('users/ada/mutations'), { digest: 'd', at: client.values.now() }]
      return [
        await put(client, path, mark),
        await put(client, path, mark),
        await outcomeOf(client.write((to) => to.update(path, { digest: 'e' }))),
        await outcomeOf(client.write((to) => to.remove(path))),
      ]
    },
  },
  {
    what: 'rules: a batch with one write that they refuse',
    sees: [denied, null],
    async run({ client, outsider }) {
      const [good, bad] = [fresh('users/ada/notes'), fresh('users/ada/notes')]
      const written = client.write((to) => {
        to.set(good, record(client.values, 1))
        to.set(bad, record(client.values, 2))
      })
      return [await outcomeOf(written), await outsider.read(good)]
    },
  },
]

const refused: readonly Step[] = [
  refuses('a stamp of the device', (client) =>
    put(client, fresh('users/ada/notes'), { ...record(client.values, 1), _changedAt: client.values.time(100, 0) }),
  ),
  refuses('a deletion without a tombstone', async (client) => {
    const path = fresh('users/ada/notes')
    await put(client, path, record(client.values, 1))
    return outcomeOf(client.write((to) => to.remove(path)))
  }),
  refuses('a mark with a field more', (client) =>
    put(client, fresh('users/ada/mutations'), { digest: 'd', at: client.values.now(), more: 1 }),
  ),
  refuses('a record of another user', (client) => put(client, fresh('users/bob/notes'), record(client.values, 1))),
  refuses('a collection that they do not name', (client) => put(client, fresh('other'), record(client.values, 1))),
  refuses('a document of another user, read', (client) => outcomeOf(client.read('users/bob/notes/n1'))),
  refuses('a query of what is another user’s', async (client) =>
    outcomeOf(client.find({ collection: 'users/bob/notes' }).then((all) => all.length)),
  ),
  refuses('a count of what is another user’s', async (client) =>
    outcomeOf(client.count({ collection: 'users/bob/notes' })),
  ),
  {
    what: 'rules: a listener to what is another user’s',
    sees: 'permission-denied',
    without: { lite: 'the lite SDK has no listeners' },
    run: ({ client }) =>
      new Promise((resolve) => {
        const hearing = { heard: () => resolve('heard'), failed: resolve }
        client.listen?.({ collection: 'users/bob/notes' }, hearing)
      }),
  },
]

/** What the printed rules let a user do, and what not; for web SDKs that send the token of ada. */
export const rules: readonly Step[] = [...granted, ...refused]

const unsigned = 'the full SDK takes it for a token that ran out, and tries for ever with a new one'

/** For web SDKs that send a token of nobody. */
export const strangers: readonly Step[] = [
  {
    what: 'a token that nobody issued',
    sees: [{ refused: 'unauthenticated' }, { refused: 'unauthenticated' }],
    without: { full: unsigned },
    run: async ({ client }) => [
      await outcomeOf(client.read('users/ada/notes/n1')),
      await put(client, 'users/ada/notes/n1', record(client.values, 1)),
    ],
  },
]

/** For the admin SDK: nothing of the rules holds for it. */
export const beyond: readonly Step[] = [
  {
    what: 'rules: none for the admin',
    sees: [null, null, { _rev: 9 }],
    async run({ client }) {
      const path = fresh('users/bob/notes')
      return [await put(client, path, { _rev: 7 }), await put(client, path, { _rev: 9 }), await client.read(path)]
    },
  },
]
