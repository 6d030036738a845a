import { judge as appsync } from './appsync/index.ts'
import { judge as firestore } from './firestore/index.ts'
import type { Judge } from './judge.ts'
import { judge as postgres } from './postgres/index.ts'
import { judge as rest } from './rest/index.ts'
import { judge as supabase } from './supabase/index.ts'

/** All of them, in the order they are heard. */
export const judges: readonly Judge[] = [rest, postgres, firestore, supabase, appsync]
