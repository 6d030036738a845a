import { createSyncClient, type RemoteAdapter, record, type SyncClient } from '@rowkeep/kernel'

/** What the devices of the tests keep. */
interface Note {
  readonly id: string
  readonly title: string
  readonly done?: boolean | null
}

const collections = { notes: record<Note>(), tasks: record<Note>() }

/** A device of ada's that syncs when the test says so. */
export const device = (remote: RemoteAdapter): SyncClient<typeof collections> =>
  createSyncClient({ collections, remote, user: 'ada', sync: 'manual' })
