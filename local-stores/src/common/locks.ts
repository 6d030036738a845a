import { type Env, SyncError } from '@rowkeep/kernel'

/** Locks as {@link Env} has them. */
export type Locks = NonNullable<Env['locks']>

/** Locks among all that use the same object. */
export class LocksHere implements Locks {
  /** By name: how many share it; -1: one holds it alone. */
  readonly #held = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  readonly hold: Locks['hold'] = async (name, body, { wait = true, shared = false } = {}) => {
    const holders = (): number => this.#held.get(name) ?? 0
    while (shared ? holders() < 0 : holders() !== 0) {
      if (!wait) throw new Error(`${name} is taken`)
      await new Promise<void>((resolve) => this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]))
    }
    this.#held.set(name, shared ? holders() + 1 : -1)
    try {
      return await body()
    } finally {
      this.#release(name, shared ? holders() - 1 : 0)
    }
  }

  #release(name: string, left: number): void {
    if (left === 0) this.#held.delete(name)
    else this.#held.set(name, left)
    const turns = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    for (const turn of turns) turn()
  }
}

/** Locks among everything that runs in this page, for a platform that has none across tabs. */
export const pageLocks: Locks = new LocksHere()

/**
 * Takes a lock at once; the result lets it go, and resolves when others can take it.
 * @throws SyncError `SYNC_STORE_LOCKED` where it is taken, `SYNC_STORE_UNAVAILABLE` where this page may have no locks
 */
export async function take(locks: Locks, name: string, shared: boolean): Promise<() => Promise<void>> {
  try {
    return await new Promise((resolve, reject) => {
      const held = (): Promise<void> =>
        new Promise((_resolve) => {
          resolve(() => {
            _resolve()
            return holding
          })
        })
      const holding = locks.hold(name, held, { wait: false, shared })
      holding.catch(reject)
    })
  } catch (thrown) {
    // Web Locks 3.2: a document without an origin of its own.
    if (Object(thrown).name === 'SecurityError') {
      throw new SyncError('SYNC_STORE_UNAVAILABLE', { message: 'this page may not use locks', cause: thrown })
    }
    const message = 'the namespace is open, here or in another tab'
    throw new SyncError('SYNC_STORE_LOCKED', { message, cause: thrown })
  }
}
