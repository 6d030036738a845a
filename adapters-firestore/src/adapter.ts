import type { CallContext, LiveRemote, RefreshableRemote, RemoteAdapter } from '@rowkeep/kernel'
import { withFields } from '@rowkeep/kernel/adapters'
import { capabilitiesWith } from './capabilities.ts'
import { canRenew } from './credentials.ts'
import { databaseOf, type FirestoreOptions } from './options.ts'
import { pull } from './pull.ts'
import { push } from './push/push.ts'

/** What {@link firestoreAdapter} gives. `subscribe` is there exactly where the option `live` is. */
export type FirestoreAdapter = RemoteAdapter & RefreshableRemote

/**
 * A remote over Cloud Firestore by the lite SDK, which keeps no queue and no cache. It works only under the rules that
 * `npx @rowkeep/adapters-firestore <collection>...` prints: they are what compares revisions and makes an operation count once. It tries
 * nothing twice by itself. `pull` rejects with the reason; `push` rejects only where the outcome is unknown.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function firestoreAdapter(
  options: FirestoreOptions & Required<Pick<FirestoreOptions, 'live'>>,
): FirestoreAdapter & LiveRemote
export function firestoreAdapter(options: FirestoreOptions): FirestoreAdapter
export function firestoreAdapter(options: FirestoreOptions): FirestoreAdapter & Partial<LiveRemote> {
  const database = databaseOf(options)
  const { live, opIdMemoryMs, overlapMs, user } = database
  const capabilities = capabilitiesWith({ live: live === undefined ? 'none' : 'data', opIdMemoryMs, overlapMs })
  const { recordBytes } = capabilities.limits
  const adapter: FirestoreAdapter & Partial<LiveRemote> = {
    name: 'firestore',
    capabilities,
    pull: (request, context) => pull(database, request, context),
    push: (request, context) => push(database, recordBytes, request, context),
    refresh: (context: CallContext) => canRenew(user, context),
    ...(live === undefined
      ? {}
      : { subscribe: (feed, listener, context) => live.subscribe(database, feed, listener, context) }),
  }
  return withFields(adapter, database.fields, { as: 'typed', digits: 6 })
}
