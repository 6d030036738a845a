import {
  type CallContext,
  isSyncError,
  type LiveRemote,
  type RefreshableRemote,
  type RemoteAdapter,
  SyncError,
} from '@rowkeep/kernel'
import { withFields } from '@rowkeep/kernel/adapters'
import { untilAborted } from './abort.ts'
import { capabilitiesWith } from './capabilities.ts'
import { subscribe } from './live.ts'
import { type AppsyncOptions, remoteOf } from './options.ts'
import { pull } from './pull.ts'
import { push } from './push.ts'

/** What {@link appsyncAdapter} gives. `subscribe` is there exactly with the option `hub`, `refresh` with the option `refresh`. */
export type AppsyncAdapter = RemoteAdapter & Partial<LiveRemote> & Partial<RefreshableRemote>

async function renewed(refresh: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await refresh()
  } catch (thrown) {
    if (isSyncError(thrown)) throw thrown
    // As for session(): the message of what the app threw may hold the credentials it was about.
    const what = thrown instanceof Error ? thrown.name : typeof thrown
    throw new SyncError('SYNC_NETWORK', { message: `refresh() threw ${what}` })
  }
}

/**
 * A remote for an AppSync API whose models have conflict detection with optimistic concurrency and the field `_m: [String]`
 * (see `npx @rowkeep/adapters-appsync <Model=field:Type,...>`). It keeps no queue and tries nothing twice; what the vendor's client sends
 * twice has one effect. `pull` rejects with the reason; `push` rejects only where the outcome is unknown.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function appsyncAdapter(options: AppsyncOptions): AppsyncAdapter {
  const remote = remoteOf(options)
  const { hub, refresh } = options
  const adapter: AppsyncAdapter = {
    name: 'appsync',
    capabilities: capabilitiesWith(remote.baseTableTtlMs, hub === undefined ? 'none' : 'hint'),
    pull: (request, context) => pull(remote, request, context),
    push: (request, context) => push(remote, request, context),
    ...(hub === undefined
      ? {}
      : ({
          subscribe: (feed, listener, context) => subscribe(remote, hub, feed, listener, context),
        } satisfies LiveRemote)),
    ...(refresh === undefined ? {} : { refresh: ({ signal }: CallContext) => untilAborted(renewed(refresh), signal) }),
  }
  const codecs = Object.fromEntries([...remote.models].map(([name, model]) => [name, model.codecs]))
  return withFields(adapter, codecs, { as: 'text', digits: 9 })
}
