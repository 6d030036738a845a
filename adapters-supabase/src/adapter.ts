import type {
  CallContext,
  ClosableRemote,
  DigestRemote,
  LiveRemote,
  QueryableRemote,
  RefreshableRemote,
  RemoteAdapter,
} from '@rowkeep/kernel'
import { withFields } from '@rowkeep/kernel/adapters'
import type { Client, SupabaseLike } from './client.ts'
import { subscribe } from './live.ts'
import { checkOptions, type SupabaseOptions } from './options.ts'
import { plainTables } from './plain/profile.ts'
import type { Profile } from './profile.ts'
import { type Caller, callerFor } from './requests.ts'
import { authSession, refreshSession } from './session.ts'

/** The queries of a profile, if it answers any. */
function queriesOf({ query, count }: Profile, callerOf: (context: CallContext) => Caller): Partial<QueryableRemote> {
  if (!query || !count) return {}
  return {
    query: async (request, context) => query(request, callerOf(context)),
    count: async (request, context) => count(request, callerOf(context)),
  }
}

/** What {@link supabaseAdapter} gives. `refresh` is there where the client's own Supabase Auth keeps the session, queries where the profile answers them, `same` where it compares. */
export type SupabaseAdapter = RemoteAdapter &
  LiveRemote &
  ClosableRemote &
  Partial<RefreshableRemote & QueryableRemote & DigestRemote>

/**
 * A remote over the app's own client of `@supabase/supabase-js`. Alone it takes plain tables named like the collections,
 * with the columns `id` and `updated_at`. It keeps no queue, tries nothing twice, and has the client try nothing twice;
 * every request carries the token of the user it is made for, and no request is made with anybody else's. `close` ends its
 * live channels and leaves the client, which is the app's, open.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong
 */
export function supabaseAdapter(
  supabase: SupabaseLike,
  options: SupabaseOptions & { readonly profile: Profile & Required<Pick<Profile, 'same'>> },
): SupabaseAdapter & DigestRemote
export function supabaseAdapter(supabase: SupabaseLike, options?: SupabaseOptions): SupabaseAdapter
export function supabaseAdapter(supabase: SupabaseLike, options: SupabaseOptions = {}): SupabaseAdapter {
  checkOptions(supabase, options)
  const client = supabase as unknown as Client
  const { profile = plainTables(), session = authSession(client) } = options
  const { same } = profile
  const open = new Set<() => void>()
  const adapter: SupabaseAdapter = {
    name: profile.name,
    capabilities: profile.capabilities,
    pull: async (request, context) => profile.pull(request, callerFor(client, session, context)),
    push: async (request, context) => profile.push(request, callerFor(client, session, context)),
    ...queriesOf(profile, (context) => callerFor(client, session, context)),
    ...(same && { same: async (feed, rows, context) => same(feed, rows, callerFor(client, session, context)) }),
    subscribe(feed, listener, context) {
      const source = profile.sourceOf(feed, context.user)
      const stop = subscribe({ client, session, source, listener, context })
      const end = (): void => {
        open.delete(end)
        stop()
      }
      open.add(end)
      return end
    },
    async close() {
      for (const end of open) end()
      profile.close()
    },
    ...(options.session ? {} : { refresh: (context) => refreshSession(client, context) }),
  }
  return withFields(adapter, profile.fields, profile.kept)
}
