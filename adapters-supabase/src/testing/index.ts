export { type DoubleCollection, type SupabaseDouble, type SupabaseDoubleOptions, supabaseDouble } from './double.ts'
export { type SupabaseKitDouble, type SupabaseKitDoubleOptions, supabaseKitDouble } from './kit-double.ts'
export { type SignedIn, signedIn } from './signed-in.ts'
