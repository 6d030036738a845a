import type {
  CheckingRemote,
  LiveRemote,
  PullPage,
  PushOperation,
  PushRequest,
  PushVerdict,
  QueryableRemote,
  RemoteAdapter,
  RemoteChange,
} from '../contracts/remote-adapter.ts'
import type { Json, JsonObject } from '../env/json.ts'
import { type Failure, invalidInput } from '../errors/sync-error.ts'
import { fieldOf } from '../model/compare.ts'
import { canonicalOf, type FieldCodec, type Fields, type FieldsOf } from './fields.ts'
import { queriesWith } from './queries-with.ts'

/** How a backend keeps what has a codec. */
export interface FieldsKept {
  /**
   * `text`: as it was sent, so every text for a value may stand there. `typed`: as a type of its own, and what comes back is
   * the one text for the value, so nothing else may be sent: it would come back changed.
   */
  readonly as: 'text' | 'typed'
  /** Digits of a second that it keeps. */
  readonly digits: number
}

const examples: { readonly [codec in FieldCodec]: string } = {
  date: '2026-01-31T09:30:00.000Z',
  bigint: '-12',
  decimal: '12.5',
  bytes: 'AQI=',
}

/** What is wrong with a value of a field; `undefined`: nothing. */
function flawOf(field: string, codec: FieldCodec, value: Json, kept?: FieldsKept): string | undefined {
  if (value === null) return undefined
  const canonical = canonicalOf(codec, value)
  const shown = JSON.stringify(value).slice(0, 60)
  if (canonical === undefined || (codec === 'date' && !String(value).endsWith('Z'))) {
    return `${field} must be ${codec} as text like "${examples[codec]}", not ${shown}`
  }
  if (kept?.as === 'typed' && canonical !== value) return `${field} must be "${canonical}", not ${shown}`
  const most = kept && codec === 'date' ? 21 + kept.digits : Number.POSITIVE_INFINITY
  return String(value).length > most ? `${field} has too many digits of a second: ${shown}` : undefined
}

/** The first flaw of the fields that `wanted` takes. */
function flawIn(
  record: JsonObject,
  fields: Fields = {},
  kept?: FieldsKept,
  wanted: (field: string) => boolean = () => true,
): string | undefined {
  for (const [field, codec] of Object.entries(fields)) {
    const flaw = wanted(field) ? flawOf(field, codec, fieldOf(record, field), kept) : undefined
    if (flaw !== undefined) return flaw
  }
  return undefined
}

const aborted: PushVerdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }

/** Sends what nothing speaks against; the others are refused where they stand. */
async function pushFitting(
  request: PushRequest,
  flawOfOne: (operation: PushOperation) => string | undefined,
  push: (fitting: PushRequest) => Promise<readonly PushVerdict[]>,
): Promise<readonly PushVerdict[]> {
  const flaws = request.operations.map(flawOfOne)
  const fitting = request.operations.filter((_, index) => flaws[index] === undefined)
  if (fitting.length === flaws.length) return push(request)
  const sent = request.atomic || fitting.length === 0 ? [] : [...(await push({ ...request, operations: fitting }))]
  // A wrong number of verdicts says nothing of any.
  if (!request.atomic && sent.length !== fitting.length) return sent
  return flaws.map((message) => {
    if (message === undefined) return sent.shift() ?? aborted
    return { kind: 'rejected', error: { code: 'SYNC_REJECTED', message } satisfies Failure }
  })
}

/**
 * A remote whose fields hold what JSON has no type for. What the app writes there is checked, at the call by `check` and again
 * before it is sent; a row that comes without a text for such a value is `unreadable`, in a verdict left out. Without any
 * codec the remote as it is.
 *
 * The history that pages name, where they do, is told apart by the codecs: with others the rows that are here would mean something else.
 */
export function withFields<R extends RemoteAdapter & Partial<LiveRemote & QueryableRemote>>(
  remote: R,
  fields: FieldsOf,
  kept: FieldsKept,
): R & Partial<CheckingRemote> {
  const of = (collection: string): Fields | undefined =>
    Object.hasOwn(fields, collection) ? fields[collection] : undefined
  if (!Object.values(fields).some((codecs = {}) => Object.keys(codecs).length > 0)) return remote
  const readable = (change: RemoteChange): RemoteChange => {
    if (change.kind !== 'record') return change
    const { collection, id, record } = change
    const message = flawIn(record, of(collection))
    return message === undefined
      ? change
      : { kind: 'unreadable', collection, id, error: { code: 'SYNC_PROTOCOL', message } }
  }
  const pageOf = (page: PullPage, collections: readonly string[]): PullPage => {
    const codecs = collections.flatMap((name) => Object.entries(of(name) ?? {}).flat())
    const epoch = page.epoch === undefined ? {} : { epoch: [page.epoch, ...codecs].join(' ') }
    return page.kind === 'expired' ? { ...page, ...epoch } : { ...page, ...epoch, changes: page.changes.map(readable) }
  }
  const verdictOf = (verdict: PushVerdict): PushVerdict => {
    const { row, ...rest } = { row: undefined, ...verdict }
    return row && readable(row) !== row ? rest : verdict
  }
  const { subscribe } = remote
  return {
    ...remote,
    pull: async (request, context) => pageOf(await remote.pull(request, context), request.feed.collections),
    push: async (request, context) => {
      const flawOfOne = ({ collection, change: { set = {} } }: PushOperation) => flawIn(set, of(collection), kept)
      const verdicts = await pushFitting(request, flawOfOne, (fitting) => remote.push(fitting, context))
      return verdicts.map(verdictOf)
    },
    check(collection: string, record: JsonObject, before: JsonObject | null) {
      const isNew = (field: string): boolean => !before || fieldOf(record, field) !== fieldOf(before, field)
      const flaw = flawIn(record, of(collection), kept, isNew)
      if (flaw !== undefined) throw invalidInput(`${collection}.${flaw}`)
    },
    ...queriesWith(remote, (collection) => (kept.as === 'typed' ? (of(collection) ?? {}) : {}), readable),
    ...(subscribe && {
      subscribe: ((feed, listener, context) => {
        const told: typeof listener = (event) =>
          listener(event.kind === 'data' ? { ...event, changes: event.changes.map(readable) } : event)
        return subscribe.call(remote, feed, told, context)
      }) satisfies LiveRemote['subscribe'],
    }),
  }
}
