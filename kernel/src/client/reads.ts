import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { type Decoration, LiveQuery } from '../live/live-query.ts'
import type { Watch } from '../live/watch.ts'
import { planQuery, type QueryPlan } from '../query/plan.ts'
import { type Host, liveValue } from './host.ts'
import type { CollectionShape } from './options.ts'

type Given = { readonly with?: unknown }

const plain: Decoration = { tables: [], apply: (rows) => rows }

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
  const live = (given: Given, plan: QueryPlan): LiveQuery => {
    if (given.with === undefined) return new LiveQuery(table, plan, plain)
    if (!host.related) throw invalidInput(`${shape.name} has no relations`)
    return new LiveQuery(table, plan, host.related.load(shape, given.with))
  }
  const query = async (given: Given = {}): Promise<readonly JsonObject[]> => {
    const found = live(given, planQuery(given))
    await host.open()
    return found.read()
  }
  const watchQuery = (given: Given): Watch<readonly JsonObject[]> => {
    const plan = planQuery(given)
    const query = live(given, plan)
    return share(JSON.stringify([plan, given.with]), () => liveValue(host, query))
  }
  return {
    read: async (id: string) => {
      await host.open()
      return table.get(id)
    },
    readAll: () => query(),
    query,
    count: async (given?: Given) => (await query(given)).length,
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
