import type { SyncClient } from '../client/client.ts'
import { derived, type Host, type Opened } from '../client/host.ts'
import { partsOf } from '../client/parts.ts'
import type { Watch } from '../live/watch.ts'
import { storedFeeds } from '../sync/feeds.ts'
import { nextTryOf } from './failing.ts'
import { type Hub, hubOf } from './hub.ts'
import { outboxOf } from './outbox.ts'
import { type Probe, probeOf } from './probe.ts'
import type { FeedHealth, Health, StoreHealth } from './report.ts'
import { sizeOf } from './size.ts'
import { totalsOf } from './totals.ts'

function feedsOf({ ledger, engine }: Opened): readonly FeedHealth[] {
  return storedFeeds(ledger.meta).map(([key, { state, run }]) => {
    const id = key.slice('feed/'.length)
    return { id, state, isComplete: !run, isLive: (engine?.work.untold.get(key) ?? -1) >= 0 }
  })
}

function storageOf({ journal, isNew }: Opened): StoreHealth['storage'] {
  if (journal.trouble?.code === 'SYNC_STORE_BROKEN') return 'broken'
  return isNew ? 'new' : 'kept'
}

function storeOf(host: Host, opened: Opened, entryBytes: number, probe: Probe): StoreHealth {
  const { store, durability: wanted } = host
  return {
    name: store.name,
    driver: probe.driver,
    durability: opened.store.durability,
    wanted,
    isEvictable: store.capabilities.evictable,
    isPersisted: probe.isPersisted,
    storage: storageOf(opened),
    entryBytes,
    usedBytes: probe.usedBytes,
    freeBytes: probe.freeBytes,
    damaged: opened.damaged,
    error: opened.journal.trouble,
  }
}

/** How far behind the last complete pull was. */
function lagOf({ traffic }: Hub, { engine }: Opened): number {
  const since = traffic.laggingSince
  return since === undefined ? 0 : Math.max(0, (engine?.work.lastPullAt ?? since) - since)
}

function watchOn(host: Host): Watch<Health> {
  const hub = hubOf(host)
  const size = sizeOf(host)
  const probe = probeOf(host)
  const totals = totalsOf(host)
  const compute = (opened: Opened): Health => {
    const { engine } = opened
    return Object.freeze({
      engine: engine?.state,
      isOnline: host.env.online.now(),
      outbox: outboxOf(hub.traffic, opened),
      feeds: feedsOf(opened),
      lastPullAt: engine?.work.lastPullAt,
      nextAt: nextTryOf(opened),
      remoteLagMs: lagOf(hub, opened),
      clockOffsetMs: hub.traffic.clockOffsetMs,
      error: engine?.error,
      store: storeOf(host, opened, size(opened), probe()),
      totals: totals(),
    })
  }
  return derived(host, compute)
}

const watches = new WeakMap<Host, Watch<Health>>()

/**
 * How a client fares, as a live value: the same object at every call. It is looked at anew with each commit and each step of the
 * engine, in proportion to what waits; let nobody listen where nobody looks. From the first call on it counts, and
 * sees what goes over the wire.
 *
 * @example health(client).subscribe(({ outbox, store }) => console.log(outbox.oldestAt, store.durability))
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that is not a client
 */
export function health<C>(client: SyncClient<C>): Watch<Health> {
  const { host } = partsOf(client)
  const watch = watches.get(host) ?? watchOn(host)
  watches.set(host, watch)
  return watch
}
