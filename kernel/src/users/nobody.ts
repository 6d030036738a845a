import { makeEngine } from '../client/create-client.ts'
import type { Host, Opened } from '../client/host.ts'
import { openSession } from '../client/session.ts'
import type { LocalStore } from '../contracts/local-store.ts'
import { SyncError } from '../errors/sync-error.ts'
import { memoryStore } from '../journal/memory-store.ts'
import { type Engine, pausedKey } from '../sync/engine.ts'

const refusal = (): SyncError =>
  new SyncError('SYNC_AUTH_REQUIRED', { message: 'nobody is signed in: switchUser first' })

/** Holds nothing, and takes nothing but marks. That it is paused is a user's: nobody would find it again. */
const emptyStore = (): LocalStore => ({
  ...memoryStore(),
  open: async () => ({
    durability: 'none',
    async *load() {},
    async commit(entries, after) {
      if (entries.some(({ table, key }) => table !== 'meta' || key === pausedKey)) throw refusal()
      return after + 1
    },
    async close() {},
  }),
})

/** An engine that never runs; the next user's goes on as this one's would. */
const idle: Pick<Engine, 'start' | 'stop' | 'rest'> & ThisType<Engine> = {
  start() {
    this.wanted = true
  },
  async stop() {
    this.wanted = false
  },
  async rest() {},
}

/** The session of nobody: shows nothing, takes no write, and sends nothing. `runs`: whether the one before it synced. */
export async function nobody(host: Host, runs: boolean): Promise<Opened> {
  const session = await openSession({ ...host, user: '', store: emptyStore(), migrations: undefined })
  const error = refusal()
  session.ending.abort(error)
  const engine = makeEngine(host, session)
  if (engine) Object.assign(engine, { state: 'authRequired', error, wanted: runs, ...idle })
  return { ...session, engine, user: undefined, runs: false }
}
