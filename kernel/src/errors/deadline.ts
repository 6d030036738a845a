import type { Env } from '../env/env.ts'
import type { SyncErrorCode } from './codes.ts'
import { asSyncError, SyncError } from './sync-error.ts'

/**
 * A promise that `start` settles; what it returns ends its waiting. Rejects as soon as `signal` aborts, with the reason it gives:
 * an error of its own, else `SYNC_ABORTED`.
 */
export async function abortable<T>(
  signal: AbortSignal,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
): Promise<T> {
  let abort = (): void => {}
  let stop = abort
  try {
    return await new Promise<T>((resolve, reject) => {
      abort = () => reject(asSyncError(signal.reason, 'SYNC_ABORTED'))
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort)
      stop = start(resolve, reject)
    })
  } finally {
    stop()
    signal.removeEventListener('abort', abort)
  }
}

/** What `work` gives within `ms`, else rejects with `code`; with `SYNC_ABORTED` when `signal` aborts. */
export const inTime = <T>(
  { setTimer }: Pick<Env, 'setTimer'>,
  ms: number,
  code: SyncErrorCode,
  work: () => Promise<T> | T,
  signal: AbortSignal = new AbortController().signal,
): Promise<T> =>
  abortable(signal, (resolve, reject) => {
    Promise.resolve(work()).then(resolve, reject)
    return setTimer(ms, () => reject(new SyncError(code)))
  })
