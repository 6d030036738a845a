import { defineRemoteHarness, type RemoteHarness } from '@rowkeep/conformance-tests'
import { firestoreDouble } from '../src/testing/index.ts'
import { deviceOf } from './devices.ts'

const hidden = 'the Firestore SDK shows its caller no header of an answer'

const codecs = { date: 'due', bigint: 'serial', decimal: 'price', bytes: 'scan' } as const
const fields = { due: 'date', serial: 'bigint', price: 'decimal', scan: 'bytes' } as const

/** The adapter over the official SDKs, lite and full, before the double of this package. */
export const harness: RemoteHarness = defineRemoteHarness({
  name: 'firestore',
  network: 'sdk',
  codecs,
  backend: () => firestoreDouble(),
  adapter: ({ origin }, { user, token }) =>
    deviceOf({ origin, user, token: token(), options: { collections: { notes: { fields } } } }),
  knownGaps: { 'RA-10.4': hidden, 'RA-10.5': hidden },
})
