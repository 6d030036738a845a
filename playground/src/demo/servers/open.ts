import type { BackendName } from '../settings.ts'
import type { Served } from './served.ts'

const modules: {
  readonly [name in BackendName]: () => Promise<{ readonly open: (folder: string) => Promise<Served> }>
} = {
  rest: () => import('./rest.ts'),
  supabase: () => import('./supabase.ts'),
  firestore: () => import('./firestore.ts'),
  appsync: () => import('./appsync.ts'),
}

/** Opens the backend of that name over the data in a folder. */
export const openServed = async (name: BackendName, folder: string): Promise<Served> =>
  (await modules[name]()).open(folder)
