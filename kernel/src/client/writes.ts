import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { accept } from '../outbox/accept.ts'
import type { Host } from './host.ts'
import type { CollectionShape } from './options.ts'
import { checkRecord, withKey } from './validate.ts'
import { type AnyWriteOptions, keyOf, mustBeNew, mustBeThere, targetOf, writeOne } from './write-one.ts'

type Mutate = (draft: JsonObject) => void

/** Runs what is given for one key in the order of the calls. */
function turns(): <T>(key: string, run: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return (key, run) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(run, run)
    const leave = (): unknown => last.get(key) === turn && last.delete(key)
    last.set(key, turn)
    turn.then(leave, leave)
    return turn
  }
}

async function createMany(
  host: Host,
  shape: CollectionShape,
  inputs: readonly unknown[],
): Promise<readonly JsonObject[]> {
  if (!Array.isArray(inputs)) throw invalidInput('createMany takes a list')
  const { session, engine } = await host.open()
  const records: JsonObject[] = []
  for (const input of inputs) {
    const record = await checkRecord(host, shape, withKey(host, shape, input))
    // Each passes the middleware alone; all are accepted together.
    await host.around('create', { kind: 'create', collection: shape.name, record }, async (given) => {
      records.push(given.record === record ? record : await checkRecord(host, shape, given.record))
      return records.at(-1)
    })
  }
  await session.journal.write((draft) => {
    for (const record of records) {
      accept(draft, targetOf(host, shape, keyOf(shape, record)), (now) => mustBeNew(shape, now, record))
    }
  })
  engine?.wrote()
  return records
}

/** The writing half of a collection, untyped. Writes to one record take turns in the order of their calls. */
export function writesOf(host: Host, shape: CollectionShape): object {
  const inTurn = turns()
  const write = async (
    id: string,
    want: (before: JsonObject | null) => object | null,
    options?: AnyWriteOptions,
  ): Promise<unknown> => {
    await host.open()
    return inTurn(id, () => writeOne(host, shape, id, want, options))
  }
  return {
    create: async (input: unknown, options?: AnyWriteOptions) => {
      const record = withKey(host, shape, input)
      return write(keyOf(shape, record), (before) => mustBeNew(shape, before, record), options)
    },
    createMany: (inputs: readonly unknown[]) => createMany(host, shape, inputs),
    save: async (input: unknown, options?: AnyWriteOptions) => {
      const record = withKey(host, shape, input)
      return write(keyOf(shape, record), () => record, options)
    },
    update: (id: string, change: object | Mutate, options?: AnyWriteOptions) =>
      write(
        id,
        (before) => {
          const record = mustBeThere(shape, before, id)
          if (typeof change !== 'function') return { ...record, ...change }
          const draft = structuredClone(record)
          ;(change as Mutate)(draft)
          return draft
        },
        options,
      ),
    delete: async (id: string, options?: AnyWriteOptions) => {
      await write(id, () => null, options)
    },
  }
}
