import type { StoreEntry } from '../contracts/local-store.ts'
import type { Json } from '../env/json.ts'
import { type RecordKey, recordKey } from '../model/identity.ts'
import type { BaseEntry, Operation } from '../model/stored.ts'

/** An operation with its place in the queue, `<commit>.<index>.<session>`. */
export interface Queued {
  readonly key: string
  readonly op: Operation
}

/** What a namespace holds, to read. */
export interface Reader {
  base(key: RecordKey): BaseEntry | undefined
  /** The record's operations in order, in whatever state. */
  ops(key: RecordKey): readonly Queued[]
  meta(key: string): Json | undefined
}

const place = (key: string): readonly [number, number, string] => {
  const [commit, index, session] = key.split('.')
  return [Number(commit), Number(index), session ?? '']
}

/** Order of the queue: by commit, then index, as numbers, then by session. */
export function comparePlaces(a: string, b: string): number {
  const [x, y] = [place(a), place(b)]
  return x[0] - y[0] || x[1] - y[1] || (x[2] < y[2] ? -1 : Number(x[2] > y[2]))
}

/** What a namespace holds, in memory: exactly the committed entries, never more. */
export class Ledger implements Reader {
  readonly #base = new Map<RecordKey, BaseEntry>()
  readonly #meta = new Map<string, Json>()
  readonly #queues = new Map<RecordKey, readonly Queued[]>()
  readonly #recordOf = new Map<string, RecordKey>()

  base(key: RecordKey): BaseEntry | undefined {
    return this.#base.get(key)
  }

  ops(key: RecordKey): readonly Queued[] {
    return this.#queues.get(key) ?? []
  }

  meta(key: string): Json | undefined {
    return this.#meta.get(key)
  }

  /** Records that have operations, the oldest first. */
  queues(): IterableIterator<readonly [RecordKey, readonly Queued[]]> {
    return this.#queues.entries()
  }

  bases(): IterableIterator<readonly [RecordKey, BaseEntry]> {
    return this.#base.entries()
  }

  metas(): IterableIterator<readonly [string, Json]> {
    return this.#meta.entries()
  }

  clear(): void {
    for (const map of [this.#base, this.#meta, this.#queues, this.#recordOf]) map.clear()
  }

  /** Takes committed entries; the result names the records they touch. */
  absorb(entries: readonly StoreEntry[]): ReadonlySet<RecordKey> {
    const touched = new Set<RecordKey>()
    for (const { table, key, value } of entries) {
      if (table === 'base') {
        touched.add(key)
        if (value === undefined) this.#base.delete(key)
        else this.#base.set(key, value as unknown as BaseEntry)
      } else if (table === 'op') {
        const record = this.#absorbOp(key, value as unknown as Operation | undefined)
        if (record !== undefined) touched.add(record)
      } else if (value === undefined) this.#meta.delete(key)
      else this.#meta.set(key, value)
    }
    return touched
  }

  #absorbOp(key: string, op: Operation | undefined): RecordKey | undefined {
    const record = op ? recordKey(op.collection, op.id) : this.#recordOf.get(key)
    if (record === undefined) return undefined
    const queue = this.ops(record)
    const rest = queue.filter((queued) => queued.key !== key)
    const next = op ? [...rest, { key, op }].sort((a, b) => comparePlaces(a.key, b.key)) : rest
    if (op) this.#recordOf.set(key, record)
    else this.#recordOf.delete(key)
    if (next.length > 0) this.#queues.set(record, next)
    else this.#queues.delete(record)
    return record
  }
}
