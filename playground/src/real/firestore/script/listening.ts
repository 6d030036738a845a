import type { Json } from '@rowkeep/kernel'
import type { Client, Heard, Wanted } from '../clients/client.ts'
import type { Step } from './step.ts'
import { until } from './until.ts'

const noListeners = 'the lite SDK has no listeners'

/** `a1 b2 | added b` */
const said = ({ documents, changes }: Heard): string =>
  [documents.map(({ id, fields }) => `${id}${String(fields['n'])}`).join(' '), changes.join(', ')].join(' | ')

/** Listens while `run` runs; the result is what was heard. */
async function hearing(
  client: Client,
  wanted: Wanted,
  run: (next: (change: () => Promise<void>) => Promise<void>) => Promise<void>,
): Promise<string[]> {
  const heard: string[] = []
  const end = client.listen?.(wanted, {
    heard: (one) => heard.push(said(one)),
    failed: (code) => heard.push(code),
  })
  // What is heard comes of the one change that was made: the next is made only then.
  const next = async (change: () => Promise<void>): Promise<void> => {
    const before = heard.length
    await change()
    await until(
      () => heard.length > before,
      () => JSON.stringify(heard),
    )
  }
  try {
    await next(() => Promise.resolve())
    await run(next)
    return heard
  } finally {
    end?.()
  }
}

const listening: readonly Step[] = [
  {
    what: 'a listener: first documents, what enters, changes, moves, leaves by a limit, a condition and a deletion',
    sees: [
      'b5 | added b',
      'b5 c7 | added c',
      'a1 b5 | removed c, added a',
      'b5 a6 | modified a',
      'b5 c7 | removed a, added c',
      'c7 | removed b',
      ' | removed c',
    ],
    without: { lite: noListeners },
    async run({ client, outsider, folder }) {
      const set = (id: string, n: number): Promise<void> => outsider.write((to) => to.set(`${folder}/${id}`, { n }))
      await set('b', 5)
      const wanted: Wanted = { collection: folder, where: [['n', '>', 0]], order: [['n', 'asc']], first: 2 }
      return hearing(client, wanted, async (next) => {
        await next(() => set('c', 7))
        await next(() => set('a', 1))
        await next(() => set('a', 6))
        await next(() => set('a', 0))
        await next(() => outsider.write((to) => to.remove(`${folder}/b`)))
        await next(() => outsider.write((to) => to.remove(`${folder}/c`)))
      })
    },
  },
  {
    what: 'a listener hears a commit of several documents at once',
    sees: [' | ', 'a1 b2 | added a, added b', 'b3 c4 | removed a, added c, modified b'],
    without: { lite: noListeners },
    run: ({ client, outsider, folder }) =>
      hearing(client, { collection: folder }, async (next) => {
        await next(() =>
          outsider.write((to) => {
            to.set(`${folder}/a`, { n: 1 })
            to.set(`${folder}/b`, { n: 2 })
          }),
        )
        await next(() =>
          outsider.write((to) => {
            to.remove(`${folder}/a`)
            to.set(`${folder}/b`, { n: 3 })
            to.set(`${folder}/c`, { n: 4 })
          }),
        )
      }),
  },
]

const ofOne: Step = {
  what: 'a listener of one document: missing, there, changed, deleted',
  sees: [null, { n: 1 }, { n: 2 }, null],
  without: { lite: noListeners },
  async run({ client, outsider, folder }) {
    const [path, heard] = [`${folder}/a`, [] as Json[]]
    const changes = [
      () => outsider.write((to) => to.set(path, { n: 1 })),
      () => outsider.write((to) => to.update(path, { n: 2 })),
      () => outsider.write((to) => to.remove(path)),
    ]
    const end = client.listenTo?.(path, (fields) => heard.push(fields))
    const heardSo = (count: number): Promise<void> =>
      until(
        () => heard.length >= count,
        () => JSON.stringify(heard),
      )
    try {
      await heardSo(1)
      for (const [at, change] of changes.entries()) {
        await change()
        await heardSo(at + 2)
      }
      return heard
    } finally {
      end?.()
    }
  },
}

const breaking: Step = {
  what: 'a listener whose stream breaks: it goes on, with what was taken away meanwhile',
  sees: ['a1 b2 c3 | added a, added b, added c', 'a1 c3 | removed b', 'a1 c3 d4 | added d'],
  without: { lite: noListeners },
  async run({ client, outsider, folder, world }) {
    await outsider.write((to) => {
      for (const [at, id] of ['a', 'b', 'c'].entries()) to.set(`${folder}/${id}`, { n: at + 1 })
    })
    return hearing(client, { collection: folder }, async (next) => {
      await next(async () => {
        const closed = world.double.close()
        // Nobody can have come back by now: it is the same turn of the event loop.
        world.model.drop(folder, 'b')
        await closed
      })
      await next(() => outsider.write((to) => to.set(`${folder}/d`, { n: 4 })))
    })
  },
}

/** Listeners. */
export const listeners: readonly Step[] = [...listening, ofOne, breaking]
