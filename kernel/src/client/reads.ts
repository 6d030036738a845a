import type { JsonObject } from '../env/json.ts'
import { invalidInput } from '../errors/sync-error.ts'
import { type Decoration, LiveQuery } from '../live/live-query.ts'
import type { Watch } from '../live/watch.ts'
import { idOf } from '../model/identity.ts'
import type { FindRelated } from '../model/schema.ts'
import { planQuery } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'
import { type Host, liveValue } from './host.ts'
import type { CollectionShape } from './options.ts'

type Rows = readonly JsonObject[]

/** The reading half of a collection. */
export class Reads {
  readonly #host: Host
  readonly #shape: CollectionShape
  readonly #shared = new Map<string, WeakRef<Watch<unknown>>>()

  constructor(host: Host, shape: CollectionShape) {
    this.#host = host
    this.#shape = shape
  }

  async read(id: string): Promise<JsonObject | undefined> {
    await this.#host.open()
    return this.#table().get(id)
  }

  async query(query: object = {}): Promise<Rows> {
    const live = this.#live(query)
    await this.#host.open()
    return live.read()
  }

  watchById(id: string): Watch<JsonObject | null> {
    const { moved } = this.#table()
    return this.#share(`id ${id}`, {
      read: () => this.#table().get(id) ?? null,
      follow: (changed) =>
        moved.add((moves) => moves.some(({ before, after }) => (after ?? before)?.id === id) && changed()),
    })
  }

  watchQuery(query: object): Watch<Rows> {
    const live = this.#live(query)
    const { with: wanted } = query as { readonly with?: object }
    const plan = planQuery(query)
    const name = JSON.stringify([plan, String(plan.limit), Object.keys(wanted ?? {})])
    return this.#share(name, { read: () => live.read(), follow: (changed) => live.follow(changed) })
  }

  #table(collection = this.#shape.name): Table {
    return this.#host.tables.get(collection) as Table
  }

  #live(query: object): LiveQuery {
    return new LiveQuery(this.#table(), planQuery(query), this.#decoration(query))
  }

  /** How the relations named in `with` are put on the rows. */
  #decoration({ with: wanted = {} }: { readonly with?: object }): Decoration {
    const { relations, name, key } = this.#shape
    const named = Object.keys(wanted).map((field) => {
      const relation = Object.hasOwn(relations, field) && relations[field]
      if (!relation) throw invalidInput(`${name} has no relation "${field}"`)
      return [field, relation] as const
    })
    const find: FindRelated = {
      byId: (collection, id) => this.#table(collection).get(String(id)),
      byField: (collection, field, eq) =>
        this.#table(collection)
          .select(planQuery({ where: { [field]: { eq } } }))
          .map(({ record }) => record),
    }
    const load = (record: JsonObject): JsonObject => {
      const id = String(idOf(record, key))
      const loaded = named.map(([field, relation]) => [field, relation.attach(record, id, find)])
      return Object.freeze({ ...record, ...Object.fromEntries(loaded) })
    }
    const tables = named.map(([, { to }]) => this.#table(to))
    return { tables, apply: (rows) => (named.length > 0 ? Object.freeze(rows.map(load)) : rows) }
  }

  /** Equal queries share one Watch for as long as anybody holds it. */
  #share<T>(name: string, source: Parameters<typeof liveValue<T>>[1]): Watch<T> {
    const known = this.#shared.get(name)?.deref()
    if (known) return known as Watch<T>
    for (const [key, held] of this.#shared) if (!held.deref()) this.#shared.delete(key)
    const watch = liveValue(this.#host, source)
    this.#shared.set(name, new WeakRef<Watch<unknown>>(watch))
    return watch
  }
}
