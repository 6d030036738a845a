import type { Step } from './step.ts'
import { outcomeOf } from './step.ts'

const onlyHttp = 'it looks at nothing but the HTTP status, and 409 and 400 have one code each'

const creating: readonly Step[] = [
  {
    what: 'create',
    sees: { n: 1 },
    async run({ client, folder }) {
      await client.create(`${folder}/a`, { n: 1 })
      return client.read(`${folder}/a`)
    },
  },
  {
    what: 'create of a document that another one just created',
    sees: [{ refused: 'already-exists' }, { by: 'outsider' }],
    apart: { lite: { sees: [{ refused: 'aborted' }, { by: 'outsider' }], why: onlyHttp } },
    async run({ client, outsider, folder }) {
      const meanwhile = (): Promise<void> => outsider.create(`${folder}/a`, { by: 'outsider' })
      const created = await outcomeOf(client.create(`${folder}/a`, { by: 'client' }, meanwhile))
      return [created, await client.read(`${folder}/a`)]
    },
  },
  {
    what: 'get of a missing document',
    sees: null,
    run: ({ client, folder }) => client.read(`${folder}/a`),
  },
  {
    what: 'set, which leaves nothing of what was there',
    sees: { b: 2 },
    async run({ client, folder }) {
      await client.write((to) => to.set(`${folder}/a`, { a: 1 }))
      await client.write((to) => to.set(`${folder}/a`, { b: 2 }))
      return client.read(`${folder}/a`)
    },
  },
  {
    what: 'set with merge, down into maps',
    sees: { a: 1, map: { kept: true, n: 2 } },
    async run({ client, folder }) {
      await client.write((to) => to.merge(`${folder}/a`, { a: 1, map: { n: 1, kept: true } }))
      await client.write((to) => to.merge(`${folder}/a`, { map: { n: 2 } }))
      return client.read(`${folder}/a`)
    },
  },
]

const updating: readonly Step[] = [
  {
    what: 'update, within a map by dots, with a field taken away',
    sees: { a: 2, kept: 0, map: { x: 1, y: 2 } },
    async run({ client, folder }) {
      await client.write((to) => to.set(`${folder}/a`, { a: 1, kept: 0, gone: 1, map: { x: 1 } }))
      await client.write((to) => to.update(`${folder}/a`, { a: 2, gone: client.values.gone(), 'map.y': 2 }))
      return client.read(`${folder}/a`)
    },
  },
  {
    what: 'update of fields whose names have dots, backticks, backslashes and blanks, or begin with a digit',
    sees: { '1st': 1, 'a.b': 1, 'a`b\\c d': 1, n: 1, ünï: { 'x.y': 1 } },
    async run({ client, folder }) {
      const names = [['a.b'], ['a`b\\c d'], ['1st'], ['ünï', 'x.y']]
      await client.write((to) => to.set(`${folder}/a`, { n: 1 }))
      await client.write((to) => {
        for (const segments of names) to.updateAt(`${folder}/a`, segments, 1)
      })
      return client.read(`${folder}/a`)
    },
  },
  {
    what: 'update of a missing document',
    sees: [{ refused: 'not-found' }, null],
    async run({ client, folder }) {
      const updated = await outcomeOf(client.write((to) => to.update(`${folder}/a`, { n: 1 })))
      return [updated, await client.read(`${folder}/a`)]
    },
  },
  {
    what: 'update under the precondition of an updateTime that still holds',
    sees: { n: 2 },
    async run({ client, folder }) {
      await client.write((to) => to.set(`${folder}/a`, { n: 1 }))
      await client.updateUnchanged(`${folder}/a`, { n: 2 })
      return client.read(`${folder}/a`)
    },
  },
  {
    what: 'update under the precondition of an updateTime that holds no more',
    sees: [{ refused: 'failed-precondition' }, { n: 1, other: true }],
    async run({ client, outsider, folder }) {
      await client.write((to) => to.set(`${folder}/a`, { n: 1 }))
      const meanwhile = (): Promise<void> => outsider.write((to) => to.update(`${folder}/a`, { other: true }))
      const updated = await outcomeOf(client.updateUnchanged(`${folder}/a`, { n: 2 }, meanwhile))
      return [updated, await client.read(`${folder}/a`)]
    },
  },
]

const together: readonly Step[] = [
  {
    what: 'a batch of several kinds of writes',
    sees: [{ n: 1 }, { n: 2, old: true }, null],
    async run({ client, folder }) {
      await client.write((to) => to.set(`${folder}/b`, { old: true }))
      await client.write((to) => to.set(`${folder}/c`, { old: true }))
      await client.write((to) => {
        to.set(`${folder}/a`, { n: 1 })
        to.update(`${folder}/b`, { n: 2 })
        to.remove(`${folder}/c`)
      })
      return Promise.all(['a', 'b', 'c'].map((id) => client.read(`${folder}/${id}`)))
    },
  },
  {
    what: 'a batch with one refused, of which nothing stays',
    sees: [{ refused: 'not-found' }, null, null],
    async run({ client, folder }) {
      const written = outcomeOf(
        client.write((to) => {
          to.set(`${folder}/a`, { n: 1 })
          to.update(`${folder}/missing`, { n: 1 })
          to.set(`${folder}/c`, { n: 1 })
        }),
      )
      return [await written, await client.read(`${folder}/a`), await client.read(`${folder}/c`)]
    },
  },
  {
    what: 'a batch that writes one document more than once, in order',
    sees: { n: 12, x: 1 },
    async run({ client, folder }) {
      await client.write((to) => {
        to.set(`${folder}/a`, { n: 1, gone: true })
        to.remove(`${folder}/a`)
        to.set(`${folder}/a`, { n: 2 })
        to.update(`${folder}/a`, { x: 1, n: client.values.plus(10) })
      })
      return client.read(`${folder}/a`)
    },
  },
  {
    what: 'delete, of a document that is there and of one that is not',
    sees: [null, null, null],
    async run({ client, folder }) {
      await client.write((to) => to.set(`${folder}/a`, { n: 1 }))
      const there = await outcomeOf(client.write((to) => to.remove(`${folder}/a`)))
      const missing = await outcomeOf(client.write((to) => to.remove(`${folder}/b`)))
      return [there, missing, await client.read(`${folder}/a`)]
    },
  },
  {
    what: 'a document above 1 MiB',
    sees: [{ refused: 'invalid-argument' }, null],
    apart: { lite: { sees: [{ refused: 'failed-precondition' }, null], why: onlyHttp } },
    async run({ client, folder }) {
      const written = outcomeOf(client.write((to) => to.set(`${folder}/a`, { text: 'x'.repeat(1_048_576) })))
      return [await written, await client.read(`${folder}/a`)]
    },
  },
]

/** Writes and what they leave behind. */
export const writes: readonly Step[] = [...creating, ...updating, ...together]
