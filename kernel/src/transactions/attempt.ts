import type { Host } from '../client/host.ts'
import type { CollectionShape } from '../client/options.ts'
import { turns } from '../client/turns.ts'
import { decideWrite, type Side, type Want } from '../client/write-one.ts'
import { writesOf } from '../client/writes.ts'
import type { JsonObject } from '../env/json.ts'
import { invalidInput, refuseRest, SyncError } from '../errors/sync-error.ts'
import type { Ledger } from '../journal/ledger.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import { isObject } from '../model/value.ts'
import type { Target } from '../outbox/accept.ts'
import { matches } from '../query/match.ts'
import { comparator, type Entry, planQuery } from '../query/plan.ts'
import type { Found } from './moved.ts'
import { Rehearsal } from './rehearsal.ts'

/** What a transaction makes of one record. */
export interface Written {
  readonly target: Target
  readonly after: Side
}

type Method = (...given: never[]) => Promise<unknown>

/** One run of a transaction's function: what it has seen, and what it wants written. Nothing of it is stored here. */
export class Attempt {
  /** Records as this run first saw them, by key. */
  readonly seen: Map<RecordKey, Side> = new Map()
  readonly found: Found[] = []
  readonly written: Map<RecordKey, Written> = new Map()
  readonly rehearsal: Rehearsal
  /** For the app: a frozen object of all collections. */
  readonly collections: object
  readonly #host: Host
  readonly #inTurn = turns()
  #calls = 0
  #over = false

  constructor(host: Host, ledger: Ledger) {
    this.#host = host
    this.rehearsal = new Rehearsal(ledger)
    const all = [...host.shapes.values()].map((shape) => [shape.name, this.#collection(shape)] as const)
    this.collections = Object.freeze(Object.fromEntries(all))
  }

  /** From now on every call fails. The result: whether one was still under way. */
  end(): boolean {
    this.#over = true
    return this.#calls > 0
  }

  #collection(shape: CollectionShape): object {
    const write = (id: string, want: Want, options?: object): Promise<Side> =>
      this.#inTurn('', () => this.#write(shape, id, want, options))
    const methods = {
      ...writesOf(this.#host, shape, write),
      // That of a collection is a commit of its own.
      createMany: () => Promise.reject(invalidInput('createMany is not there inside a transaction: create each')),
      read: async (id: string) => this.#view(shape, id) ?? undefined,
      query: async (query: object = {}) => this.#query(shape, query),
    }
    const guarded = Object.entries(methods).map(([name, method]: [string, Method]) => [
      name,
      (...given: never[]) => this.#call(() => method(...given)),
    ])
    return Object.freeze(Object.fromEntries(guarded))
  }

  #mustBeOpen(): void {
    if (this.#over) throw new SyncError('SYNC_CLOSED', { message: 'the transaction has ended' })
  }

  #call(run: () => Promise<unknown>): Promise<unknown> {
    const call = run().finally(() => {
      this.#calls -= 1
    })
    this.#calls += 1
    // A call that comes too late belongs to nobody's transaction any more: it is its own to report.
    if (this.#over) return call
    // Whoever awaits it is told; one that nobody awaits fails the whole transaction instead.
    call.catch(() => undefined)
    return call
  }

  #view({ name: collection, table }: CollectionShape, id: string): Side {
    this.#mustBeOpen()
    if (typeof id !== 'string') throw invalidInput('an id must be text')
    const key = keyOfRecord({ collection, id })
    const own = this.written.get(key)
    if (own) return own.after
    if (!this.seen.has(key)) this.seen.set(key, table.get(id) ?? null)
    return this.seen.get(key) ?? null
  }

  async #write(shape: CollectionShape, id: string, want: Want, given: object = {}): Promise<Side> {
    const { where, ...rest } = (isObject(given) ? given : { options: given }) as { readonly where?: object }
    refuseRest('a write in a transaction', rest)
    const before = this.#view(shape, id)
    const key = keyOfRecord({ collection: shape.name, id })
    if (where && this.written.has(key)) throw invalidInput('only the first write to a record can have a where')
    return decideWrite(this.#host, shape, { id, before, want, where }, async (target, after) => {
      const { related } = this.#host
      const release = after ? undefined : await related?.release(this.#host, shape, id, this.rehearsal.draft)
      this.#mustBeOpen()
      this.rehearsal.play(target, after, release)
      this.#note(target, after)
      if (release) for (const [other, record] of this.rehearsal.played()) this.#note(other, record)
    })
  }

  #note(target: Target, after: Side): void {
    const key = keyOfRecord(target)
    const { collection, id } = target
    // What goes with a deletion was seen as it is shown now.
    if (!this.seen.has(key)) this.seen.set(key, this.#host.shapes.get(collection)?.table.get(id) ?? null)
    this.written.set(key, { target: this.written.get(key)?.target ?? target, after })
  }

  #query({ name, table }: CollectionShape, query: object): readonly JsonObject[] {
    this.#mustBeOpen()
    const plan = planQuery(query, this.#host.operators)
    if ('with' in query) throw invalidInput('relations are not loaded inside a transaction')
    const rows = table.select(plan)
    this.found.push({ name, table, plan, rows })
    const own = [...this.written.values()].filter(({ target }) => target.collection === name)
    const ids = new Set(own.map(({ target }) => target.id))
    const others = rows.filter(({ id }) => !ids.has(id))
    const mine = own.flatMap(({ target: { id }, after }): Entry[] =>
      after && matches(plan.filter, after) ? [{ id, record: after }] : [],
    )
    const all = mine.length > 0 ? [...others, ...mine].sort(comparator(plan.order)) : others
    return Object.freeze(all.slice(plan.offset, plan.offset + plan.limit).map(({ record }) => record))
  }
}
