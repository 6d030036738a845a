import { firestoreAdapter } from '@rowkeep/adapters-firestore'
import type { RemoteAdapter } from '@rowkeep/kernel'
import { initializeApp, setLogLevel } from 'firebase/app'
import { connectFirestoreEmulator, getFirestore } from 'firebase/firestore/lite'
import { setting } from '../settings.ts'

// The SDK prints every refusal, also those that are only conflicts.
setLogLevel('silent')
const { hostname, port } = new URL(setting('DEMO_URL'))
const firestore = getFirestore(initializeApp({ projectId: 'demo-rowkeep' }))
connectFirestoreEmulator(firestore, hostname, Number(port), { mockUserToken: 'token-of-ada' })

export const remote: RemoteAdapter = firestoreAdapter({ firestore, user: () => 'ada' })
