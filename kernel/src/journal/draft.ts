import type { StoreEntry } from '../contracts/local-store.ts'
import type { Json } from '../env/json.ts'
import type { RecordKey } from '../model/identity.ts'
import { asJson, type BaseEntry, type Operation } from '../model/stored.ts'
import type { Queued, Reader } from './ledger.ts'

/**
 * Changes being made to a namespace: reads see them at once, the ledger only after their commit. Drafts nest, so that a
 * part that fails leaves no trace in the whole.
 */
export class Draft implements Reader {
  readonly #under: Reader
  readonly #base = new Map<RecordKey, BaseEntry | undefined>()
  readonly #meta = new Map<string, Json | undefined>()
  readonly #queues = new Map<RecordKey, readonly Queued[]>()
  readonly #nextKey: () => string

  /** `nextKey` gives the places of new operations. */
  constructor(under: Reader, nextKey: () => string) {
    this.#under = under
    this.#nextKey = nextKey
  }

  base(key: RecordKey): BaseEntry | undefined {
    return this.#base.has(key) ? this.#base.get(key) : this.#under.base(key)
  }

  ops(key: RecordKey): readonly Queued[] {
    return this.#queues.get(key) ?? this.#under.ops(key)
  }

  meta(key: string): Json | undefined {
    return this.#meta.has(key) ? this.#meta.get(key) : this.#under.meta(key)
  }

  /** `undefined` removes it. */
  setBase(key: RecordKey, entry: BaseEntry | undefined): void {
    this.#base.set(key, entry)
  }

  /** `undefined` removes it. */
  setMeta(key: string, value: Json | undefined): void {
    this.#meta.set(key, value)
  }

  /** Puts an operation at the end of its record's queue; the result is its place. */
  append(key: RecordKey, op: Operation): string {
    const place = this.#nextKey()
    this.#queues.set(key, [...this.ops(key), { key: place, op }])
    return place
  }

  /** Puts another operation at the same place, or removes it (`undefined`). */
  replace(key: RecordKey, place: string, op: Operation | undefined): void {
    const queue = this.ops(key)
    this.#queues.set(
      key,
      op
        ? queue.map((queued) => (queued.key === place ? { key: place, op } : queued))
        : queue.filter((queued) => queued.key !== place),
    )
  }

  /** A draft on top of this one. */
  nest(): Draft {
    return new Draft(this, this.#nextKey)
  }

  /** Takes over everything a nested draft changed. */
  merge(nested: Draft): void {
    for (const [key, entry] of nested.#base) this.#base.set(key, entry)
    for (const [key, value] of nested.#meta) this.#meta.set(key, value)
    for (const [key, queue] of nested.#queues) this.#queues.set(key, queue)
  }

  /** What a commit has to write: only what differs from underneath. */
  entries(): readonly StoreEntry[] {
    const entries: StoreEntry[] = []
    for (const [key, entry] of this.#base) {
      if (entry !== this.#under.base(key)) entries.push({ table: 'base', key, value: entry && asJson(entry) })
    }
    for (const [key, value] of this.#meta) {
      if (value !== this.#under.meta(key)) entries.push({ table: 'meta', key, value })
    }
    for (const [key, queue] of this.#queues) {
      const before = new Map(this.#under.ops(key).map((queued) => [queued.key, queued.op]))
      for (const { key: place, op } of queue) {
        if (before.get(place) !== op) entries.push({ table: 'op', key: place, value: asJson(op) })
        before.delete(place)
      }
      for (const place of before.keys()) entries.push({ table: 'op', key: place, value: undefined })
    }
    return entries
  }
}
