import type { CheckingRemote } from '../contracts/remote-adapter.ts'
import { defined, type JsonObject } from '../env/json.ts'
import { invalidInput, refuseRest, SyncError } from '../errors/sync-error.ts'
import { differingFields } from '../model/change.ts'
import { sameValue } from '../model/compare.ts'
import type { Filter } from '../model/filter.ts'
import { idOf } from '../model/identity.ts'
import { format } from '../model/stored.ts'
import { isObject, toRecord } from '../model/value.ts'
import { accept, type Target } from '../outbox/accept.ts'
import { maxLevels, normaliseWhere } from '../query/normalise.ts'
import type { Host, Opened } from './host.ts'
import type { CollectionShape } from './options.ts'
import { checkRecord } from './validate.ts'

/** What a write can be given, untyped. */
export interface AnyWriteOptions {
  readonly where?: object
  readonly strategy?: string
  readonly signal?: AbortSignal
}

/** A record, or none. */
export type Side = JsonObject | null
/** What a write wants of the visible record; `null`: no record. */
export type Want = (before: Side) => object | null

/** One write: of which record, what it was when the write was made, what is wanted of it, and under which condition. */
interface Wish {
  readonly id: string
  readonly before: Side
  readonly want: Want
  readonly where: object | undefined
}

/** The record's id as text. */
export const keyOf = (shape: CollectionShape, record: JsonObject): string => String(idOf(record, shape.key))

/** @throws SyncError `SYNC_NOT_FOUND` */
export function mustBeThere({ name }: CollectionShape, record: Side, id: string): JsonObject {
  if (record) return record
  throw new SyncError('SYNC_NOT_FOUND', { message: `${name} has no record "${String(id)}"` })
}

/** `record`, if there is none yet. @throws SyncError `SYNC_ID_TAKEN` */
export function mustBeNew(shape: CollectionShape, now: Side, record: JsonObject): JsonObject {
  if (!now) return record
  throw new SyncError('SYNC_ID_TAKEN', { message: `${shape.name} has a record "${keyOf(shape, record)}" already` })
}

/** Operators a filter uses, by the names of the capabilities. */
export function operatorsOf(filter: Filter): readonly string[] {
  if ('field' in filter) return filter.ignoreCase ? [filter.is, 'ignoreCase'] : [filter.is]
  if ('not' in filter) return operatorsOf(filter.not)
  return ('all' in filter ? filter.all : filter.any).flatMap(operatorsOf)
}

/**
 * What a write is about that makes `after` of `before`.
 * @throws SyncError `SYNC_UNSUPPORTED` if the remote cannot test its condition, and what the remote's own check throws
 */
export function targetOf(
  { env, remote, operators }: Host,
  { name }: CollectionShape,
  id: string,
  after: Side,
  before: Side,
  where?: object,
): Target {
  if (after) (remote as Partial<CheckingRemote> | undefined)?.check?.(name, after, before)
  const condition = where && normaliseWhere(where, operators, maxLevels.wire)
  const can: readonly string[] | undefined = remote?.capabilities.conditions
  const cannot = condition && operatorsOf(condition).find((operator) => can && !can.includes(operator))
  if (cannot) throw new SyncError('SYNC_UNSUPPORTED', { message: `${remote?.name} cannot test "${cannot}" in a write` })
  const opId = env.uuid()
  return defined<Target>({ opId, writes: [opId], collection: name, id, condition, deps: [], at: env.now(), v: format })
}

/** A record checked by the schema, which must keep the id, made of `before`. */
export async function checkSame(
  host: Host,
  shape: CollectionShape,
  id: string,
  input: object,
  before: Side,
): Promise<JsonObject> {
  // A field that is undefined is absent, for the schema too: its default applies.
  const record = await checkRecord(host, shape, toRecord(input, shape.name), before)
  if (keyOf(shape, record) === id) return record
  throw invalidInput(`the change of "${id}" has the key of another record`)
}

/** The record moved while its write was being checked; the write is decided again on what it is now. */
export const moved: unique symbol = Symbol('moved')

/** What `accept` is given: `after`, unless the record is no longer `before`. */
export const unmoved =
  (before: Side, after: Side) =>
  (now: Side): Side => {
    if (sameValue(now, before)) return after
    throw moved
  }

/** What goes through the middleware of its kind. */
interface Step {
  readonly kind: 'create' | 'update' | 'delete'
  readonly record?: JsonObject
  readonly change?: object
}

function stepOf(id: string, before: Side, after: Side): Step & { readonly id?: string } {
  if (!after) return { kind: 'delete', id }
  if (!before) return { kind: 'create', record: after }
  const change = Object.fromEntries(differingFields(before, after).map((field) => [field, after[field]]))
  return { kind: 'update', id, record: before, change }
}

/**
 * What is wanted of a record that is `before`, through the middleware of its kind, and then to `put`. The result is what the
 * middleware makes of that.
 */
export async function decideWrite(
  host: Host,
  shape: CollectionShape,
  { id, before, want, where }: Wish,
  put: (target: Target, after: Side) => Promise<void> | void,
): Promise<Side> {
  const wanted = want(before)
  if (!before && !wanted) return null
  const after = wanted && (await checkSame(host, shape, id, wanted, before))
  const operation = { collection: shape.name, ...stepOf(id, before, after) }
  const finish = async (given: Step): Promise<Side> => {
    const changed = given !== operation && (given.change ? { ...before, ...given.change } : given.record)
    const final = changed ? await checkSame(host, shape, id, changed, before) : after
    await put(targetOf(host, shape, id, final, before, where), final)
    return final
  }
  return host.around(operation.kind, operation as never, finish as never) as Promise<Side>
}

/** One write, tried until the record holds still: another tab, or the server, may change it meanwhile. */
export async function writeOne(
  host: Host,
  { journal, engine, ending }: Opened,
  shape: CollectionShape,
  id: string,
  want: Want,
  options: AnyWriteOptions = {},
): Promise<Side> {
  const { where, strategy = 'localFirst', signal, ...rest } = isObject(options) ? options : { options }
  refuseRest('a write', rest)
  if (!['localFirst', 'remoteFirst'].includes(strategy))
    throw invalidInput('strategy must be localFirst or remoteFirst')
  if (signal && !('aborted' in Object(signal))) throw invalidInput('signal must be an AbortSignal')
  for (;;) {
    // What it would read or write next may be another user's.
    ending.signal.throwIfAborted()
    try {
      const before = shape.table.get(id) ?? null
      return await decideWrite(host, shape, { id, before, want, where }, async (target, after) => {
        const release = after ? undefined : await host.related?.release(host, shape, id)
        if (signal?.aborted) throw new SyncError('SYNC_ABORTED')
        await journal.write((draft) => {
          release?.(draft)
          accept(draft, target, unmoved(before, after))
        })
        engine?.want()
      })
    } catch (error) {
      if (error !== moved) throw error
    }
  }
}
