import { generateClient } from '@aws-amplify/api-graphql/internals'
import { createAmplifyContext } from '@aws-amplify/core'
import { appsyncAdapter } from '@rowkeep/adapters-appsync'
import { appsyncDouble } from '@rowkeep/adapters-appsync/testing'
import { firestoreAdapter } from '@rowkeep/adapters-firestore'
import { firestoreDouble } from '@rowkeep/adapters-firestore/testing'
import { restAdapter } from '@rowkeep/adapters-rest'
import { restDouble } from '@rowkeep/adapters-rest/testing'
import { supabaseAdapter } from '@rowkeep/adapters-supabase'
import { syncKit } from '@rowkeep/adapters-supabase/kit'
import { signedIn, supabaseKitDouble } from '@rowkeep/adapters-supabase/testing'
import type { JsonObject, RemoteAdapter } from '@rowkeep/kernel'
import type { Double } from '@rowkeep/kernel/testing'
import { createClient } from '@supabase/supabase-js'
import { deleteApp, initializeApp, setLogLevel } from 'firebase/app'
import { connectFirestoreEmulator, getFirestore } from 'firebase/firestore/lite'
import { WebSocket } from 'ws'
import { onLoopback } from './loopback.ts'

/** A backend on loopback, and the app's one line for it. */
export interface RunningBackend {
  readonly remote: RemoteAdapter
  /** The tasks as the backend has them, by id. */
  rows(): Promise<readonly JsonObject[]>
  /** A write by somebody else. */
  write(row: JsonObject & { readonly id: string }): Promise<void>
  close(): Promise<void>
}

interface TaskDouble extends Double {
  rows(collection: 'tasks'): Promise<readonly JsonObject[]>
  write(collection: 'tasks', row: JsonObject & { readonly id: string }): Promise<void>
  close(): Promise<void>
}

/** An adapter for a double that is served at a URL, and what ends it. */
interface Line {
  readonly remote: RemoteAdapter
  end?(): Promise<unknown>
}

async function served<D extends TaskDouble>(double: D, line: (url: URL) => Line): Promise<RunningBackend> {
  const http = await onLoopback((request) => double.fetch(request))
  const { remote, end } = line(new URL(http.origin))
  return {
    remote,
    async rows() {
      const rows = await double.rows('tasks')
      return rows.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1))
    },
    write: (row) => double.write('tasks', row),
    async close() {
      await end?.()
      http.close()
      await double.close()
    },
  }
}

let apps = 0
// The SDK prints every refusal, also those that the adapter asks for.
setLogLevel('silent')

/** By name, a fresh and empty one. */
export const backends = {
  rest: () =>
    served(restDouble(), ({ origin }) => ({
      remote: restAdapter({ url: `${origin}/sync`, token: () => 'token-of-ada' }),
    })),
  async supabase() {
    const double = await supabaseKitDouble()
    return served(double, ({ origin }) => {
      const client = createClient(origin, double.key, {
        ...signedIn('ada'),
        realtime: { transport: WebSocket as never },
      })
      const remote = supabaseAdapter(client, { profile: syncKit({ name: double.name }) })
      return { remote, end: () => client.removeAllChannels() }
    })
  },
  firestore: () =>
    served(firestoreDouble(), ({ hostname, port }) => {
      apps += 1
      const app = initializeApp({ projectId: 'demo-rowkeep' }, `app-${apps}`)
      const firestore = getFirestore(app)
      connectFirestoreEmulator(firestore, hostname, Number(port), { mockUserToken: 'token-of-ada' })
      return { remote: firestoreAdapter({ firestore, user: () => 'ada' }), end: () => deleteApp(app) }
    }),
  appsync: () =>
    served(appsyncDouble(), ({ origin }) => {
      const GraphQL = { endpoint: `${origin}/graphql`, region: 'eu-west-1', defaultAuthMode: 'lambda' } as const
      const client = generateClient({ amplify: createAmplifyContext({ API: { GraphQL } }, {}) })
      const models = { tasks: { model: 'Task', fields: ['id', 'title', 'done'], owner: 'owner' } }
      const session = () => ({ user: 'ada', token: 'token-of-ada' })
      return { remote: appsyncAdapter({ client, api: origin, models, session }) }
    }),
} satisfies Readonly<Record<string, () => Promise<RunningBackend>>>

/** One of the backends. */
export type BackendName = keyof typeof backends
