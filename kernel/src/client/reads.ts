import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { type Decoration, LiveQuery } from '../live/live-query.ts'
import type { Watch } from '../live/watch.ts'
import type { Relation } from '../model/schema.ts'
import { planQuery, type QueryPlan } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'
import { type Host, liveValue } from './host.ts'
import type { CollectionShape } from './options.ts'

/** What a relation's `load` is: see `relations`. */
export type LoadRelations = (
  named: readonly (readonly [name: string, relation: Relation])[],
  key: readonly string[],
  tableOf: (collection: string) => Table,
) => Decoration

type Given = { readonly with?: object }

const plain: Decoration = { tables: [], apply: (rows) => rows }

/** How the relations named in `with` are put on the rows; a relation brings the code for it along. */
function decorationOf({ shapes }: Host, { relations, name, key }: CollectionShape, query: Given): Decoration {
  const named = Object.keys(query.with ?? {}).map((field) => {
    const relation = Object.hasOwn(relations, field) && relations[field]
    if (!relation) throw invalidInput(`${name} has no relation "${field}"`)
    return [field, relation] as const
  })
  const load = named[0]?.[1].load as LoadRelations | undefined
  return load?.(named, key, (collection) => (shapes.get(collection) as CollectionShape).table) ?? plain
}

/** Equal queries share one Watch for as long as anybody holds it. */
function shared(): <T>(name: string, make: () => Watch<T>) => Watch<T> {
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
  const live = (given: Given, plan: QueryPlan): LiveQuery =>
    new LiveQuery(table, plan, decorationOf(host, shape, given))
  const query = async (given: Given = {}): Promise<readonly JsonObject[]> => {
    const found = live(given, planQuery(given))
    await host.open()
    return found.read()
  }
  const watchQuery = (given: Given): Watch<readonly JsonObject[]> => {
    const plan = planQuery(given)
    const name = JSON.stringify([plan, Object.keys(given.with ?? {})])
    return share(name, () => liveValue(host, live(given, plan)))
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
