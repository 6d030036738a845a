import { SyncError } from '../errors/sync-error.ts'
import type { Host, Opened } from './host.ts'

/** How a client opens on first use, and closes. */
export interface Life extends Pick<Host, 'open' | 'opened' | 'ended' | 'replace'> {
  /** Whether it was ever opened or disposed. */
  used(): boolean
  close(): Promise<void>
}

/** Ends a session: what is accepted is stored, nothing more is sent, and what waits for it ends with `reason`. */
export async function leave({ ending, engine, journal }: Opened, reason: SyncError): Promise<void> {
  ending.abort(reason)
  await engine?.stop()
  await journal.close(reason)
}

/** `load` opens the session and makes the engine; `begin` starts it; `end` closes what is open, for good. */
export function lifeOf(
  load: () => Promise<Opened>,
  begin: (opened: Opened) => void,
  end: (opened: Opened | undefined, reason: SyncError) => Promise<void>,
): Life {
  const ending = new AbortController()
  let opening: Promise<Opened> | undefined
  let opened: Opened | undefined
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    const reason = new SyncError('SYNC_CLOSED')
    ending.abort(reason)
    await opening?.catch(() => undefined)
    await end(opened, reason)
  }
  const take = (next: () => Promise<Opened>): Promise<Opened> => {
    const run = async (): Promise<Opened> => {
      try {
        opened = await next()
        if (!closed) begin(opened)
        return opened
      } catch (error) {
        // The next use tries again; what took its place meanwhile stays.
        if (opening === taken) opening = undefined
        throw error
      }
    }
    const taken = run()
    opening = taken
    return taken
  }
  const open = async (): Promise<Opened> => {
    ending.signal.throwIfAborted()
    return opening ?? take(load)
  }
  return {
    ended: ending.signal,
    opened: () => opened,
    used: () => !!(opening ?? closed),
    open,
    replace(next) {
      // Through open(), so that calls take effect in their order.
      const was = opening && open()
      return take(async () => {
        const before = await was?.catch(() => undefined)
        opened = undefined
        return next(before)
      })
    },
    close: () => (closed ??= close()),
  }
}
