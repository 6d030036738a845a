import type { ClosableRemote, LiveRemote } from '@rowkeep/kernel'
import { deleteApp, initializeApp, setLogLevel } from 'firebase/app'
import { connectFirestoreEmulator, initializeFirestore } from 'firebase/firestore/lite'
import { type FirestoreAdapter, type FirestoreOptions, firestoreAdapter } from '../src/index.ts'
import { listenWith } from '../src/live/listen.ts'
import { browserBuild } from './browser-build.ts'

const full = await browserBuild()
// Of all its libraries: in a browser those of the app grumble when it is deleted, too.
setLogLevel('silent')

/** Who uses a device, and where its SDKs dial. */
export interface DeviceOptions {
  readonly origin: string
  /** What the SDKs send; names the user that is signed in. */
  readonly token: string
  /** Who is signed in where the token names nobody. */
  readonly user: string
  readonly options?: Partial<FirestoreOptions>
}

let count = 0

/** An adapter over SDKs of its own, as a device has them; `close` ends them. */
export function deviceOf({
  origin,
  token,
  user,
  options,
}: DeviceOptions): FirestoreAdapter & LiveRemote & ClosableRemote {
  const { hostname, port } = new URL(origin)
  count += 1
  const app = initializeApp({ projectId: 'demo-rowkeep', apiKey: 'key' }, `device ${count}`)
  const emulator = [hostname, Number(port), { mockUserToken: token }] as const
  const lite = initializeFirestore(app, {})
  connectFirestoreEmulator(lite, ...emulator)
  const firestore = full.initializeFirestore(app, {})
  full.connectFirestoreEmulator(firestore, ...emulator)
  const signedIn = /^token-of-(ada|bob)$/.exec(token)?.[1] ?? user
  const adapter = firestoreAdapter({
    firestore: lite,
    user: () => signedIn,
    live: listenWith(full, firestore),
    ...options,
  })
  return {
    ...adapter,
    async close() {
      await full.terminate(firestore)
      await deleteApp(app)
    },
  }
}
