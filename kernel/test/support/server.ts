import { matches } from '../../src/adapters/index.ts'
import {
  type CallContext,
  compareValues,
  type Feed,
  type FieldChange,
  fieldOf,
  type JsonObject,
  type LiveEvent,
  type LiveRemote,
  type PullPage,
  type PullRequest,
  type PushOperation,
  type PushRequest,
  type PushVerdict,
  type QueriedRow,
  type QueryableRemote,
  type QueryPage,
  type QueryRequest,
  type RemoteAdapter,
  type RemoteCapabilities,
  type RemoteChange,
  type RemoteRow,
} from '../../src/index.ts'

interface Stored {
  readonly collection: string
  readonly id: string
  readonly revision: number
  readonly record: JsonObject | null
  readonly seq: number
}

interface Place {
  readonly at: number
  readonly kind: 'delta' | 'snapshot'
  readonly from: number
  readonly epoch: string
}

const FOREVER = Number.MAX_SAFE_INTEGER

/** What the server below can do. */
const capabilities: RemoteCapabilities = {
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

/** What {@link capabilities} say, with other limits. */
export const withLimits = (limits: Partial<RemoteCapabilities['limits']>): Partial<RemoteCapabilities> => ({
  limits: { ...capabilities.limits, ...limits },
})

/** A call that is never answered. */
export const never = <T = never>(): Promise<T> => new Promise<T>(() => {})

/** A hook for one call only: after that all is well again. */
export function once<A extends unknown[], R>(hook: (...args: A) => R): (...args: A) => R | undefined {
  let used = false
  return (...args) => {
    if (used) return undefined
    used = true
    return hook(...args)
  }
}

function applied(record: JsonObject | null, kind: PushOperation['kind'], change: FieldChange): JsonObject | null {
  if (kind === 'delete') return null
  const kept = Object.entries(kind === 'create' ? {} : (record ?? {})).filter(([name]) => !change.unset?.includes(name))
  return { ...Object.fromEntries(kept), ...change.set }
}

type Answer<T> = T | undefined | void | Promise<T | undefined | void>

/** More calls than any test here needs: a device that asks for ever must fail its test, not hang it. */
const mostCalls = 2000

/** A small honest server in memory, with an adapter to it and hooks to make it misbehave. */
export class TestServer {
  readonly rows = new Map<string, Stored>()
  readonly log = new Map<string, string>()
  /** Operations that took effect, in order. */
  readonly effects: string[] = []
  readonly requests: PushRequest[] = []
  readonly pulls: PullRequest[] = []
  readonly queries: (Pick<QueryRequest, 'collection'> & Partial<QueryRequest>)[] = []
  /** Every call, in order. */
  readonly calls: ('push' | 'pull')[] = []
  readonly contexts: CallContext[] = []
  readonly #evictions: { readonly collection: string; readonly id: string; readonly seq: number }[] = []
  readonly #listeners = new Set<(event: LiveEvent) => void>()
  epoch = 'e1'
  floor = 0
  now = 1_000_000
  #seq = 0
  /** Called before a push takes effect; may throw, or answer instead. */
  beforePush: (request: PushRequest, context: CallContext) => Answer<readonly PushVerdict[]> = () => {}
  /** Called after a push took effect; may throw, or give another answer. */
  afterPush: (verdicts: readonly PushVerdict[], request: PushRequest) => Answer<readonly PushVerdict[]> = () => {}
  /** Called before a query is answered; may throw, or answer instead. */
  beforeQuery: (request: QueryRequest, context: CallContext) => Answer<QueryPage> = () => {}
  /** Called after each push, when all its effects are there. */
  onCommit: () => void = () => {}
  /** Called before a page is made; may throw, or answer instead. */
  beforePull: (request: PullRequest, context: CallContext) => Answer<PullPage> = () => {}
  /** Called with the page made; may give another one. */
  afterPull: (page: PullPage, request: PullRequest) => Answer<PullPage> = () => {}

  /** A write by somebody else; `null` deletes. */
  write(collection: string, id: string, record: JsonObject | null): void {
    this.put(collection, id, record, (this.rows.get(`${collection}/${id}`)?.revision ?? 0) + 1)
  }

  /** A row at a revision of the test's own choice. */
  put(collection: string, id: string, record: JsonObject | null, revision: number): void {
    this.#seq += 1
    this.rows.set(`${collection}/${id}`, { collection, id, record, seq: this.#seq, revision })
  }

  edit(collection: string, id: string, change: JsonObject): void {
    this.write(collection, id, { ...this.rows.get(`${collection}/${id}`)?.record, ...change })
  }

  evict(collection: string, id: string): void {
    this.#seq += 1
    this.rows.delete(`${collection}/${id}`)
    this.#evictions.push({ collection, id, seq: this.#seq })
  }

  /** Takes a row away and tells nobody, as a purge does. */
  purge(collection: string, id: string): void {
    this.rows.delete(`${collection}/${id}`)
  }

  record(collection: string, id: string): JsonObject | null | undefined {
    return this.rows.get(`${collection}/${id}`)?.record
  }

  /** Live rows of a collection, by id. */
  all(collection: string): Readonly<Record<string, JsonObject>> {
    const rows = [...this.rows.values()].filter((row) => row.collection === collection)
    return Object.fromEntries(rows.flatMap(({ id, record }) => (record ? [[id, record] as const] : [])))
  }

  row(collection: string, id: string): RemoteRow {
    const stored = this.rows.get(`${collection}/${id}`)
    if (!stored) throw new Error(`the server has no ${collection}/${id}`)
    return this.#row(stored)
  }

  /** Operations of all requests, in the order they were sent. */
  get sent(): readonly PushOperation[] {
    return this.requests.flatMap(({ operations }) => operations)
  }

  /** Makes every cursor issued so far too old, and forgets tombstones. */
  expire(): void {
    for (const [key, { record }] of this.rows) if (record === null) this.rows.delete(key)
    this.#seq += 1
    this.floor = this.#seq
  }

  get subscribers(): number {
    return this.#listeners.size
  }

  tell(event: LiveEvent): void {
    for (const listener of [...this.#listeners]) listener(event)
  }

  /** An adapter that answers queries too. */
  queryable(change: Partial<RemoteCapabilities> = {}): RemoteAdapter & LiveRemote & QueryableRemote {
    return {
      ...this.adapter({ operators: capabilities.conditions, ...change }),
      query: async (request, context) => {
        await Promise.resolve()
        this.contexts.push(context)
        this.queries.push(request)
        return (await this.beforeQuery(request, context)) ?? this.#found(request)
      },
      count: async (request, context) => {
        await Promise.resolve()
        this.contexts.push(context)
        this.queries.push(request)
        await this.beforeQuery({ ...request, limit: 1 }, context)
        return this.#matching(request).length
      },
    }
  }

  #matching({ collection, filter }: Pick<QueryRequest, 'collection' | 'filter'>): readonly QueriedRow[] {
    return [...this.rows.values()].flatMap((stored) => {
      const row = this.#row(stored)
      const found = row.collection === collection && row.kind === 'record' && (!filter || matches(filter, row.record))
      return found ? [row] : []
    })
  }

  /** Its cursor is the id of the last row, which is all the tests need: nobody deletes that row here. */
  #found(request: QueryRequest): QueryPage {
    const { order = [], limit, after } = request
    const record = (row: QueriedRow): JsonObject => (row.kind === 'record' ? row.record : {})
    const rows = [...this.#matching(request)].sort((a, b) => {
      for (const { field, descending } of order) {
        const by = compareValues(fieldOf(record(a), field), fieldOf(record(b), field))
        if (by !== 0) return descending ? -by : by
      }
      return a.id < b.id ? -1 : 1
    })
    const start = rows.findIndex(({ id }) => id === after) + 1
    const page = rows.slice(start, start + limit)
    return { rows: page, after: start + limit < rows.length ? (page.at(-1)?.id ?? null) : null }
  }

  adapter(change: Partial<RemoteCapabilities> = {}): RemoteAdapter & LiveRemote {
    return {
      name: 'test',
      capabilities: { ...capabilities, ...change },
      pull: (request, context) => this.#pull(request, context),
      push: (request, context) => this.#push(request, context),
      subscribe: (_feed: Feed, listener) => {
        this.#listeners.add(listener)
        listener({ kind: 'up' })
        return () => this.#listeners.delete(listener)
      },
    }
  }

  #called(call: 'push' | 'pull', context: CallContext): void {
    this.calls.push(call)
    this.contexts.push(context)
    if (this.calls.length > mostCalls) throw new Error(`the device called the server more than ${mostCalls} times`)
  }

  async #pull(request: PullRequest, context: CallContext): Promise<PullPage> {
    await Promise.resolve()
    this.#called('pull', context)
    this.pulls.push(request)
    const instead = await this.beforePull(request, context)
    if (instead) return instead
    const page = this.#page(request)
    return (await this.afterPull(page, request)) ?? page
  }

  #page({ feed, limit, cursor: asked }: PullRequest): PullPage {
    const cursor = asked === null ? undefined : (JSON.parse(asked) as Place)
    const head = { epoch: this.epoch, now: this.now }
    if (cursor && (cursor.from < this.floor || cursor.epoch !== this.epoch)) return { kind: 'expired', ...head }
    const { at, kind, from } = cursor ?? { at: 0, kind: 'snapshot', from: this.#seq }
    const changes = this.#changesAfter(at).filter(([, change]) => feed.collections.includes(change.collection))
    const page = changes.slice(0, limit)
    const more = changes.length > limit
    const next = more
      ? { at: page.at(-1)?.[0], kind, from, epoch: this.epoch }
      : { at: this.#seq, kind: 'delta', from: this.#seq, epoch: this.epoch }
    return { kind, changes: page.map(([, change]) => change), cursor: JSON.stringify(next), more, ...head }
  }

  #changesAfter(at: number): (readonly [seq: number, change: RemoteChange])[] {
    const rows = [...this.rows.values()].map((row): readonly [number, RemoteChange] => [row.seq, this.#row(row)])
    const left = this.#evictions.map(({ seq, ...one }): readonly [number, RemoteChange] => [
      seq,
      { kind: 'eviction', ...one },
    ])
    return [...rows, ...left].filter(([seq]) => seq > at).sort((a, b) => a[0] - b[0])
  }

  #row({ collection, id, revision, record }: Stored): RemoteRow {
    const head = { collection, id, revision: String(revision) }
    return record === null ? { kind: 'tombstone', ...head } : { kind: 'record', ...head, record }
  }

  async #push(request: PushRequest, context: CallContext): Promise<readonly PushVerdict[]> {
    await Promise.resolve()
    this.#called('push', context)
    this.requests.push(structuredClone(request))
    const instead = await this.beforePush(request, context)
    if (instead) return instead
    const verdicts = request.atomic ? this.#takeWhole(request) : request.operations.map((one) => this.take(one))
    this.onCommit()
    return (await this.afterPush(verdicts, request)) ?? verdicts
  }

  /** All or none; where one cannot apply the others are told that it was not their fault. */
  #takeWhole({ operations }: PushRequest): readonly PushVerdict[] {
    const [rows, log, effects, seq] = [[...this.rows], [...this.log], this.effects.length, this.#seq]
    const verdicts = operations.map((one) => this.take(one))
    if (verdicts.every(({ kind }) => kind === 'applied')) return verdicts
    this.rows.clear()
    this.log.clear()
    for (const [key, row] of rows) this.rows.set(key, row)
    for (const [id, digest] of log) this.log.set(id, digest)
    this.effects.splice(effects)
    this.#seq = seq
    return verdicts.map((verdict) =>
      verdict.kind === 'applied'
        ? { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }
        : verdict,
    )
  }

  /** The verdict on one operation, which takes effect where that is `applied`. */
  take(operation: PushOperation): PushVerdict {
    const { opId, kind, collection, id, expected, change, condition } = operation
    const stored = this.rows.get(`${collection}/${id}`)
    const row = stored && { row: this.#row(stored) }
    const digest = JSON.stringify([kind, collection, id, expected, change, condition])
    const logged = this.log.get(opId)
    if (logged !== undefined && logged !== digest) return { kind: 'rejected', error: { code: 'SYNC_ID_REUSED' } }
    if (logged !== undefined) return { kind: 'applied', ...row }
    const refusal = this.#refusal(operation, stored)
    if (refusal) return refusal
    this.write(collection, id, applied(stored?.record ?? null, kind, change))
    this.log.set(opId, digest)
    this.effects.push(opId)
    return { kind: 'applied', row: this.row(collection, id) }
  }

  /** As if an operation that was just applied had never been. */
  undo({ opId, collection, id }: PushOperation, before: Stored | undefined): void {
    this.log.delete(opId)
    this.effects.pop()
    if (before) this.rows.set(`${collection}/${id}`, before)
    else this.rows.delete(`${collection}/${id}`)
  }

  #refusal({ kind, expected, change, condition }: PushOperation, stored: Stored | undefined): PushVerdict | undefined {
    const row = stored && { row: this.#row(stored) }
    const rejected = (code: 'SYNC_NOT_VISIBLE' | 'SYNC_CONDITION_FAILED' | 'SYNC_FORBIDDEN'): PushVerdict => ({
      kind: 'rejected',
      error: { code },
      ...row,
    })
    if (!stored && kind !== 'create') return rejected('SYNC_NOT_VISIBLE')
    const moved = kind === 'create' ? stored?.record : expected !== null && String(stored?.revision) !== expected
    if (moved) return { kind: 'conflict', ...row }
    if (kind === 'update' && !stored?.record) return rejected('SYNC_NOT_VISIBLE')
    if (condition && !matches(condition, stored?.record ?? {})) return rejected('SYNC_CONDITION_FAILED')
    return change.set?.['forbidden'] ? rejected('SYNC_FORBIDDEN') : undefined
  }
}
