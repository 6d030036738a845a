import type { Json } from '@rowkeep/kernel'
import type { QuerySnapshot } from 'firebase/firestore'
import type { ClientName } from '../clients/client.ts'
import type { FullClient } from '../clients/full.ts'
import { outcomeOf, type Step } from './step.ts'
import { until } from './until.ts'

const without: { readonly [Name in ClientName]?: string } = {
  lite: 'the lite SDK keeps no queue, and has no listeners',
  admin: 'the admin SDK keeps no queue, and tells no metadata',
}

/** Runs while the client is offline, and lets it go online again. */
async function offline<T>({ sdk, database }: FullClient, run: () => Promise<T>): Promise<T> {
  await sdk.disableNetwork(database)
  try {
    return await run()
  } finally {
    await sdk.enableNetwork(database)
  }
}

/** `a1, pending, from the cache`, for each snapshot of a collection. */
function metadataOf({ sdk, database }: FullClient, folder: string): { readonly heard: string[]; end(): void } {
  const heard: string[] = []
  const options = { includeMetadataChanges: true }
  const end = sdk.onSnapshot(sdk.collection(database, folder), options, ({ docs, metadata }: QuerySnapshot) => {
    const found = docs.map((one) => `${one.id}${String(one.get('n'))}`).join(' ')
    const [pending, cached] = [metadata.hasPendingWrites ? ', pending' : '', metadata.fromCache ? ', cached' : '']
    heard.push(`${found}${pending}${cached}`)
  })
  return { heard, end }
}

const heardLast = (heard: readonly string[], wanted: string): Promise<void> =>
  until(
    () => heard.at(-1) === wanted,
    () => JSON.stringify(heard),
  )

/** What only the full SDK has: its cache and its queue. */
export const offlines: readonly Step[] = [
  {
    what: 'metadata: a write of its own is pending until the server has confirmed it',
    sees: ['', 'a1, pending', 'a1'],
    without,
    async run({ folder, world: { full } }) {
      const { heard, end } = metadataOf(full, folder)
      try {
        await heardLast(heard, '')
        await full.write((to) => to.set(`${folder}/a`, { n: 1 }))
        await heardLast(heard, 'a1')
        return heard
      } finally {
        end()
      }
    },
  },
  {
    what: 'writes while offline: shown here, unknown there, and flushed in their order',
    sees: [null, 'a2 b3, pending, cached', [{ n: 2 }, { n: 3 }], 'a2 b3'],
    without,
    async run({ outsider, folder, world: { full } }) {
      const { heard, end } = metadataOf(full, folder)
      try {
        await heardLast(heard, '')
        const written: Promise<void>[] = []
        const [there, here] = await offline(full, async () => {
          written.push(full.write((to) => to.set(`${folder}/a`, { n: 1 })))
          written.push(full.write((to) => to.update(`${folder}/a`, { n: full.values.plus(1) })))
          written.push(full.write((to) => to.set(`${folder}/b`, { n: 3 })))
          await heardLast(heard, 'a2 b3, pending, cached')
          return [await outsider.read(`${folder}/a`), heard.at(-1) ?? ''] as const
        })
        await Promise.all(written)
        await heardLast(heard, 'a2 b3')
        const flushed: Json = [await outsider.read(`${folder}/a`), await outsider.read(`${folder}/b`)]
        return [there, here, flushed, heard.at(-1) ?? '']
      } finally {
        end()
      }
    },
  },
  {
    what: 'a write while offline that the server refuses: taken back, and those behind it are flushed',
    sees: [{ refused: 'not-found' }, null, { n: 1 }],
    without,
    async run({ outsider, folder, world: { full } }) {
      const [refused, good] = await offline(full, async () => [
        outcomeOf(full.write((to) => to.update(`${folder}/missing`, { n: 1 }))),
        outcomeOf(full.write((to) => to.set(`${folder}/a`, { n: 1 }))),
      ])
      return [(await refused) ?? null, (await good) ?? null, await outsider.read(`${folder}/a`)]
    },
  },
]
