import type { Env } from '../env/env.ts'

/** A lock that is asked for, and held once it is granted. */
export interface Hold {
  /** Resolves when it is known whether the lock was free. */
  readonly tried: Promise<void>
  /** Resolves when it is held. */
  readonly held: Promise<void>
  /** Lets it go, or asks for it no more. */
  release(): void
}

/**
 * Asks for a lock and waits for it. `granted` is told when it is held, and whether that took a while; false lets it go at once. A
 * platform without locks, or that refuses them (Web Locks 3.2: an origin that is opaque), grants everything.
 */
export function holdLock(
  locks: Env['locks'],
  name: string,
  granted: (late: boolean) => boolean,
  shared: boolean = false,
): Hold {
  let over = false
  let late = false
  let letGo = (): void => {}
  let isHeld = (): void => {}
  const held = new Promise<void>((resolve) => {
    isHeld = resolve
  })
  const tried = new Promise<void>((resolve) => {
    const got = (): void => {
      if (over || !granted(late)) letGo()
      isHeld()
      resolve()
    }
    const body = (): Promise<void> =>
      new Promise((_resolve) => {
        letGo = _resolve
        got()
      })
    const wait = (): Promise<void> | undefined => {
      late = true
      resolve()
      return locks?.hold(name, body, { shared })
    }
    if (locks) locks.hold(name, body, { wait: false, shared }).catch(wait).catch(got)
    else got()
  })
  const release = (): void => {
    over = true
    letGo()
  }
  return { tried, held, release }
}
