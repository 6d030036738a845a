import type { SyncError } from '../errors/sync-error.ts'

/** Everything an observer can be told, `subject:verb`. */
export interface SyncEvents {
  /** The visible record changed. `local`: by a write of this app; `remote`: by what came from the server or another tab. */
  'record:changed': { readonly collection: string; readonly id: string; readonly source: 'local' | 'remote' }
  'sync:started': { readonly pending: number }
  /** A full cycle ended well. `pushed`: operations that ended applied; `pulled`: changes that arrived. */
  'sync:finished': {
    readonly pushed: number
    readonly pulled: number
    readonly conflicts: number
    readonly durationMs: number
  }
  /** A cycle ended early; it is tried again after `retryInMs`, or when the app acts where that is `undefined`. */
  'sync:failed': { readonly error: SyncError; readonly retryInMs: number | undefined }
  /**
   * Writes waited, the network was there, and nothing was tried for twice the longest back-off: all was started again. Whatever
   * should have started it was lost, a timer for example.
   */
  'sync:restarted': { readonly pending: number }
  'operation:quarantined': { readonly collection: string; readonly id: string; readonly error: SyncError }
  'conflict:detected': { readonly collection: string; readonly id: string; readonly fields: readonly string[] }
  /** A row of the server could not be taken and was set aside; the rest of its page was. */
  'row:unreadable': { readonly collection: string; readonly id: string; readonly error: SyncError }
  /** A listener or observer threw. Without an observer for this event the error is rethrown on its own. */
  'listener:failed': { readonly error: unknown }
}

/** Handlers by event: they look and never touch; one that throws changes nothing for anybody else. */
export type Observer = { readonly [E in keyof SyncEvents]?: (event: SyncEvents[E]) => void }
