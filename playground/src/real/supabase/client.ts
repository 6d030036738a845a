import { signedIn } from '@rowkeep/adapters-supabase/testing'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { WebSocket } from 'ws'
import { key } from './lite/users.ts'

/** The official client, with somebody signed in. `fetch`: in the place of the platform's. */
export const clientOf = (
  origin: string,
  user: string,
  token: string,
  fetch?: typeof globalThis.fetch,
): SupabaseClient =>
  createClient(origin, key, {
    ...signedIn(user, token),
    // Node has a WebSocket of its own from version 22 on.
    realtime: { transport: WebSocket as never },
    ...(fetch ? { global: { fetch } } : {}),
  })
