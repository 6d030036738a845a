import { type Device, defineRemoteHarness, type RemoteHarness } from '@rowkeep/conformance-tests'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { plainTables, supabaseAdapter } from '../src/index.ts'
import { syncKit } from '../src/kit/index.ts'
import {
  type SupabaseDouble,
  type SupabaseKitDouble,
  signedIn,
  supabaseDouble,
  supabaseKitDouble,
} from '../src/testing/index.ts'

// Node 20 has none, and the client takes it when it is made.
globalThis.WebSocket ??= (await import('ws')).WebSocket as unknown as typeof globalThis.WebSocket

/** The app's client, signed in as whoever the token belongs to; a token of nobody's is one that was revoked. */
export function clientOf({ origin }: { readonly origin: string }, { user, token }: Device): SupabaseClient {
  const owner = /^token-of-(ada|bob)$/.exec(token())?.[1] ?? user
  return createClient(origin, 'anon-key', {
    ...signedIn(owner, token()),
    realtime: { disconnectOnEmptyChannelsAfterMs: 0 },
  })
}

const hidden = ['user_id']
const codecs = { date: 'due', bigint: 'serial', decimal: 'price', bytes: 'scan' } as const
const fields = { due: 'date', serial: 'bigint', price: 'decimal', scan: 'bytes' } as const
const collections = { notes: { fields } }
const columns = { due: 'timestamptz', serial: 'bigint', price: 'numeric', scan: 'bytea' } as const

/** Plain tables as they should be: a version and a mark for deleted rows. */
export const plain: RemoteHarness = defineRemoteHarness({
  name: 'supabase-plain',
  fields: 'fixed',
  network: 'sdk',
  codecs,
  backend: (): SupabaseDouble => supabaseDouble({ columns }),
  adapter: (backend, device) =>
    supabaseAdapter(clientOf(backend, device), {
      profile: plainTables({ version: 'version', deleted: 'deleted', hidden, collections }),
    }),
})

/** Plain tables with no more than `id` and `updated_at`, swept in each run. */
export const bare: RemoteHarness = defineRemoteHarness({
  name: 'supabase-bare',
  fields: 'fixed',
  network: 'sdk',
  codecs,
  backend: (): SupabaseDouble => supabaseDouble({ marked: false, columns }),
  adapter: (backend, device) =>
    supabaseAdapter(clientOf(backend, device), { profile: plainTables({ hidden, sweepMs: 0, collections }) }),
})

// The suite hands back what backend() made, typed as what every backend has.
const nameOf = (backend: object): string => (backend as SupabaseKitDouble).name

/** The sync kit. */
export const kit: RemoteHarness = defineRemoteHarness({
  name: 'supabase',
  network: 'sdk',
  codecs,
  backend: (): Promise<SupabaseKitDouble> => supabaseKitDouble(),
  adapter: (backend, device) =>
    supabaseAdapter(clientOf(backend, device), { profile: syncKit({ name: nameOf(backend), collections }) }),
})
