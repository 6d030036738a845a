import type { JsonObject } from '../env/json.ts'
import { isSyncError, SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import { changeBetween } from '../model/change.ts'
import type { Filter } from '../model/filter.ts'
import { idOf } from '../model/identity.ts'
import type { Change } from '../model/stored.ts'
import { acceptCreate, acceptDelete, acceptUpdate, type Target } from '../outbox/accept.ts'
import type { Operations } from '../pipeline/middleware.ts'
import { normaliseWhere } from '../query/normalise.ts'
import type { WriteOptions } from './collection.ts'
import type { Host } from './host.ts'
import type { CollectionShape } from './options.ts'
import { settled } from './settled.ts'
import { type Checked, checkRecord, withKey } from './validate.ts'

type Options = WriteOptions<JsonObject> | undefined
type Mutate = (draft: JsonObject) => void

/** Operators a filter uses. */
function operatorsOf(filter: Filter): readonly string[] {
  if ('field' in filter) return [filter.is]
  if ('not' in filter) return operatorsOf(filter.not)
  return ('all' in filter ? filter.all : filter.any).flatMap(operatorsOf)
}

const applyChange = (record: JsonObject, change: Change): JsonObject => ({
  ...Object.fromEntries(Object.entries(record).filter(([field]) => !change.unset?.includes(field))),
  ...change.set,
})

/** A partial change as fields to set and to remove. */
function merged(record: JsonObject, change: object): Record<string, unknown> {
  const entries = Object.entries({ ...record, ...change })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** The writing half of a collection. Writes to one record take turns in the order of their calls. */
export class Writes {
  readonly #host: Host
  readonly #shape: CollectionShape
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(host: Host, shape: CollectionShape) {
    this.#host = host
    this.#shape = shape
  }

  async create(input: unknown, options?: Options): Promise<JsonObject> {
    const draft = withKey(this.#shape, input, this.#host.env.uuid)
    return this.#inTurn(this.#idOf(draft), options, async () => {
      const { record } = await this.#check(draft)
      return this.#aroundCreate(record, async (checked) => {
        await this.#write(options, (accept) => acceptCreate(accept, this.#target(checked.id, options), checked.record))
        return checked
      })
    })
  }

  async createMany(inputs: readonly unknown[]): Promise<readonly JsonObject[]> {
    if (!Array.isArray(inputs)) throw new SyncError('SYNC_INPUT_INVALID', { message: 'createMany takes a list' })
    const drafts = inputs.map((input) => withKey(this.#shape, input, this.#host.env.uuid))
    const collection = this.#shape.name
    const records: Checked[] = []
    for (const draft of drafts) {
      const { record } = await this.#check(draft)
      const operation = { kind: 'create', collection, record } as Operations['create'][0]
      // Each passes the middleware alone; all are accepted together.
      await this.#host.plugins.around('create', operation, async (changed) => {
        const checked =
          changed.record === record ? { id: this.#idOf(record), record } : await this.#check(changed.record)
        records.push(checked)
        return checked.record
      })
    }
    await this.#write(undefined, (accept) => {
      for (const { id, record } of records) acceptCreate(accept, this.#target(id, undefined), record)
    })
    return records.map(({ record }) => record)
  }

  async save(input: unknown, options?: Options): Promise<JsonObject> {
    const given = withKey(this.#shape, input, this.#host.env.uuid)
    return this.#inTurn(this.#idOf(given), options, async () => {
      const { id, record } = await this.#check(given)
      const before = this.#visible(id)
      if (before) return this.#change(id, before, changeBetween(before, record), options)
      if (options?.where)
        throw new SyncError('SYNC_CONDITION_FAILED', { message: `there is no record "${id}" to test` })
      return this.#aroundCreate(record, async (checked) => {
        await this.#write(options, (accept) => acceptCreate(accept, this.#target(id, options), checked.record))
        return checked
      })
    })
  }

  async update(id: string, change: object | Mutate, options?: Options): Promise<JsonObject> {
    return this.#inTurn(id, options, async () => {
      const before = this.#visible(id)
      if (!before) throw new SyncError('SYNC_NOT_FOUND', { message: `${this.#shape.name} has no record "${id}"` })
      const wanted = typeof change === 'function' ? this.#mutated(before, change as Mutate) : merged(before, change)
      const { record } = await this.#check(wanted, id)
      return this.#change(id, before, changeBetween(before, record), options)
    })
  }

  async delete(id: string, options?: Options): Promise<void> {
    await this.#inTurn(id, options, async () => {
      const operation = { kind: 'delete', collection: this.#shape.name, id } as const
      await this.#host.plugins.around('delete', operation, async () => {
        await this.#write(options, (draft) => acceptDelete(draft, this.#target(id, options)))
      })
    })
  }

  #mutated(before: JsonObject, mutate: Mutate): JsonObject {
    const draft = structuredClone(before)
    mutate(draft)
    return draft
  }

  async #change(id: string, before: JsonObject, change: Change, options: Options): Promise<JsonObject> {
    const removed = Object.fromEntries((change.unset ?? []).map((field) => [field, undefined]))
    const partial = { ...change.set, ...removed }
    const operation = { kind: 'update', collection: this.#shape.name, id, change: partial } as Operations['update'][0]
    let after = before
    const answer = await this.#host.plugins.around('update', operation, async (given) => {
      const final = given.change === partial ? change : await this.#recheck(id, before, given.change)
      await this.#write(options, (draft) => {
        after = acceptUpdate(draft, this.#target(id, options), (record) => Object.freeze(applyChange(record, final)))
      })
      return after
    })
    return (answer ?? after) as JsonObject
  }

  async #recheck(id: string, before: JsonObject, change: object): Promise<Change> {
    const { record } = await this.#check(merged(before, change), id)
    return changeBetween(before, record)
  }

  async #aroundCreate(record: JsonObject, accept: (checked: Checked) => Promise<Checked>): Promise<JsonObject> {
    const operation = { kind: 'create', collection: this.#shape.name, record } as Operations['create'][0]
    const answer = await this.#host.plugins.around('create', operation, async (given) => {
      const id = this.#idOf(record)
      const checked = given.record === record ? { id, record } : await this.#check(given.record, id)
      return (await accept(checked)).record
    })
    return answer as JsonObject
  }

  #idOf(record: object): string {
    return String(idOf(record as JsonObject, this.#shape.key))
  }

  async #check(input: unknown, id?: string): Promise<Checked> {
    const checked = await checkRecord(this.#shape, input, this.#host.limits)
    if (id === undefined || id === checked.id) return checked
    throw new SyncError('SYNC_INPUT_INVALID', {
      message: `the key of "${id}" cannot be changed: create another record`,
    })
  }

  #visible(id: string): JsonObject | undefined {
    return this.#host.tables.get(this.#shape.name)?.get(id)
  }

  #target(id: string, options: Options): Target {
    const { env } = this.#host
    const condition = options?.where === undefined ? undefined : this.#condition(options.where)
    return { collection: this.#shape.name, id, now: env.now(), uuid: env.uuid, ...(condition ? { condition } : {}) }
  }

  #condition(where: unknown): Filter {
    const filter = normaliseWhere(where)
    const { remote } = this.#host
    const can: readonly string[] | undefined = remote?.capabilities.conditions
    const cannot = operatorsOf(filter).find((operator) => can && !can.includes(operator))
    if (cannot === undefined) return filter
    const message = `${remote?.name} cannot test "${cannot}" in the step of a write`
    throw new SyncError('SYNC_UNSUPPORTED', { message })
  }

  async #write(options: Options, accept: (draft: Draft) => unknown): Promise<void> {
    const { session, engine } = await this.#host.open()
    if (options?.signal?.aborted) throw new SyncError('SYNC_ABORTED')
    await session.journal.write((draft) => void accept(draft))
    engine?.wrote()
  }

  async #inTurn<T>(id: string, options: Options, run: () => Promise<T>): Promise<T> {
    await this.#host.open()
    if (options?.strategy === 'remoteFirst') return this.#remoteFirst(id, () => this.#turn(id, run))
    return this.#turn(id, run)
  }

  #turn<T>(id: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(run, run)
    this.#turns.set(id, turn)
    const leave = (): void => {
      if (this.#turns.get(id) === turn) this.#turns.delete(id)
    }
    turn.then(leave, leave)
    return turn
  }

  async #remoteFirst<T>(id: string, run: () => Promise<T>): Promise<T> {
    const { engine } = await this.#host.open()
    const connected = engine && this.#host.env.online.now() && (engine.state === 'idle' || engine.state === 'running')
    if (!connected)
      throw new SyncError('SYNC_NETWORK', { message: 'a remoteFirst write needs a connection; nothing was stored' })
    const result = await run()
    const signal = new AbortController()
    const cancel = this.#host.env.setTimer(this.#host.timing.requestTimeoutMs, () => signal.abort())
    try {
      const outcome = await settled(this.#host, this.#shape.name, id, signal.signal)
      if (outcome.state === 'applied') return result
      throw new SyncError(outcome.state === 'parked' ? 'SYNC_CONFLICT' : 'SYNC_REJECTED', { details: outcome })
    } catch (error) {
      throw isSyncError(error, 'SYNC_ABORTED') ? new SyncError('SYNC_OUTCOME_UNKNOWN') : error
    } finally {
      cancel()
    }
  }
}
