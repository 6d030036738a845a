import { invalidConfig } from '../errors/sync-error.ts'
import { feedSource, feedsOf, type KnownFeed } from '../sync/feeds.ts'
import type { Work } from '../sync/ports.ts'

/** What a remote brings along for its feeds. */
interface Brought {
  /** The feeds of a cycle, all others forgotten; absent: those of the kernel. */
  readonly named?: (work: Work) => Promise<readonly KnownFeed[]>
  /** Whether the rows of a feed are others than the server's; absent: nobody asks. */
  readonly differs?: (work: Work, feed: KnownFeed) => Promise<boolean>
}

const brought = new WeakMap<object, Brought>()

/**
 * Has a client bring `more` into its pulling for the remote, beside what others have it bring. The result: the remote.
 * @throws SyncError `SYNC_CONFIG_INVALID` for what has no such `method`
 */
export function bring<R extends object>(title: string, remote: R, method: string, more: Brought): R {
  if (typeof Object(remote)[method] !== 'function') throw invalidConfig(`${title} needs a remote with ${method}()`)
  brought.set(remote, { ...brought.get(remote), ...more })
  feedSource.set(remote, async (work) => {
    const { named, differs } = brought.get(remote) ?? {}
    const feeds = (await named?.(work)) ?? feedsOf(work)
    return differs ? feeds.map((feed) => ({ ...feed, differs: (asking) => differs(asking, feed) })) : feeds
  })
  return remote
}
