import { firestoreAdapter } from '@rowkeep/adapters-firestore'
import { firestoreDouble } from '@rowkeep/adapters-firestore/testing'
import type { Device } from '@rowkeep/conformance-tests'
import { modelServer } from '@rowkeep/kernel/testing'
import { deleteApp, type FirebaseApp, initializeApp, setLogLevel } from 'firebase/app'
import { connectFirestoreEmulator, getFirestore } from 'firebase/firestore/lite'
import type { Simulated } from './simulated.ts'

/** By API key: the device whose SDK sends it. */
const devices = new Map<string, Device>()
/** By backend: its clock, which no device sets, and the apps of its devices. */
const places = new WeakMap<object, { readonly now: () => number; readonly apps: FirebaseApp[] }>()
let count = 0

/** A request of a device, with the token it has by now: the emulator's way of signing in is for good. */
function send({ env, token }: Device, input: URL, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${token()}`)
  return env.fetch(input, { ...init, headers })
}

/** The SDK knows no other `fetch` than the platform's; so each device has a key of its own, which says whose request it is. */
function share(): void {
  const platform = globalThis.fetch
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const device = devices.get(url.searchParams.get('key') ?? '')
    return device ? send(device, url, init) : platform(input, init)
  }
}

share()
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
          devices.delete(app.name)
          await deleteApp(app)
        }
        await double.close()
      },
    }
    places.set(backend, { now: () => env.now(), apps: own })
    return backend
  },
  adapter(backend, device) {
    const { user, token } = device
    count += 1
    const name = `device-${count}`
    const app = initializeApp({ projectId: 'demo-rowkeep', apiKey: name }, name)
    const place = places.get(backend)
    place?.apps.push(app)
    devices.set(name, device)
    const firestore = getFirestore(app)
    const { hostname, port } = new URL(backend.origin)
    connectFirestoreEmulator(firestore, hostname, Number(port), { mockUserToken: token() })
    return firestoreAdapter({ firestore, user: () => user, monotonicNow: () => place?.now() ?? 0 })
  },
}
