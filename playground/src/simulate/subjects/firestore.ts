import { firestoreAdapter } from '@rowkeep/adapters-firestore'
import { firestoreDouble } from '@rowkeep/adapters-firestore/testing'
import type { Env } from '@rowkeep/kernel'
import { modelServer } from '@rowkeep/kernel/testing'
import { deleteApp, type FirebaseApp, initializeApp, setLogLevel } from 'firebase/app'
import { connectFirestoreEmulator, getFirestore } from 'firebase/firestore/lite'
import type { Simulated } from './simulated.ts'

/** By host: the network of the device whose SDK dials it. */
const networks = new Map<string, Env['fetch']>()
const apps = new WeakMap<object, FirebaseApp[]>()
let count = 0

/** The SDK knows no other `fetch` than the platform's; so each device dials a host of its own, which says whose request it is. */
function share(origin: string): void {
  if (networks.size > 0) return
  const platform = globalThis.fetch
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const network = networks.get(url.hostname)
    if (!network) return platform(input, init)
    return network(new URL(url.pathname + url.search, origin), init)
  }
}

// The SDK prints every refusal, also those that the adapter asks for.
setLogLevel('silent')

/** Documents under the rules of the adapter, by the lite SDK. */
export const firestore: Simulated = {
  double(env) {
    const double = firestoreDouble({ server: modelServer({ env }) })
    const own: FirebaseApp[] = []
    const backend = {
      ...double,
      async close() {
        for (const app of own) {
          networks.delete(`${app.name}.test`)
          await deleteApp(app)
        }
        await double.close()
      },
    }
    apps.set(backend, own)
    return backend
  },
  adapter(backend, { user, token, env }) {
    share(backend.origin)
    count += 1
    const app = initializeApp({ projectId: 'demo-rowkeep', apiKey: 'key' }, `device-${count}`)
    apps.get(backend)?.push(app)
    networks.set(`${app.name}.test`, env.fetch)
    const firestore = getFirestore(app)
    connectFirestoreEmulator(firestore, `${app.name}.test`, 8080, { mockUserToken: token() })
    return firestoreAdapter({ firestore, user: () => user, monotonicNow: () => env.now() })
  },
}
