import type { Host } from '../client/host.ts'
import type { SyncTotals } from './report.ts'

/** Counts what observers are told, from now on; what is told after the last change is a change itself. */
export function totalsOf(host: Host): () => SyncTotals {
  const totals = {
    finished: 0,
    failed: 0,
    restarted: 0,
    pushed: 0,
    pulled: 0,
    conflicts: 0,
    quarantined: 0,
    durationMs: 0,
  }
  host.events.observe({
    'sync:finished': ({ pushed, pulled, conflicts, durationMs }) => {
      totals.finished += 1
      totals.pushed += pushed
      totals.pulled += pulled
      totals.conflicts += conflicts
      totals.durationMs += durationMs
    },
    'sync:failed': () => {
      totals.failed += 1
      host.changed.tell(new Set())
    },
    'sync:restarted': () => {
      totals.restarted += 1
      host.changed.tell(new Set())
    },
    'operation:quarantined': () => {
      totals.quarantined += 1
    },
  })
  return () => ({ ...totals })
}
