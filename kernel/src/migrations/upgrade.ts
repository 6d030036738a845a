import type { CollectionShape } from '../client/options.ts'
import type { Upgrade } from '../client/session.ts'
import type { StoreEntry } from '../contracts/local-store.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import type { Ledger, Queued } from '../journal/ledger.ts'
import { bound, liveOps } from '../journal/view.ts'
import { keyOfRecord, type RecordKey, splitKey } from '../model/identity.ts'
import { asJson, type BaseEntry } from '../model/stored.ts'
import { shelve } from '../outbox/end.ts'
import { type MigrationStep, routeOf } from './plan.ts'
import { liftedWhole, losesCondition, type Whole } from './records.ts'

/** Rows of collections that are gone, taken out of the store with one commit. */
const garbagePerCommit = 1000

type Shapes = ReadonlyMap<string, Pick<CollectionShape, 'key'>>

/** One namespace at the version of the app, whatever versions its entries are stored in. */
export class NamespaceUpgrade implements Upgrade {
  readonly #version: number
  readonly #steps: readonly MigrationStep[]
  readonly #shapes: Shapes
  /** Values as this version has them, whose entries are still stored as an older one has them. */
  readonly #fresh = new WeakSet<object>()
  /** Where the base of a renamed record is stored, by its key now. */
  readonly #oldKeys = new Map<RecordKey, RecordKey>()
  /** Bases of collections that are gone. */
  readonly #garbage = new Set<RecordKey>()
  /** Places of operations whose condition cannot be migrated. */
  readonly #lost = new Set<string>()

  constructor(version: number, steps: readonly MigrationStep[], shapes: Shapes) {
    this.#version = version
    this.#steps = steps
    this.#shapes = shapes
  }

  lift(ledger: Ledger, touched: Set<RecordKey>): void {
    const entries: StoreEntry[] = []
    for (const key of touched) entries.push(...this.#liftRecord(ledger, key))
    // Only now: one that fails fails all, before anything is shown or written.
    ledger.absorb(entries, touched)
  }

  #liftRecord(ledger: Ledger, key: RecordKey): readonly StoreEntry[] {
    const base = ledger.base.get(key)
    const queue = ledger.queues.get(key) ?? []
    const versions = new Set([...(base ? [base.v] : []), ...queue.map(({ op }) => op.v)])
    if ([...versions].every((v) => v >= this.#version)) return []
    // Of one version, as nearly always: each operation is seen on the record it was made on.
    if (versions.size === 1) return this.#replace(key, { base, queue }, [...versions][0] as number)
    const parts: (readonly [Whole, number])[] = [
      ...(base ? [[{ base, queue: [] }, base.v] as const] : []),
      ...queue.map((queued) => [{ base: undefined, queue: [queued] }, queued.op.v] as const),
    ]
    return parts.flatMap(([part, v]) => (v < this.#version ? this.#replace(key, part, v) : []))
  }

  #replace(key: RecordKey, whole: Whole, from: number): readonly StoreEntry[] {
    const [collection, id] = splitKey(key)
    const route = routeOf(this.#steps, from, collection)
    const { collection: name } = route
    const shape = name === undefined ? undefined : this.#shapes.get(name)
    if (name === undefined || !shape) {
      if (!whole.base) return []
      this.#garbage.add(key)
      return [{ table: 'base', key, value: undefined }]
    }
    for (const queued of whole.queue) if (losesCondition(queued, route)) this.#lost.add(queued.key)
    const { base, queue } = liftedWhole({ route, version: this.#version, key: shape.key, id }, whole)
    const now = keyOfRecord({ collection: name, id })
    if (now !== key && base) this.#oldKeys.set(now, key)
    return [...(base ? this.#move(key, now, base) : []), ...queue.flatMap((queued) => this.#put(queued))]
  }

  #move(from: RecordKey, to: RecordKey, base: BaseEntry): readonly StoreEntry[] {
    this.#fresh.add(base)
    const gone = { table: 'base', key: from, value: undefined } as const
    return [...(from === to ? [] : [gone]), { table: 'base', key: to, value: asJson(base) }]
  }

  #put({ key, op }: Queued): readonly StoreEntry[] {
    this.#fresh.add(op)
    // First away from where it stands: its record may have another key now.
    return [
      { table: 'op', key, value: undefined },
      { table: 'op', key, value: asJson(op) },
    ]
  }

  begin(draft: Draft): void {
    draft.meta.set('version', this.#version)
    for (const record of [...draft.records()]) {
      for (const queued of liveOps(draft, record)) this.#setAside(draft, queued)
    }
  }

  /** To quarantine with what cannot be sent by this version, for a person to see. */
  #setAside(draft: Draft, queued: Queued): void {
    const isGone = !this.#shapes.has(queued.op.collection)
    if (!isGone && !this.#lost.has(queued.key)) return
    const why = isGone ? 'its collection is gone' : 'its condition tests what a migration changed'
    const error = new SyncError('SYNC_UNSUPPORTED', { message: `${why} in version ${this.#version} of the app` })
    for (const one of bound(draft, queued)) shelve(draft, one, 'quarantined', error.toJSON())
  }

  entries(draft: Draft): readonly StoreEntry[] {
    const entries = draft.entries().map((entry) => this.#stamped(entry))
    if (entries.length === 0) return entries
    const written = new Set(entries.map(({ table, key }) => `${table} ${key}`))
    const rest = [...new Set([...draft.base.keys(), ...draft.queues.keys()])].flatMap((key) => this.#restOf(draft, key))
    const gone = [...this.#garbage].slice(0, garbagePerCommit)
    for (const key of gone) this.#garbage.delete(key)
    return [
      ...entries,
      ...rest.filter(({ table, key }) => !written.has(`${table} ${key}`)),
      ...gone.map((key) => ({ table: 'base', key, value: undefined }) as const),
    ]
  }

  /** All other entries of a record that is written: its entries are always stored in one version. */
  #restOf(draft: Draft, key: RecordKey): readonly StoreEntry[] {
    const base = draft.base.get(key)
    const old = this.#oldKeys.get(key)
    const stale = (draft.queues.get(key) ?? []).filter(({ op }) => this.#fresh.has(op))
    return [
      ...(base && this.#fresh.has(base) ? [{ table: 'base', key, value: asJson({ ...base }) } as const] : []),
      ...(old === undefined ? [] : [{ table: 'base', key: old, value: undefined } as const]),
      ...stale.map(({ key: place, op }) => ({ table: 'op', key: place, value: asJson({ ...op }) }) as const),
    ]
  }

  #stamped(entry: StoreEntry): StoreEntry {
    const { table, value } = entry
    if (table === 'meta' || value === undefined) return entry
    return { ...entry, value: { ...(value as object), v: this.#version } }
  }
}
