import { supabaseAdapter } from '@rowkeep/adapters-supabase'
import { syncKit } from '@rowkeep/adapters-supabase/kit'
import { signedIn } from '@rowkeep/adapters-supabase/testing'
import type { RemoteAdapter } from '@rowkeep/kernel'
import { createClient } from '@supabase/supabase-js'
import { WebSocket } from 'ws'
import { setting } from '../settings.ts'

// An app signs in; here somebody already has.
const supabase = createClient(setting('DEMO_URL'), 'anon-key', {
  ...signedIn('ada'),
  // Node has a WebSocket of its own from version 22 on.
  realtime: { transport: WebSocket as never },
})

export const remote: RemoteAdapter = supabaseAdapter(supabase, { profile: syncKit() })
