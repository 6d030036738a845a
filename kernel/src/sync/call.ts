import type { CallContext } from '../contracts/remote-adapter.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { SyncPorts } from './ports.ts'

/** What a call to the remote gets, with the app's request middleware around its `fetch`. */
export function contextOf(ports: SyncPorts, signal: AbortSignal): CallContext {
  const { env, user, timing, around } = ports
  const fetch: typeof globalThis.fetch = (input, init) =>
    around('request', new Request(input, init), (request) => env.fetch(request))
  return { user, signal, timeoutMs: timing.requestTimeoutMs, env: { ...env, fetch } }
}

/**
 * One call with a deadline of its own: an adapter that hangs, or ignores the signal, holds up nothing.
 * @throws SyncError `SYNC_TIMEOUT` at the deadline, `SYNC_ABORTED` when `session` aborts, and what the call throws
 */
export async function callRemote<T>(
  ports: SyncPorts,
  session: AbortSignal,
  call: (context: CallContext) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  let giveUp: (error: SyncError) => void = () => {}
  const ended = new Promise<never>((_, reject) => {
    giveUp = (error) => {
      reject(error)
      controller.abort(error)
    }
  })
  const abort = (): void => giveUp(new SyncError('SYNC_ABORTED'))
  const cancelTimer = ports.env.setTimer(ports.timing.requestTimeoutMs, () => giveUp(new SyncError('SYNC_TIMEOUT')))
  session.addEventListener('abort', abort)
  if (session.aborted) abort()
  try {
    return await Promise.race([ended, session.aborted ? ended : call(contextOf(ports, controller.signal))])
  } finally {
    cancelTimer()
    session.removeEventListener('abort', abort)
  }
}
