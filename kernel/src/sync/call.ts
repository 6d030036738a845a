import type { CallContext } from '../contracts/remote-adapter.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { SyncPorts } from './ports.ts'

/** What a call to the remote gets, with the app's request middleware around its `fetch`. */
export function contextOf({ env, user, timing, around }: SyncPorts, signal: AbortSignal): CallContext {
  const fetch: typeof globalThis.fetch = (input, init) =>
    // The signal again: on Node 20 the one inside a Request can be lost to garbage collection.
    around('request', new Request(input, init), (request) => env.fetch(request, { signal }))
  return { user, signal, timeoutMs: timing.requestTimeoutMs, env: Object.assign(Object.create(env), { fetch }) }
}

/** Rejects with `SYNC_TIMEOUT` at the deadline and with `SYNC_ABORTED` when `signal` aborts; `stop` hears it first. */
export async function withDeadline<T>(
  { env, timing }: SyncPorts,
  signal: AbortSignal,
  work: () => Promise<T> | T,
  stop: (error: SyncError) => void = () => {},
): Promise<T> {
  let abort = (): void => {}
  let cancel = abort
  try {
    return await new Promise<T>((resolve, reject) => {
      const giveUp = (error: SyncError): void => {
        stop(error)
        reject(error)
      }
      abort = () => giveUp(new SyncError('SYNC_ABORTED'))
      if (signal.aborted) return abort()
      signal.addEventListener('abort', abort)
      cancel = env.setTimer(timing.requestTimeoutMs, () => giveUp(new SyncError('SYNC_TIMEOUT')))
      Promise.resolve(work()).then(resolve, reject)
    })
  } finally {
    cancel()
    signal.removeEventListener('abort', abort)
  }
}

/**
 * One call with a deadline of its own: an adapter that hangs, or ignores the signal, holds up nothing.
 * @throws SyncError `SYNC_TIMEOUT` `SYNC_ABORTED`, and what the call throws
 */
export function callRemote<T>(
  ports: SyncPorts,
  session: AbortSignal,
  run: (context: CallContext) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const work = (): Promise<T> => run(contextOf(ports, controller.signal))
  return withDeadline(ports, session, work, (error) => controller.abort(error))
}
