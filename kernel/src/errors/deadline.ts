import type { Env } from '../env/env.ts'
import type { SyncErrorCode } from './codes.ts'
import { asSyncError, SyncError } from './sync-error.ts'

/** By signal, what its end is told to. */
const hearersOf = new WeakMap<object, Set<() => void>>()

/** The one listener on all signals: platforms take many on one for a leak, and warn of it. */
const tell = ({ target }: Event): void => {
  for (const run of hearersOf.get(target as AbortSignal) ?? []) run()
}

/** Calls `run` when `signal` aborts, not where it already has; the result takes that back. */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  const hearers = hearersOf.get(signal) ?? new Set()
  signal.addEventListener('abort', tell)
  hearersOf.set(signal, hearers.add(run))
  return () => {
    hearers.delete(run)
    // A signal made of others is kept alive by what listens to it.
    if (hearers.size === 0) signal.removeEventListener('abort', tell)
  }
}

/**
 * A promise that `start` settles; what it returns, if it does, ends its waiting. Rejects as soon as `signal` aborts, with the
 * reason it gives: an error of its own, else `SYNC_ABORTED`.
 */
export async function abortable<T>(
  signal: AbortSignal | undefined,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => (() => void) | undefined,
): Promise<T> {
  let stop: (() => void) | undefined
  let forget = stop
  try {
    return await new Promise<T>((resolve, reject) => {
      const abort = (): void => reject(asSyncError(signal?.reason, 'SYNC_ABORTED'))
      if (signal?.aborted) abort()
      else {
        forget = signal && onAbort(signal, abort)
        stop = start(resolve, reject)
      }
    })
  } finally {
    stop?.()
    forget?.()
  }
}

/** What `work` gives within `ms`, else rejects with `code`; with `SYNC_ABORTED` when `signal` aborts. */
export const inTime = <T>(
  { setTimer }: Pick<Env, 'setTimer'>,
  ms: number,
  code: SyncErrorCode,
  work: () => Promise<T> | T,
  signal?: AbortSignal,
): Promise<T> =>
  abortable(signal, (resolve, reject) => {
    Promise.resolve(work()).then(resolve, reject)
    return setTimer(ms, () => reject(new SyncError(code)))
  })
