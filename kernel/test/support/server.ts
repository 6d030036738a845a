import type {
  CallContext,
  Feed,
  FieldChange,
  JsonObject,
  LiveEvent,
  LiveRemote,
  PullPage,
  PullRequest,
  PushOperation,
  PushRequest,
  PushVerdict,
  RemoteAdapter,
  RemoteCapabilities,
  RemoteChange,
  RemoteRow,
} from '../../src/index.ts'
import { matches } from '../../src/index.ts'

interface Stored {
  readonly collection: string
  readonly id: string
  readonly revision: number
  readonly record: JsonObject | null
  readonly seq: number
}

const FOREVER = Number.MAX_SAFE_INTEGER

/** What the server below can do. */
export const capabilities: RemoteCapabilities = {
  atomicity: 'record',
  conditional: 'cas',
  conditions: ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'startsWith'],
  operators: [],
  idempotency: 'log',
  revisions: 'ordered',
  feed: 'ordered',
  feedSpan: 'collections',
  deletes: 'tombstone+eviction',
  expiry: 'signalled',
  live: 'hint',
  clock: 'page',
  absent: 'kept',
  limits: {
    operations: 10,
    requestBytes: 1_000_000,
    recordBytes: 1_000_000,
    idBytes: 512,
    pageRows: 5,
    parallel: 1,
    retentionMs: FOREVER,
    opIdMemoryMs: FOREVER,
    markerDepth: 0,
    settleMs: 1000,
    minWriteIntervalMs: 0,
  },
}

function applied(record: JsonObject | null, kind: PushOperation['kind'], change: FieldChange): JsonObject | null {
  if (kind === 'delete') return null
  const kept = Object.entries(kind === 'create' ? {} : (record ?? {})).filter(([name]) => !change.unset?.includes(name))
  return { ...Object.fromEntries(kept), ...change.set }
}

/** A small honest server in memory, with an adapter to it and hooks to make it misbehave. */
export class TestServer {
  readonly rows = new Map<string, Stored>()
  readonly log = new Map<string, string>()
  readonly effects: string[] = []
  readonly requests: PushRequest[] = []
  readonly pulls: PullRequest[] = []
  readonly #evictions: { readonly collection: string; readonly id: string; readonly seq: number }[] = []
  readonly #listeners = new Set<(event: LiveEvent) => void>()
  epoch = 'e1'
  floor = 0
  now = 1_000_000
  #seq = 0
  /** Called before a push takes effect; may throw. */
  beforePush: (request: PushRequest) => void | Promise<void> = () => {}
  /** Called after a push took effect; may throw or change the answer. */
  afterPush: (verdicts: PushVerdict[]) => PushVerdict[] | Promise<PushVerdict[]> = (verdicts) => verdicts
  beforePull: (request: PullRequest, context: CallContext) => void | Promise<void> = () => {}

  /** A write by somebody else; `null` deletes. */
  write(collection: string, id: string, record: JsonObject | null): void {
    const key = `${collection}/${id}`
    this.#seq += 1
    this.rows.set(key, { collection, id, record, seq: this.#seq, revision: (this.rows.get(key)?.revision ?? 0) + 1 })
  }

  edit(collection: string, id: string, change: JsonObject): void {
    this.write(collection, id, { ...this.rows.get(`${collection}/${id}`)?.record, ...change })
  }

  evict(collection: string, id: string): void {
    this.#seq += 1
    this.rows.delete(`${collection}/${id}`)
    this.#evictions.push({ collection, id, seq: this.#seq })
  }

  record(collection: string, id: string): JsonObject | null | undefined {
    return this.rows.get(`${collection}/${id}`)?.record
  }

  /** Makes every cursor issued so far too old, and forgets tombstones. */
  expire(): void {
    for (const [key, { record }] of this.rows) if (record === null) this.rows.delete(key)
    this.#seq += 1
    this.floor = this.#seq
  }

  poke(): void {
    for (const listener of this.#listeners) listener({ kind: 'poke' })
  }

  adapter(change: Partial<RemoteCapabilities> = {}): RemoteAdapter & LiveRemote {
    return {
      name: 'test',
      capabilities: { ...capabilities, ...change },
      pull: (request, context) => this.#pull(request, context),
      push: (request) => this.#push(request),
      subscribe: (_feed: Feed, listener) => {
        this.#listeners.add(listener)
        listener({ kind: 'up' })
        return () => this.#listeners.delete(listener)
      },
    }
  }

  async #pull(request: PullRequest, context: CallContext): Promise<PullPage> {
    await Promise.resolve()
    this.pulls.push(request)
    await this.beforePull(request, context)
    const { feed, limit } = request
    const cursor = request.cursor === null ? undefined : (JSON.parse(request.cursor) as { at: number; kind: 'delta' | 'snapshot'; from: number; epoch: string })
    const head = { epoch: this.epoch, now: this.now }
    if (cursor && (cursor.from < this.floor || cursor.epoch !== this.epoch)) return { kind: 'expired', ...head }
    const kind = cursor?.kind ?? 'snapshot'
    const at = cursor?.at ?? 0
    const from = cursor?.from ?? this.#seq
    const changes: (readonly [number, RemoteChange])[] = [
      ...[...this.rows.values()].map((row): readonly [number, RemoteChange] => [row.seq, this.#row(row)]),
      ...this.#evictions.map(({ seq, ...one }): readonly [number, RemoteChange] => [seq, { kind: 'eviction', ...one }]),
    ]
      .filter(([seq, change]) => seq > at && feed.collections.includes(change.collection))
      .sort((a, b) => a[0] - b[0])
    const page = changes.slice(0, limit)
    const more = changes.length > limit
    const next = more
      ? { at: page.at(-1)?.[0], kind, from, epoch: this.epoch }
      : { at: this.#seq, kind: 'delta', from: this.#seq, epoch: this.epoch }
    return { kind, changes: page.map(([, change]) => change), cursor: JSON.stringify(next), more, ...head }
  }

  #row({ collection, id, revision, record }: Stored): RemoteRow {
    const head = { collection, id, revision: String(revision) }
    return record === null ? { kind: 'tombstone', ...head } : { kind: 'record', ...head, record }
  }

  async #push(request: PushRequest): Promise<readonly PushVerdict[]> {
    await Promise.resolve()
    this.requests.push(structuredClone(request))
    await this.beforePush(request)
    const verdicts = request.operations.map((operation) => this.#take(operation))
    return this.afterPush(verdicts)
  }

  #take(operation: PushOperation): PushVerdict {
    const { opId, kind, collection, id, expected, change, condition } = operation
    const key = `${collection}/${id}`
    const stored = this.rows.get(key)
    const digest = JSON.stringify([kind, collection, id, expected, change, condition])
    const logged = this.log.get(opId)
    const row = stored && this.#row(stored)
    if (logged !== undefined && logged !== digest) return { kind: 'rejected', error: { code: 'SYNC_ID_REUSED' } }
    if (logged !== undefined) return { kind: 'applied', ...(row ? { row } : {}) }
    if (kind === 'create' ? stored?.record : expected !== null && String(stored?.revision) !== expected) {
      return { kind: 'conflict', ...(row ? { row } : {}) }
    }
    if (kind === 'update' && !stored?.record) return { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } }
    if (condition && !matches(condition, stored?.record ?? {})) {
      return { kind: 'rejected', error: { code: 'SYNC_CONDITION_FAILED' }, ...(row ? { row } : {}) }
    }
    if (change.set?.['forbidden']) return { kind: 'rejected', error: { code: 'SYNC_FORBIDDEN', message: 'no' } }
    this.write(collection, id, applied(stored?.record ?? null, kind, change))
    this.log.set(opId, digest)
    this.effects.push(opId)
    return { kind: 'applied', row: this.#row(this.rows.get(key) as Stored) }
  }
}
