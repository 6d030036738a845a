import type { Collection } from '../client/collection.ts'
import { type Host, liveValue, type Opened } from '../client/host.ts'
import { partsOf } from '../client/parts.ts'
import { shared } from '../client/reads.ts'
import { defined } from '../env/json.ts'
import { errorOf, invalidInput, type SyncError } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { unreadableKey } from '../journal/unreadable.ts'
import type { Watch } from '../live/watch.ts'
import { type RecordKey, recordKey } from '../model/identity.ts'
import { failureOf, type TryOf } from './failing.ts'
import { type Hub, hubOf } from './hub.ts'

/** How one record stands between this device and the server. */
export interface RecordState {
  /**
   * `synced` nothing of this device waits, and the row is as the server last told it · `absent` nothing waits and there is no row ·
   * `pending` writes wait to be sent · `sending` one of them is on its way · `failed` the last try failed; it is tried again ·
   * `conflict` its writes wait in the conflict inbox · `quarantined` the server refused a write for good, and nothing else waits ·
   * `unreadable` the server has a row that cannot be read; what is shown is from before
   */
  readonly state: 'synced' | 'absent' | 'pending' | 'sending' | 'failed' | 'conflict' | 'quarantined' | 'unreadable'
  /** Writes on their way, or in the conflict inbox. */
  readonly pending: number
  /** Writes in quarantine. */
  readonly quarantined: number
  /** Tries that failed in a row, in this run of the app; absent: none did. */
  readonly attempts?: number
  /** Of `failed`, `quarantined` and `unreadable`: why. */
  readonly error?: SyncError
  /** Of `failed`: when it is tried next by itself, ms on the device's clock; absent: once something else starts it, or now. */
  readonly nextAt?: number
}

const writesIn = (queue: readonly Queued[]): number => queue.reduce((sum, { op }) => sum + op.writes.length, 0)

/** What the operations on their way do at the moment. */
function underWay(
  { traffic }: Hub,
  opened: Opened,
  live: readonly Queued[],
): Pick<RecordState, 'state'> & Partial<TryOf> {
  if (live.some(({ op }) => op.state === 'parked')) return { state: 'conflict' }
  if (live.some(({ op }) => traffic.sending.has(op.opId) || traffic.answered.has(op.opId))) return { state: 'sending' }
  const [failure] = live.flatMap(({ op }) => failureOf(traffic, opened, op.opId) ?? [])
  return failure ? { state: 'failed', ...failure } : { state: 'pending' }
}

function stateOf(hub: Hub, opened: Opened, key: RecordKey): RecordState {
  const { base, queues, meta } = opened.ledger
  const queue = queues.get(key) ?? []
  const refused = queue.filter(({ op }) => op.state === 'quarantined')
  const live = queue.filter(({ op }) => op.state !== 'quarantined')
  const counts = { pending: writesIn(live), quarantined: writesIn(refused) }
  if (live.length > 0) return defined<RecordState>({ ...counts, ...underWay(hub, opened, live) })
  const newest = refused.at(-1)
  if (newest) return { ...counts, state: 'quarantined', error: errorOf(newest.op.error as never) }
  const note = meta.get(unreadableKey(key))
  if (note) return { ...counts, state: 'unreadable', error: errorOf(note as never) }
  return { ...counts, state: base.get(key)?.record ? 'synced' : 'absent' }
}

const restless: readonly RecordState['state'][] = ['sending', 'failed', 'unreadable']

function watchOn(host: Host, key: RecordKey): Watch<RecordState> {
  const hub = hubOf(host)
  let value: RecordState | undefined
  let text: string | undefined
  const read = (): RecordState | undefined => {
    const opened = host.opened()
    if (!opened) return undefined
    const now = stateOf(hub, opened, key)
    const next = JSON.stringify(now)
    if (next !== text) value = Object.freeze(now)
    text = next
    return value
  }
  return liveValue(host, {
    read,
    follow: (changed) => {
      const look = (): void => {
        if (restless.includes(read()?.state ?? 'synced')) hub.uneasy.add(key)
        else hub.uneasy.delete(key)
        changed()
      }
      const stop = hub.follow(key, look)
      look()
      return () => {
        stop()
        hub.uneasy.delete(key)
      }
    },
  })
}

const shares = new WeakMap<object, ReturnType<typeof shared>>()

/**
 * How a record stands, as a live value: the same object for the same record, as long as somebody holds it. What is stored holds
 * after a restart too: `pending`, `conflict`, `quarantined`, `unreadable`. What was tried is known from the first call for the
 * client on. Cheap enough for each row of a list: a change costs the records it touches.
 *
 * @example recordState(client.collections.tasks, task.id).subscribe(({ state }) => console.log(state))
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that is not a collection, or an id that is not text
 */
export function recordState<C, D>(collection: Collection<C, D>, id: string): Watch<RecordState> {
  const { host, shape } = partsOf(collection)
  if (!shape) throw invalidInput('recordState takes a collection and an id')
  if (typeof id !== 'string') throw invalidInput('an id is text')
  const share = shares.get(collection) ?? shared()
  shares.set(collection, share)
  const key = recordKey(shape.name, id)
  return share(key, () => watchOn(host, key))
}
