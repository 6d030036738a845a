import { type Profile, plainTables, supabaseAdapter } from '@rowkeep/adapters-supabase'
import { syncKit } from '@rowkeep/adapters-supabase/kit'
import { supabaseDouble, supabaseKitDouble } from '@rowkeep/adapters-supabase/testing'
import type { Device } from '@rowkeep/conformance-tests'
import type { RemoteAdapter } from '@rowkeep/kernel'
import { modelServer } from '@rowkeep/kernel/testing'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { WebSocket } from 'ws'
import type { Simulated } from './simulated.ts'

/** Supabase's own client; it asks whoever it is given for tokens, and the simulated network for everything else. */
const clientOf = (origin: string, { token, env }: Device): SupabaseClient =>
  createClient(origin, 'anon-key', {
    accessToken: async () => token(),
    global: { fetch: env.fetch },
    // Node has a WebSocket of its own from version 22 on; none is ever opened here.
    realtime: { transport: WebSocket as never },
  })

const adapterOf = (origin: string, device: Device, profile: Profile): RemoteAdapter =>
  supabaseAdapter(clientOf(origin, device), {
    profile,
    session: () => ({ user: device.user, token: device.token() }),
  })

const hidden = ['user_id']

/** Plain tables as they should be: a version and a mark for deleted rows. */
export const supabasePlain: Simulated = {
  double: (env) => supabaseDouble({ server: modelServer({ env }) }),
  adapter: ({ origin }, device) =>
    adapterOf(origin, device, plainTables({ version: 'version', deleted: 'deleted', hidden })),
}

/** Plain tables with no more than `id` and `updated_at`, swept in each run. */
export const supabaseBare: Simulated = {
  double: (env) => supabaseDouble({ marked: false, server: modelServer({ env }) }),
  adapter: ({ origin }, device) => adapterOf(origin, device, plainTables({ hidden, sweepMs: 0 })),
}

/** The name under which each double has set up its kit. */
const names = new WeakMap<object, string>()

/** The sync kit, over an embedded PostgreSQL. */
export const supabase: Simulated = {
  async double() {
    const double = await supabaseKitDouble()
    names.set(double, double.name)
    return double
  },
  adapter: (backend, device) => adapterOf(backend.origin, device, syncKit({ name: names.get(backend) ?? '' })),
}
