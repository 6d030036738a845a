import { SyncError } from '@rowkeep/kernel'
import { collection, type Firestore, onSnapshot, orderBy, query, Timestamp, where } from 'firebase/firestore'
import type { FirestoreLive } from '../live-source.ts'
import { listenWith } from './listen.ts'

export type { FirestoreLive } from '../live-source.ts'

/**
 * Changes as they happen, by a listener of the full SDK: `live: firestoreLive(getFirestore(app))` with the `getFirestore` of
 * `firebase/firestore`. Only rows that the server confirmed are told. A row that an admin takes away is told as an eviction
 * while a listener runs. The SDK's cache may stay in memory: the client keeps what is told.
 * @throws SyncError `SYNC_CONFIG_INVALID` for a database of another SDK
 */
export function firestoreLive(firestore: Firestore): FirestoreLive {
  const type: unknown = (firestore as { readonly type?: unknown } | undefined)?.type
  if (type === 'firestore') return listenWith({ collection, onSnapshot, orderBy, query, Timestamp, where }, firestore)
  const message = 'firestoreLive: give getFirestore(app) of firebase/firestore; the lite SDK cannot listen'
  throw new SyncError('SYNC_CONFIG_INVALID', { message })
}
