import { makeEngine } from '../client/create-client.ts'
import type { Host, Opened } from '../client/host.ts'
import { openSession } from '../client/session.ts'
import type { LocalStore } from '../contracts/local-store.ts'
import { SyncError } from '../errors/sync-error.ts'
import { memoryStore } from '../journal/memory-store.ts'

const refusal = (): SyncError =>
  new SyncError('SYNC_AUTH_REQUIRED', { message: 'nobody is signed in: switchUser first' })

/** Holds nothing, and takes nothing but marks. */
const emptyStore = (): LocalStore => ({
  ...memoryStore(),
  open: async () => ({
    durability: 'none',
    async *load() {},
    async commit(entries, after) {
      if (entries.some(({ table }) => table !== 'meta')) throw refusal()
      return after + 1
    },
    async close() {},
  }),
})

/** The session of nobody: shows nothing, takes no write, and sends nothing. `runs`: whether the one before it synced. */
export async function nobody(host: Host, runs: boolean): Promise<Opened> {
  const session = await openSession({ ...host, user: '', store: emptyStore(), migrations: undefined })
  const error = refusal()
  session.ending.abort(error)
  const engine = makeEngine(host, session)
  // It is never started; the next user's goes on as this one's would.
  if (engine) Object.assign(engine, { state: 'authRequired', error, wanted: runs })
  return { ...session, engine, user: undefined, runs: false }
}
