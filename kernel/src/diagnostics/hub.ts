import type { Host } from '../client/host.ts'
import { type RecordKey, recordKey } from '../model/identity.ts'
import { Traffic } from './traffic.ts'

/** What the live values of one client share: what goes over the wire, and who looks at which record. */
export class Hub {
  readonly traffic: Traffic
  /** Records whose state may change without a commit of theirs. */
  readonly uneasy: Set<RecordKey> = new Set()
  readonly #watchers = new Map<RecordKey, Set<() => void>>()

  constructor(host: Host) {
    const tell = (keys: Iterable<RecordKey>): void => {
      for (const key of keys) for (const look of this.#watchers.get(key) ?? []) look()
    }
    this.traffic = new Traffic(host, tell)
    host.changed.add((touched) => tell(new Set([...touched, ...this.uneasy])))
    host.events.observe({ 'row:unreadable': ({ collection, id }) => tell([recordKey(collection, id)]) })
  }

  /** Calls `look` whenever the record may stand otherwise; a list of watches costs each change only what it touches. */
  follow(key: RecordKey, look: () => void): () => void {
    const looks = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, looks.add(look))
    return () => {
      looks.delete(look)
      if (looks.size === 0 && this.#watchers.get(key) === looks) this.#watchers.delete(key)
    }
  }
}

const hubs = new WeakMap<Host, Hub>()

/** The one of a client; from its first use on it sees what goes over the wire. */
export function hubOf(host: Host): Hub {
  const hub = hubs.get(host) ?? new Hub(host)
  hubs.set(host, hub)
  return hub
}
