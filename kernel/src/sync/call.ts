import type { CallContext } from '../contracts/remote-adapter.ts'
import { asSyncError, SyncError } from '../errors/sync-error.ts'
import type { SyncPorts } from './ports.ts'

/** What a call to the remote gets, with the app's request middleware around its `fetch`. */
export function contextOf({ env, user, requestTimeoutMs, around }: SyncPorts, signal: AbortSignal): CallContext {
  const fetch: typeof globalThis.fetch = (input, init) =>
    // The signal again: on Node 20 the one inside a Request can be lost to garbage collection.
    around('request', new Request(input, init), (request) => env.fetch(request, { signal }))
  return { user, signal, timeoutMs: requestTimeoutMs, env: Object.assign(Object.create(env), { fetch }) }
}

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

/** Rejects with `SYNC_TIMEOUT` at the deadline of a request, and with `SYNC_ABORTED` when `signal` aborts. */
export const withDeadline = <T>(
  { env, requestTimeoutMs }: Pick<SyncPorts, 'env' | 'requestTimeoutMs'>,
  signal: AbortSignal,
  work: () => Promise<T> | T,
): Promise<T> =>
  abortable(signal, (resolve, reject) => {
    Promise.resolve(work()).then(resolve, reject)
    return env.setTimer(requestTimeoutMs, () => reject(new SyncError('SYNC_TIMEOUT')))
  })

/**
 * One call with a deadline of its own: an adapter that hangs, or ignores the signal, holds up nothing.
 * @throws SyncError `SYNC_TIMEOUT` `SYNC_ABORTED`, and what the call throws
 */
export async function callRemote<T>(
  ports: SyncPorts,
  session: AbortSignal,
  run: (context: CallContext) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  try {
    return await withDeadline(ports, session, () => run(contextOf(ports, controller.signal)))
  } catch (error) {
    controller.abort(error)
    throw error
  }
}
