import { defineRemoteHarness, type RemoteHarness } from '@rowkeep/conformance-tests'
import { firestoreDouble } from '../src/testing/index.ts'
import { deviceOf } from './devices.ts'

const hidden = 'the Firestore SDK shows its caller no header of an answer'

/** The adapter over the official SDKs, lite and full, before the double of this package. */
export const harness: RemoteHarness = defineRemoteHarness({
  name: 'firestore',
  network: 'sdk',
  backend: () => firestoreDouble(),
  adapter: ({ origin }, { user, token }) => deviceOf({ origin, user, token: token() }),
  knownGaps: { 'RA-10.4': hidden, 'RA-10.5': hidden },
})
