import type { SupabaseClient } from '@supabase/supabase-js'
import { expectTypeOf, it } from 'vitest'
import type { SupabaseLike } from '../src/index.ts'

interface Database {
  public: {
    Tables: { notes: { Row: { id: string }; Insert: { id: string }; Update: { id?: string }; Relationships: [] } }
    Views: Record<string, never>
    Functions: { greet: { Args: { name: string }; Returns: string } }
  }
}

it('takes a client typed for a database, and one that is not', () => {
  expectTypeOf<SupabaseClient>().toExtend<SupabaseLike>()
  expectTypeOf<SupabaseClient<Database>>().toExtend<SupabaseLike>()
})
