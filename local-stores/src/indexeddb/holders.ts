import { type Env, platformEnv, SyncError } from '@rowkeep/kernel'

/** How many hold a database open in this page. */
const holders = new Map<string, number>()

const locked = (database: string): SyncError =>
  new SyncError('SYNC_STORE_LOCKED', { message: `the database "${database}" is open; close it first` })

/** Runs `body` under the lock, or not at all: `undefined` where somebody else has it. */
async function underLock<T>(
  env: Env,
  name: string,
  shared: boolean,
  body: () => Promise<T>,
): Promise<{ value: T } | undefined> {
  if (!env.locks) return { value: await body() }
  let entered = false
  try {
    const run = (): Promise<T> => {
      entered = true
      return body()
    }
    return { value: await env.locks.hold(name, run, { wait: false, shared }) }
  } catch (thrown) {
    if (entered) throw thrown
    return undefined
  }
}

/**
 * Notes a holder of the database, in this page and, where the platform has locks, for other tabs. The result ends that; a
 * tab that is gone holds nothing.
 * @throws SyncError `SYNC_STORE_LOCKED` while another tab destroys it
 */
export async function enter(database: string, env: Env): Promise<() => Promise<void>> {
  let leave = (): void => undefined
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  let over: Promise<unknown> = left
  await new Promise<void>((resolve, reject) => {
    over = underLock(env, database, true, () => {
      resolve()
      return left
    }).then((held) => held ?? reject(locked(database)), reject)
  })
  holders.set(database, (holders.get(database) ?? 0) + 1)
  return async () => {
    holders.set(database, (holders.get(database) ?? 1) - 1)
    leave()
    // Only then can another take the lock.
    await over
  }
}

/** Runs `body` while nobody holds the database. @throws SyncError `SYNC_STORE_LOCKED` */
export async function alone(database: string, body: () => Promise<void>, env: Env = platformEnv): Promise<void> {
  const done = holders.get(database) ? undefined : await underLock(env, database, false, body)
  if (!done) throw locked(database)
}
