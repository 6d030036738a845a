import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { type Decoration, LiveQuery } from '../live/live-query.ts'
import type { Watch } from '../live/watch.ts'
import { type Entry, planQuery, windowOf } from '../query/plan.ts'
import { type Host, liveValue } from './host.ts'
import type { CollectionShape } from './options.ts'

type Given = { readonly with?: unknown }

const plain: Decoration = { tables: [], apply: (rows) => rows }

/** How the relations named in `with` are put on the rows. @throws SyncError `SYNC_INPUT_INVALID` */
export function decorationOf({ related, operators }: Host, shape: CollectionShape, query: Given): Decoration {
  if (query.with === undefined) return plain
  if (!related) throw invalidInput(`${shape.name} has no relations`)
  return related.load(shape, query.with, operators)
}

/** Equal queries share one Watch for as long as anybody holds it. */
export function shared(): <T>(name: string, make: () => Watch<T>) => Watch<T> {
  const held = new Map<string, WeakRef<object>>()
  return <T>(name: string, make: () => Watch<T>) => {
    const known = held.get(name)?.deref()
    if (known) return known as Watch<T>
    for (const [key, one] of held) if (!one.deref()) held.delete(key)
    const watch = make()
    held.set(name, new WeakRef(watch))
    return watch
  }
}

/** The reading half of a collection, untyped. */
export function readsOf(host: Host, shape: CollectionShape): object {
  const { table } = shape
  const share = shared()
  const find = async (given: Given = {}, sorted?: boolean): Promise<readonly Entry[]> => {
    const plan = planQuery(given, host.operators)
    await host.open()
    return windowOf(table.select(plan, plan.offset + plan.limit, sorted), plan)
  }
  const query = async (given: Given = {}): Promise<readonly JsonObject[]> => {
    const found = await find(given)
    return decorationOf(host, shape, given).apply(Object.freeze(found.map(({ record }) => record)))
  }
  const watchQuery = (given: Given): Watch<readonly JsonObject[]> => {
    const plan = planQuery(given, host.operators)
    const live = new LiveQuery(table, plan, decorationOf(host, shape, given))
    return share(JSON.stringify([plan, given.with]), () => liveValue(host, live))
  }
  return {
    read: async (id: string) => {
      await host.open()
      return table.get(id)
    },
    readAll: () => query(),
    query,
    count: async (given?: Given) => (await find(given, false)).length,
    watchAll: () => watchQuery({}),
    watchById: (id: string) =>
      share(`id ${id}`, () =>
        liveValue<JsonObject | null>(host, {
          read: () => table.get(id) ?? null,
          follow: (changed) =>
            table.moved.add((moves) => moves.some(({ before, after }) => (after ?? before)?.id === id) && changed()),
        }),
      ),
    watchQuery,
  }
}
