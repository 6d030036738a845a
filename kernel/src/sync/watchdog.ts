import { pendingWrites } from '../outbox/counts.ts'
import type { Work } from './ports.ts'

/**
 * Starts a queue again that waits, is online and has stood still for twice the longest back-off: liveness needs a deadline of its
 * own, because whatever was to start the queue may have been lost. The result is told of each step, and how long, in ms, the
 * next one may take; `may`: whether anything is to be started at all. No timer while nothing waits, one while something does.
 */
export function watchdog(work: Work, may: () => boolean, restart: () => void): (ms?: number) => void {
  const { env, events, ledger } = work
  let cancel: (() => void) | undefined
  const watch = (ms: number = 0): void => {
    cancel?.()
    cancel = may() && ledger.queues.size > 0 ? env.setTimer(ms + 2 * work.retryMaxMs, look) : undefined
  }
  const look = (): void => {
    cancel = undefined
    const pending = pendingWrites(ledger)
    if (!pending) return
    // Also for a network whose return nobody tells of.
    watch()
    if (!env.online.now()) return
    events.emit('sync:restarted', { pending })
    restart()
  }
  work.changed.add(() => cancel ?? watch())
  return watch
}
