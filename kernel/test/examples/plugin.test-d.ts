import { expectTypeOf, it } from 'vitest'
import { createSyncClient, isSyncError, record, type SharedPlugin } from '../../src/index.ts'
import { client as other } from './app.ts'

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

it('fits every client', () => {
  const client = createSyncClient({ collections: { notes: record<{ id: string; body: string }>() }, use: [log] })
  client.use(log)
  other.use(log)
})

it('narrows an error by its code', async () => {
  try {
    await other.synchronize()
  } catch (error) {
    if (isSyncError(error, 'SYNC_NETWORK')) {
      expectTypeOf(error.code).toEqualTypeOf<'SYNC_NETWORK'>()
      expectTypeOf(error.recovery).toEqualTypeOf<string>()
    } else if (isSyncError(error)) console.log(error.code, error.retry)
  }
})
