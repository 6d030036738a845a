import {
  type CallContext,
  type FieldChange,
  type JsonObject,
  type LiveEvent,
  type LiveRemote,
  type PullPage,
  type PullRequest,
  type PushOperation,
  type PushRequest,
  type PushVerdict,
  type RemoteAdapter,
  type RemoteCapabilities,
  type RemoteRow,
  SyncError,
} from '@rowkeep/kernel'
import type { Collection, Row } from '../devices/app.ts'
import type { Tab } from '../devices/tab.ts'
import type { World } from '../world.ts'
import { transactional } from './capabilities.ts'
import type { Effect, Site, Subject } from './site.ts'

/** One row, with every mark a feed may need. */
interface Held {
  readonly collection: Collection
  readonly id: string
  readonly user: string
  /** `null`: deleted. */
  readonly record: Row | null
  readonly revision: number
  /** Where it stands in the feed. */
  readonly at: number
}

const keyOf = (collection: string, id: string): string => `${collection}/${id}`

/** A backend with all there is: a log of operations, batches, tombstones, and one ordered feed. */
class ModelSite implements Site {
  readonly effects: Effect[] = []
  readonly #world: World
  readonly #capabilities: RemoteCapabilities
  readonly #rows = new Map<string, Held>()
  readonly #log = new Map<string, string>()
  readonly #ears = new Set<(user: string) => void>()
  #head = 0

  constructor(world: World, capabilities: RemoteCapabilities) {
    this.#world = world
    this.#capabilities = capabilities
  }

  remote(tab: Tab): RemoteAdapter & LiveRemote {
    const call = async <T>(
      what: string,
      request: object,
      { user, signal }: CallContext,
      serve: (copy: never) => T,
    ): Promise<T> => {
      if (user !== tab.user) throw new SyncError('SYNC_USER_MISMATCH')
      const text = JSON.stringify(request)
      const wire = {
        what,
        arrive: async () => JSON.parse(JSON.stringify(serve(JSON.parse(text) as never))) as T,
        status: (code: number, seconds?: number) => Promise.reject(errorOf(code, seconds)),
        garbled: () => Promise.reject(new SyncError('SYNC_PROTOCOL')),
        unreachable: () => new SyncError('SYNC_NETWORK'),
      }
      return this.#world.network.carry(tab, wire, signal)
    }
    return {
      name: 'model',
      capabilities: this.#capabilities,
      pull: (request, context) => call('pull', request, context, (copy: PullRequest) => this.#pull(context.user, copy)),
      push: (request, context) => call('push', request, context, (copy: PushRequest) => this.#push(context.user, copy)),
      subscribe: (_feed, listener, { user }) => this.#subscribe(tab, user, listener),
    }
  }

  fetch(): Promise<Response> {
    return Promise.reject(new SyncError('SYNC_NETWORK'))
  }

  async rows(user: string, collection: Collection): Promise<ReadonlyMap<string, Row>> {
    const held = [...this.#rows.values()].filter((row) => row.user === user && row.collection === collection)
    return new Map(held.flatMap(({ id, record }) => (record ? [[id, record] as const] : [])))
  }

  async write(user: string, collection: Collection, row: Row): Promise<void> {
    this.#put(user, collection, row.id, row, undefined)
  }

  async remove(user: string, collection: Collection, id: string): Promise<void> {
    if (this.#rows.get(keyOf(collection, id))?.record) this.#put(user, collection, id, null, undefined)
  }

  #put(user: string, collection: Collection, id: string, record: Row | null, opId: string | undefined): Held {
    const key = keyOf(collection, id)
    const before = this.#rows.get(key)
    this.#head += 1
    const row: Held = { collection, id, user, record, revision: (before?.revision ?? 0) + 1, at: this.#head }
    this.#rows.set(key, row)
    this.effects.push({
      opId,
      user,
      collection,
      id,
      before: before?.record ?? null,
      after: record,
      at: this.#world.loop.now,
    })
    for (const tell of this.#ears) tell(user)
    return row
  }

  #pull(user: string, { feed, cursor, limit }: PullRequest): PullPage {
    const from = cursor === null ? { at: 0, snapshot: true } : (JSON.parse(cursor) as { at: number; snapshot: boolean })
    const later = [...this.#rows.values()]
      .filter((row) => row.user === user && feed.collections.includes(row.collection) && row.at > from.at)
      .filter(({ record }) => record || !from.snapshot)
      .sort((a, b) => a.at - b.at)
    const page = later.slice(0, limit)
    const more = page.length < later.length
    const at = more ? (page.at(-1)?.at ?? from.at) : this.#head
    const next = JSON.stringify({ at, snapshot: more && from.snapshot })
    const kind = from.snapshot ? 'snapshot' : 'delta'
    return { kind, changes: page.map(rowOf), cursor: next, more, now: this.#world.loop.now, epoch: 'first' }
  }

  #push(user: string, { operations }: PushRequest): readonly PushVerdict[] {
    return operations.map((operation) => this.#apply(user, operation))
  }

  #apply(user: string, { opId, kind, collection, id, expected, change }: PushOperation): PushVerdict {
    const held = this.#rows.get(keyOf(collection, id))
    const payload = JSON.stringify([kind, collection, id, expected, change])
    const known = this.#log.get(opId)
    if (known !== undefined && known !== payload) return { kind: 'rejected', error: { code: 'SYNC_ID_REUSED' } }
    if (known !== undefined) return { kind: 'applied', ...(held ? { row: rowOf(held) } : {}) }
    if (held && held.user !== user) return { kind: 'rejected', error: { code: 'SYNC_ID_TAKEN' } }
    const isMet = expected === null ? kind !== 'create' || !held?.record : String(held?.revision) === expected
    if (!isMet) return { kind: 'conflict', ...(held ? { row: rowOf(held) } : {}) }
    this.#log.set(opId, payload)
    const record = kind === 'delete' ? null : changed(kind === 'update' ? held?.record : null, change)
    return { kind: 'applied', row: rowOf(this.#put(user, collection as Collection, id, record, opId)) }
  }

  #subscribe(tab: Tab, own: string, listener: (event: LiveEvent) => void): () => void {
    const ear = (user: string): void => {
      if (user === own && tab.device.online)
        tab.deliver(20, tab.key('poke'), () => this.#ears.has(ear) && listener({ kind: 'poke' }))
    }
    this.#ears.add(ear)
    tab.deliver(30, tab.key('up'), () => this.#ears.has(ear) && listener({ kind: 'up' }))
    return () => this.#ears.delete(ear)
  }
}

function changed(record: Row | null | undefined, { set, unset }: FieldChange): Row {
  const fields = Object.entries({ ...record, ...set }).filter(([field]) => !unset?.includes(field))
  return Object.fromEntries(fields) as unknown as Row
}

function rowOf({ collection, id, record, revision }: Held): RemoteRow {
  const head = { collection, id, revision: String(revision) }
  return record ? { kind: 'record', ...head, record: record as unknown as JsonObject } : { kind: 'tombstone', ...head }
}

function errorOf(code: number, seconds: number | undefined): SyncError {
  const retryAfterMs = seconds === undefined ? undefined : seconds * 1_000
  if (code === 429 || code === 503) return new SyncError('SYNC_RATE_LIMITED', { retryAfterMs })
  return new SyncError('SYNC_NETWORK')
}

/** The model backend of a profile. */
export const modelSubject = (
  name: string = 'transactional',
  capabilities: RemoteCapabilities = transactional,
): Subject => ({
  name,
  open: (world) => new ModelSite(world, capabilities),
})
