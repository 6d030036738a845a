import type { CallContext } from '../contracts/remote-adapter.ts'
import { abortable, inTime } from '../errors/deadline.ts'
import type { Around } from '../pipeline/middleware.ts'
import type { SyncPorts } from './ports.ts'

/** What a call to the remote gets, with the app's request middleware around its `fetch`. */
export function contextOf({ env, user, requestTimeoutMs, around }: SyncPorts, signal: AbortSignal): CallContext {
  const fetch: typeof globalThis.fetch = (input, init) =>
    // The signal again: on Node 20 the one inside a Request can be lost to garbage collection.
    around('request', new Request(input, init), (request) => env.fetch(request, { signal }))
  return { user, signal, timeoutMs: requestTimeoutMs, env: Object.assign(Object.create(env), { fetch }) }
}

/** Middleware may take its time, but it holds up no stop, and what it lets go on later goes nowhere. */
export const aroundUntil =
  (around: Around, now: () => AbortSignal): Around =>
  (kind, operation, last) => {
    const signal = now()
    const go: typeof last = async (given) => {
      signal.throwIfAborted()
      return last(given)
    }
    return abortable(signal, (resolve, reject) => {
      around(kind, operation, go).then(resolve, reject)
    })
  }

/** Rejects with `SYNC_TIMEOUT` at the deadline of a request, and with `SYNC_ABORTED` when `signal` aborts. */
export const withDeadline = <T>(
  { env, requestTimeoutMs }: Pick<SyncPorts, 'env' | 'requestTimeoutMs'>,
  signal: AbortSignal | undefined,
  work: () => Promise<T> | T,
): Promise<T> => inTime(env, requestTimeoutMs, 'SYNC_TIMEOUT', work, signal)

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
