import { createSyncClient, isSyncError, record, type SharedPlugin } from '@rowkeep/kernel'

/** A published plugin: one object that fits every client. */
const log: SharedPlugin = {
  name: 'log',
  middleware: {
    create: async (operation, next) => {
      console.log('create in', operation.collection)
      return next()
    },
    push: async (operation, next) => {
      console.log(operation.operations.length, 'to send')
      return next()
    },
  },
  observer: { 'sync:finished': ({ pushed }) => console.log(pushed, 'sent') },
}
const client = createSyncClient({ collections: { notes: record<{ id: string; body: string }>() }, use: [log] })
await client.collections.notes.create({ body: 'hello' })
try {
  await client.synchronize()
} catch (error) {
  if (isSyncError(error, 'SYNC_NETWORK')) console.log('offline', error.recovery)
  else if (isSyncError(error)) console.log(error.code)
}
