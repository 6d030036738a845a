import type { JsonObject } from '../env/json.ts'
import { invalidInput, SyncError } from '../errors/sync-error.ts'
import { applyOperation, differingFields, stepBetween } from '../model/change.ts'
import type { Filter } from '../model/filter.ts'
import { idOf } from '../model/identity.ts'
import { accept, type Target } from '../outbox/accept.ts'
import type { Operations } from '../pipeline/middleware.ts'
import { normaliseWhere } from '../query/normalise.ts'
import type { Host } from './host.ts'
import type { CollectionShape } from './options.ts'
import { checkRecord, withKey } from './validate.ts'

/** What a write can be given, untyped. */
export interface AnyWriteOptions {
  readonly where?: object
  readonly signal?: AbortSignal
}

type Mutate = (draft: JsonObject) => void

/** Operators a filter uses. */
function operatorsOf(filter: Filter): readonly string[] {
  if ('field' in filter) return [filter.is]
  if ('not' in filter) return operatorsOf(filter.not)
  return ('all' in filter ? filter.all : filter.any).flatMap(operatorsOf)
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

  async create(input: unknown, options?: AnyWriteOptions): Promise<JsonObject | null> {
    const draft = withKey(this.#shape, input, this.#host.env.uuid)
    return this.#write(this.#idOf(draft), options, () => draft, true)
  }

  async createMany(inputs: readonly unknown[]): Promise<readonly JsonObject[]> {
    const { env, around, open } = this.#host
    if (!Array.isArray(inputs)) throw invalidInput('createMany takes a list')
    const records: JsonObject[] = []
    for (const input of inputs) {
      const operation = this.#creating(await this.#check(withKey(this.#shape, input, env.uuid)))
      // Each passes the middleware alone; all are accepted together.
      await around('create', operation, async (given) => records[records.push(await this.#check(given.record)) - 1])
    }
    const { session, engine } = await open()
    await session.journal.write((draft) => {
      for (const record of records)
        accept(draft, this.#target(this.#idOf(record)), (now) => this.#mustBeNew(now, record))
    })
    engine?.wrote()
    return records
  }

  async save(input: unknown, options?: AnyWriteOptions): Promise<JsonObject | null> {
    const record = withKey(this.#shape, input, this.#host.env.uuid)
    return this.#write(this.#idOf(record), options, () => record)
  }

  async update(id: string, change: object | Mutate, options?: AnyWriteOptions): Promise<JsonObject | null> {
    return this.#write(id, options, (before) => {
      const record = this.#mustBeThere(before, id)
      if (typeof change !== 'function') return { ...record, ...change }
      const draft = structuredClone(record)
      ;(change as Mutate)(draft)
      return draft
    })
  }

  async delete(id: string, options?: AnyWriteOptions): Promise<void> {
    await this.#write(id, options, () => null)
  }

  #mustBeThere(record: JsonObject | null, id: string): JsonObject {
    if (record) return record
    throw new SyncError('SYNC_NOT_FOUND', { message: `${this.#shape.name} has no record "${id}"` })
  }

  #mustBeNew(now: JsonObject | null, record: JsonObject): JsonObject {
    if (!now) return record
    throw new SyncError('SYNC_ID_TAKEN', {
      message: `${this.#shape.name} already has a record "${this.#idOf(record)}"`,
    })
  }

  #idOf(record: JsonObject): string {
    return String(idOf(record, this.#shape.key))
  }

  #check(input: unknown): Promise<JsonObject> {
    return checkRecord(this.#host, this.#shape, input)
  }

  async #checkOf(id: string, input: unknown): Promise<JsonObject> {
    const record = await this.#check(input)
    if (this.#idOf(record) === id) return record
    throw invalidInput(`the key of "${id}" cannot change: create another record`)
  }

  #creating(record: JsonObject): Operations['create'][0] {
    return { kind: 'create', collection: this.#shape.name, record }
  }

  #target(id: string, where?: object): Target {
    const { env, remote } = this.#host
    const condition = where && normaliseWhere(where)
    const can: readonly string[] | undefined = remote?.capabilities.conditions
    const cannot = condition && operatorsOf(condition).find((operator) => can && !can.includes(operator))
    if (cannot)
      throw new SyncError('SYNC_UNSUPPORTED', { message: `${remote?.name} cannot test "${cannot}" in a write` })
    return { collection: this.#shape.name, id, condition, at: env.now(), opId: env.uuid() }
  }

  /** One write in its turn: what is wanted of the visible record (`null`: no record), through the middleware, accepted. */
  async #write(
    id: string,
    options: AnyWriteOptions = {},
    want: (before: JsonObject | null) => object | null,
    isNew = false,
  ): Promise<JsonObject | null> {
    await this.#host.open()
    return this.#inTurn(id, async () => {
      const before = this.#host.tables.get(this.#shape.name)?.get(id) ?? null
      const asked = want(before)
      const after = asked && (await this.#checkOf(id, asked))
      if (after && isNew) this.#mustBeNew(before, after)
      return before || after ? this.#passOn(id, options, before, after) : null
    })
  }

  /** The write through the middleware of its kind, which may change it. */
  #passOn(
    id: string,
    options: AnyWriteOptions,
    before: JsonObject | null,
    after: JsonObject | null,
  ): Promise<JsonObject | null> {
    const { around } = this.#host
    const collection = this.#shape.name
    const finish = async (changed?: object): Promise<JsonObject | null> =>
      this.#accept(id, options, before, changed ? await this.#checkOf(id, changed) : after)
    type Answer = Promise<JsonObject | null>
    if (!after) return around('delete', { kind: 'delete', collection, id }, () => finish()) as Answer
    if (!before) {
      return around('create', this.#creating(after), ({ record }) =>
        finish(record === after ? undefined : (record as object)),
      ) as Answer
    }
    const change = Object.fromEntries(differingFields(before, after).map((field) => [field, after[field]]))
    const operation = { kind: 'update', collection, id, change } as const
    const last = (given: { readonly change: object }): Answer =>
      finish(given.change === change ? undefined : { ...before, ...given.change })
    return around('update', operation, last) as Answer
  }

  async #accept(
    id: string,
    { where, signal }: AnyWriteOptions,
    before: JsonObject | null,
    after: JsonObject | null,
  ): Promise<JsonObject | null> {
    const { session, engine } = await this.#host.open()
    if (signal?.aborted) throw new SyncError('SYNC_ABORTED')
    const step = stepBetween(before, after)
    const target = this.#target(id, where)
    await session.journal.write((draft) =>
      accept(draft, target, (now) => {
        if (!before && after) return this.#mustBeNew(now, after)
        return applyOperation(after ? this.#mustBeThere(now, id) : now, step)
      }),
    )
    engine?.wrote()
    return after
  }

  #inTurn<T>(id: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(id) ?? Promise.resolve()).then(run, run)
    this.#turns.set(id, turn)
    const leave = (): void => {
      if (this.#turns.get(id) === turn) this.#turns.delete(id)
    }
    turn.then(leave, leave)
    return turn
  }
}
