import type { ClosableRemote } from '../contracts/remote-adapter.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Host, Opened } from './host.ts'

/** How a client opens on first use, and closes. */
export interface Life extends Pick<Host, 'open' | 'opened' | 'ended'> {
  /** Whether it was ever opened or disposed. */
  used(): boolean
  close(): Promise<void>
}

/** `load` opens the session and makes the engine; `begin` starts it. */
export function lifeOf(
  load: () => Promise<Opened>,
  begin: (opened: Opened) => void,
  remote: Partial<ClosableRemote> | undefined,
): Life {
  const ending = new AbortController()
  let opening: Promise<Opened> | undefined
  let opened: Opened | undefined
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    ending.abort(new SyncError('SYNC_CLOSED'))
    await opening?.catch(() => undefined)
    await opened?.engine?.stop()
    await opened?.journal.close()
    await opened?.store.close()
    await remote?.close?.()
  }
  const first = async (): Promise<Opened> => {
    try {
      opened = await load()
      if (!closed) begin(opened)
      return opened
    } catch (error) {
      // The next use tries again.
      opening = undefined
      throw error
    }
  }
  return {
    ended: ending.signal,
    opened: () => opened,
    used: () => !!(opening ?? closed),
    async open() {
      if (closed) throw new SyncError('SYNC_CLOSED')
      opening ??= first()
      return opening
    },
    close() {
      closed ??= close()
      return closed
    },
  }
}
