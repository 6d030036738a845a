import { outcomeOf, type Stage, type Step } from './step.ts'

const numberAt = (fields: { readonly [name: string]: unknown } | null): number => Number(fields?.['n'] ?? 0)

/** Adds one to a counter, into which another one writes while the transaction's first tries run. */
async function contended(
  { client, outsider, folder }: Stage,
  disturbed: number,
  attempts?: number,
): Promise<readonly [tries: number]> {
  const path = `${folder}/a`
  let tries = 0
  await client.transact(async (transaction) => {
    tries += 1
    const n = numberAt(await transaction.read(path))
    if (tries <= disturbed) await outsider.write((to) => to.merge(path, { n: outsider.values.plus(10) }))
    transaction.update(path, { n: n + 1 })
  }, attempts)
  return [tries]
}

/** Transactions, alone and in each other's way. */
export const transactions: readonly Step[] = [
  {
    what: 'a transaction over two documents',
    sees: [{ n: 1 }, { n: 11 }, null],
    async run({ client, folder }) {
      await client.write((to) => to.set(`${folder}/a`, { n: 1 }))
      await client.transact(async (transaction) => {
        const n = numberAt(await transaction.read(`${folder}/a`))
        const other = await transaction.read(`${folder}/b`)
        transaction.set(`${folder}/b`, { n: n + 10 })
        if (other === null) transaction.remove(`${folder}/c`)
      })
      return Promise.all(['a', 'b', 'c'].map((id) => client.read(`${folder}/${id}`)))
    },
  },
  {
    what: 'a transaction with contention, which is tried again: both writes count',
    sees: [[2], { n: 11 }],
    async run(stage) {
      await stage.client.write((to) => to.set(`${stage.folder}/a`, { n: 0 }))
      return [await contended(stage, 1), await stage.client.read(`${stage.folder}/a`)]
    },
  },
  {
    what: 'a transaction with contention, which is not to be tried again',
    sees: [{ refused: 'failed-precondition' }, { n: 10 }],
    apart: {
      admin: {
        sees: [{ refused: 'aborted' }, { n: 10 }],
        why: 'it names a transaction, which the server aborts; web SDKs send the updateTime of what they read as a precondition',
      },
    },
    async run(stage) {
      await stage.client.write((to) => to.set(`${stage.folder}/a`, { n: 0 }))
      return [await outcomeOf(contended(stage, 1, 1)), await stage.client.read(`${stage.folder}/a`)]
    },
  },
  {
    what: 'three transactions at once on one document',
    sees: { n: 3 },
    async run(stage) {
      await stage.client.write((to) => to.set(`${stage.folder}/a`, { n: 0 }))
      await Promise.all([contended(stage, 0), contended(stage, 0), contended(stage, 0)])
      return stage.client.read(`${stage.folder}/a`)
    },
  },
  {
    what: 'a transaction of which the app thinks better',
    sees: ['never mind', null],
    async run({ client, folder }) {
      const ended = client.transact(async (transaction) => {
        await transaction.read(`${folder}/a`)
        transaction.set(`${folder}/a`, { n: 1 })
        throw new Error('never mind')
      })
      const message = await ended.then(
        () => 'it went through',
        (error: Error) => error.message,
      )
      return [message, await client.read(`${folder}/a`)]
    },
  },
]
