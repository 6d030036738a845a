import { doubleSubject, profiles, type Subject, type Subjects } from '@rowkeep/conformance-tests/simulation'
import type { Simulated } from './subjects/simulated.ts'

type Load = () => Promise<Simulated>

/** Each adapter of this repository over its double; loaded when it is run, because some vendors' clients take their time. */
const adapters: Readonly<Record<string, Load>> = {
  rest: async () => (await import('./subjects/rest.ts')).rest,
  'rest-plain': async () => (await import('./subjects/rest.ts')).restPlain,
  'rest-sweep': async () => (await import('./subjects/rest.ts')).restSweep,
  'rest-list': async () => (await import('./subjects/rest.ts')).restList,
  supabase: async () => (await import('./subjects/supabase.ts')).supabase,
  'supabase-plain': async () => (await import('./subjects/supabase.ts')).supabasePlain,
  'supabase-bare': async () => (await import('./subjects/supabase.ts')).supabaseBare,
  firestore: async () => (await import('./subjects/firestore.ts')).firestore,
  appsync: async () => (await import('./subjects/appsync.ts')).appsync,
}

const subjectOf = ([name, load]: readonly [string, Load]): readonly [string, Subject] => [
  name,
  // A double speaks for one user behind the adapter's back.
  { name, users: 1, open: async (world) => doubleSubject({ name, ...(await load()) }).open(world) },
]

/** Everything that can be simulated, by name: the model backends, of which a seed picks one, and every adapter. */
export const subjects: Subjects = { ...profiles, ...Object.fromEntries(Object.entries(adapters).map(subjectOf)) }
