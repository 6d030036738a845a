import type { Env } from '@rowkeep/kernel'
import { earlier, type Stamp } from './stamps.ts'

/** What is known of the newest stamp of a feed. */
interface Window {
  readonly stamp: Stamp
  /** The overlap has passed since the stamp was first seen: what could commit below it has. */
  ripe: boolean
  /** The run under way began when it was ripe. */
  reading: boolean
  /** Such a run has ended. */
  read: boolean
  readonly cancel: () => void
}

/**
 * The overlap at the end of each feed. A transaction may commit under a stamp below one that was read already, so a run
 * begins a while before the newest stamp known. Once that while has passed and was read again, nothing can come there any
 * more, and an idle feed costs no rows. Time is measured by a timer, because the device's clock may jump.
 */
export interface Windows {
  /** Where a run has to begin: at this stamp (`inclusive`), or after it. */
  begin(feed: string, since: Stamp): { readonly from: Stamp; readonly inclusive: boolean }
  /** A run has ended: everything up to `since` was read. */
  end(feed: string, since: Stamp, env: Env): void
  close(): void
}

/** `overlapMs`: longer than any transaction that writes to the tables. */
export function windows(overlapMs: number): Windows {
  const known = new Map<string, Window>()
  const open = (feed: string, stamp: Stamp, env: Env): void => {
    known.get(feed)?.cancel()
    const ripen = (): void => {
      window.ripe = true
    }
    const cancel = env.setTimer(overlapMs, ripen)
    const window: Window = { stamp, ripe: false, reading: false, read: false, cancel }
    known.set(feed, window)
  }
  return {
    begin(feed, since) {
      const window = known.get(feed)
      if (window?.stamp === since) {
        if (window.read) return { from: since, inclusive: false }
        window.reading = window.ripe
      }
      return { from: earlier(since, overlapMs), inclusive: true }
    },
    end(feed, since, env) {
      const window = known.get(feed)
      if (window?.stamp === since) window.read ||= window.reading
      else open(feed, since, env)
    },
    close() {
      for (const { cancel } of known.values()) cancel()
      known.clear()
    },
  }
}
