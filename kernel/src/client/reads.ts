import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { LiveQuery } from '../live/live-query.ts'
import { type Source, type Watch, watchOf } from '../live/watch.ts'
import { idOf } from '../model/identity.ts'
import type { FindRelated, Relation } from '../model/schema.ts'
import { type Entry, planQuery, type QueryPlan } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'
import type { Host } from './host.ts'
import type { CollectionShape } from './options.ts'

type Rows = readonly JsonObject[]
type Named = readonly (readonly [name: string, relation: Relation])[]

/** The reading half of a collection. */
export class Reads {
  readonly #host: Host
  readonly #shape: CollectionShape
  readonly #table: Table
  readonly #shared = new Map<string, WeakRef<Watch<unknown>>>()

  constructor(host: Host, shape: CollectionShape, table: Table) {
    this.#host = host
    this.#shape = shape
    this.#table = table
  }

  async read(id: string): Promise<JsonObject | undefined> {
    await this.#host.open()
    return this.#table.get(id)
  }

  async query(query: object = {}): Promise<Rows> {
    const plan = planQuery(query)
    const named = this.#relations(query)
    await this.#host.open()
    const found = this.#select(plan).map(({ record }) => record)
    return named.length > 0 ? this.#attach(found, named) : found
  }

  async count(query: object = {}): Promise<number> {
    const plan = planQuery(query)
    await this.#host.open()
    return this.#select(plan).length
  }

  watchById(id: string): Watch<JsonObject | null> {
    return this.#share(`id ${id}`, () => ({
      read: () => (this.#host.opened() ? (this.#table.get(id) ?? null) : undefined),
      follow: (changed) =>
        this.#table.listen((moves) => moves.some((move) => (move.after ?? move.before)?.id === id) && changed()),
    }))
  }

  watchQuery(query: object): Watch<Rows> {
    const plan = planQuery(query)
    const named = this.#relations(query)
    const { limit, ...rest } = plan
    return this.#share(JSON.stringify([rest, String(limit), named.map(([name]) => name)]), () => {
      const live = new LiveQuery(this.#table, plan)
      return named.length > 0
        ? this.#withRelations(live, named)
        : { read: () => live.read(), follow: (changed) => live.follow(changed) }
    })
  }

  #select(plan: QueryPlan): Entry[] {
    const { offset, limit } = plan
    return this.#table.select(plan).slice(offset, offset + limit)
  }

  // Loaded relations change with the other collection too, so the answer is made anew when either side moves.
  #withRelations(live: LiveQuery, named: Named): Pick<Source<Rows>, 'read' | 'follow'> {
    const tables = [...new Set(named.map(([, { to }]) => this.#host.tables.get(to) as Table))]
    let seen: readonly unknown[] = []
    let answer: Rows = []
    const read = (): Rows => {
      const now = [live.read(), ...tables.map(({ version }) => version)]
      if (now.some((part, at) => part !== seen[at])) answer = this.#attach(live.read(), named)
      seen = now
      return answer
    }
    const follow = (changed: () => void): (() => void) => {
      const ends = [live.follow(changed), ...tables.map((table) => table.listen(changed))]
      return () => {
        for (const end of ends) end()
      }
    }
    return { read, follow }
  }

  #relations(query: object): Named {
    const wanted = (query as { readonly with?: Readonly<Record<string, unknown>> }).with ?? {}
    return Object.keys(wanted).map((name) => {
      const relation = Object.hasOwn(this.#shape.relations, name) ? this.#shape.relations[name] : undefined
      if (relation) return [name, relation]
      const message = `${this.#shape.name} has no relation "${name}"; known: ${Object.keys(this.#shape.relations).join(' ')}`
      throw new SyncError('SYNC_INPUT_INVALID', { message })
    })
  }

  #attach(rows: Rows, named: Named): Rows {
    const tableOf = (collection: string): Table => this.#host.tables.get(collection) as Table
    const find: FindRelated = {
      byId: (collection, id) => (typeof id === 'string' ? tableOf(collection).get(id) : undefined),
      byField: (collection, field, value) =>
        tableOf(collection)
          .select(planQuery({ where: { [field]: value } }))
          .map(({ record }) => record),
    }
    return rows.map((record) => {
      const id = String(idOf(record, this.#shape.key))
      return Object.freeze({
        ...record,
        ...Object.fromEntries(named.map(([name, one]) => [name, one.attach(record, id, find)])),
      }) as JsonObject
    })
  }

  /** Equal queries share one Watch for as long as anybody holds it. */
  #share<T>(name: string, make: () => Pick<Source<T>, 'read' | 'follow'>): Watch<T> {
    const known = this.#shared.get(name)?.deref()
    if (known) return known as Watch<T>
    const { read, follow } = make()
    const { events, signals } = this.#host
    const watch = watchOf<T>({
      guard: events.guard,
      onEnd: (ended) => signals.onEnd(ended),
      read: () => (this.#host.opened() ? read() : undefined),
      follow: (changed) => {
        const stop = follow(changed)
        // A watch is a first use: it opens the store, and shows what is there once it is loaded.
        this.#host
          .open()
          .then(changed, (error: unknown) =>
            events.emit('sync:failed', { error: error as never, retryInMs: undefined }),
          )
        return stop
      },
    })
    for (const [key, held] of this.#shared) if (!held.deref()) this.#shared.delete(key)
    this.#shared.set(name, new WeakRef<Watch<unknown>>(watch))
    return watch
  }
}
