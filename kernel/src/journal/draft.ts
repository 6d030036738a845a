import type { StoreEntry, StoreTable } from '../contracts/local-store.ts'
import type { Json } from '../env/json.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import type { BaseEntry, Operation, Payload } from '../model/stored.ts'
import type { Queued, Reader } from './ledger.ts'

/** Tells whether an operation must stay one of its own, for what other records have to do with it. */
export type StandsAlone = (reader: Reader, step: Payload) => boolean

type Under = Reader['base' | 'queues' | 'meta']

/** Values on top of others, which stay as they are; what it lists is its own. `undefined` covers up what is underneath. */
class Layer<V> extends Map<string, V | undefined> {
  readonly #under: Under

  constructor(under: Under) {
    super()
    this.#under = under
  }

  override get(key: string): V | undefined {
    return this.has(key) ? super.get(key) : (this.#under.get(key) as V | undefined)
  }
}

/**
 * Changes being made to a namespace: reads see them at once, the ledger only after their commit. Drafts stand on each other,
 * so that a part that fails leaves no trace in the whole.
 */
export class Draft implements Reader {
  readonly base: Layer<BaseEntry>
  readonly queues: Layer<readonly Queued[]>
  readonly meta: Layer<Json>
  /** Records that the app wrote. */
  readonly written: Set<RecordKey> = new Set()
  readonly standsAlone: StandsAlone
  /** What it stands on: another draft, or the ledger. */
  readonly under: Reader
  readonly #nextKey: () => string

  /** `nextKey` gives the places of new operations. Without `standsAlone` nothing is merged. */
  constructor(under: Reader, nextKey: () => string, standsAlone: StandsAlone = () => true) {
    this.under = under
    this.standsAlone = standsAlone
    this.#nextKey = nextKey
    this.base = new Layer(under.base)
    this.queues = new Layer(under.queues)
    this.meta = new Layer(under.meta)
  }

  records(): Iterable<RecordKey> {
    return new Set([...this.under.records(), ...this.queues.keys()])
  }

  /** Puts an operation at the end of its record's queue. */
  append(op: Operation): Queued {
    const queued = { key: this.#nextKey(), op }
    this.#setQueue(op, (queue) => [...queue, queued])
    return queued
  }

  /** Puts another operation of the record at the same place, or removes it (`undefined`). */
  replace({ key, op }: Queued, next: Operation | undefined): void {
    const inPlace = next ? [{ key, op: next }] : []
    this.#setQueue(op, (queue) => queue.flatMap((queued) => (queued.key === key ? inPlace : [queued])))
  }

  #setQueue(op: Operation, change: (queue: readonly Queued[]) => readonly Queued[]): void {
    const record = keyOfRecord(op)
    this.queues.set(record, change(this.queues.get(record) ?? []))
  }

  /** Takes over everything a draft on top of this one changed. */
  merge(upper: Draft): void {
    for (const key of upper.written) this.written.add(key)
    for (const table of ['base', 'queues', 'meta'] as const) {
      for (const [key, value] of upper[table]) this[table].set(key, value as never)
    }
  }

  /** What a commit has to write: only what differs from underneath. */
  entries(): readonly StoreEntry[] {
    const entries: StoreEntry[] = []
    const compare = (table: StoreTable, key: string, now: unknown, before: unknown): void => {
      if (now !== before) entries.push({ table, key, value: now as Json | undefined })
    }
    for (const table of ['base', 'meta'] as const) {
      for (const [key, value] of this[table]) compare(table, key, value, this.under[table].get(key))
    }
    for (const [record, queue = []] of this.queues) {
      const gone = new Map(this.under.queues.get(record)?.map(({ key, op }) => [key, op]))
      for (const { key, op } of queue) {
        compare('op', key, op, gone.get(key))
        gone.delete(key)
      }
      for (const [key, op] of gone) compare('op', key, undefined, op)
    }
    return entries
  }
}
