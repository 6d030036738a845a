import type { StoreEntry } from '../contracts/local-store.ts'
import type { Json } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { keyOfRecord, type RecordKey } from '../model/identity.ts'
import type { BaseEntry, Operation } from '../model/stored.ts'

/** An operation with its place in the queue, `<commit>.<index>.<session>`. */
export interface Queued {
  readonly key: string
  readonly op: Operation
}

interface Lookup<V> {
  get(key: string): V | undefined
}

/** What a namespace holds, to read. */
export interface Reader {
  readonly base: Lookup<BaseEntry>
  /** A record's operations in order, in whatever state. */
  readonly queues: Lookup<readonly Queued[]>
  readonly meta: Lookup<Json>
  /** Every record that has or had operations. */
  records(): Iterable<RecordKey>
}

/** Order of the queue: by commit, then index, as numbers, then by session. */
export function comparePlaces({ key: a }: Queued, { key: b }: Queued): number {
  const [x, y] = [a.split('.'), b.split('.')]
  return Number(x[0]) - Number(y[0]) || Number(x[1]) - Number(y[1]) || (a < b ? -1 : 1)
}

/** What a namespace holds, in memory: exactly the committed entries, never more. */
export class Ledger implements Reader {
  readonly base: Map<RecordKey, BaseEntry> = new Map()
  readonly queues: Map<RecordKey, readonly Queued[]> = new Map()
  readonly meta: Map<string, Json> = new Map()
  /** The keys of all tombstones in `base`: a run ages them, and must not look at every row for that. */
  readonly tombstones: Set<RecordKey> = new Set()
  /** Place of an operation to its record. */
  readonly #records = new Map<string, RecordKey>()

  records(): Iterable<RecordKey> {
    return this.queues.keys()
  }

  /** Forgets everything; adds the records there were to `touched`. */
  clear(touched: Set<RecordKey>): void {
    for (const key of [...this.base.keys(), ...this.queues.keys()]) touched.add(key)
    for (const held of [this.base, this.queues, this.meta, this.tombstones, this.#records]) held.clear()
  }

  /** Takes committed entries; adds the records they touch to `touched`. */
  absorb(entries: readonly StoreEntry[], touched: Set<RecordKey>): void {
    for (const { table, key, value } of entries) {
      // Records and operations are objects, unless encrypted() or compressed() wrote them and is no longer around the store.
      if (table !== 'meta' && typeof value === 'string') {
        throw new SyncError('SYNC_STORE_CORRUPT', { message: 'the data was written by encrypted() or compressed()' })
      }
      if (table === 'op') touched.add(this.#absorbOp(key, value as unknown as Operation | undefined))
      else {
        const map = this[table] as Map<string, unknown>
        if (value === undefined) map.delete(key)
        else map.set(key, value)
        if (table === 'meta') continue
        touched.add(key)
        this.tombstones[this.base.get(key)?.record === null ? 'add' : 'delete'](key)
      }
    }
  }

  #absorbOp(key: string, op: Operation | undefined): RecordKey {
    const record = op ? keyOfRecord(op) : (this.#records.get(key) ?? '')
    const before = this.queues.get(record) ?? []
    const queue = this.#records.delete(key) ? before.filter((queued) => queued.key !== key) : [...before]
    if (op) {
      this.#records.set(key, record)
      const last = queue.at(-1)
      const queued = { key, op }
      queue.push(queued)
      // Nearly always it is the newest.
      if (last && comparePlaces(last, queued) > 0) queue.sort(comparePlaces)
    }
    if (queue.length > 0) this.queues.set(record, queue)
    else this.queues.delete(record)
    return record
  }
}
