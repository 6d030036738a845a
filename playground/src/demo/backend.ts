import type { RemoteAdapter } from '@rowkeep/kernel'
import { type BackendName, backendSetting } from './settings.ts'

const modules: { readonly [name in BackendName]: () => Promise<{ readonly remote: RemoteAdapter }> } = {
  rest: () => import('./backends/rest.ts'),
  supabase: () => import('./backends/supabase.ts'),
  firestore: () => import('./backends/firestore.ts'),
  appsync: () => import('./backends/appsync.ts'),
}

const chosen = await modules[backendSetting()]()

/**
 * The backend of the app. An app has one of the files in `backends`, and imports it directly; this one is there because the
 * demo runs one app on all of them.
 */
export const remote: RemoteAdapter = chosen.remote
