import type { RemoteCapabilities } from '@rowkeep/kernel'

/** What a client may rely on at a backend, and a judge therefore asks for: it follows from what the backend declares alone. */
export interface Promises {
  /** No operation takes effect twice, however often it is sent or delivered. */
  readonly exactlyOnce: boolean
  /** And that for good, whatever happened to the record since: not so where a row remembers the last ones of its operations. */
  readonly logged: boolean
  /**
   * A write for a version takes effect only on that version: a late copy of it does nothing, nothing is overwritten unseen, and
   * conflicts are found. Not so a create, which takes effect wherever there is no row.
   */
  readonly checked: boolean
  /** Operations that change a value (`increment`, `append`) are taken. */
  readonly relative: boolean
  /** Several operations take effect together or not at all. */
  readonly transactions: boolean
  /** And what did is seen together by others too: one feed without gaps brings all collections. */
  readonly seenWhole: boolean
  /** A deletion is told; otherwise a row's absence from a listing is all that tells it. */
  readonly deletions: boolean
  /** That a row has left the scope is told, or shown by the next listing. */
  readonly evictions: boolean
  /** Of two versions a device can tell which is the newer: none ever shows an older one after a newer, within one history. */
  readonly ordered: boolean
  /** A run of the feed brings everything that was committed before it began. */
  readonly complete: boolean
}

/** What follows from capabilities. */
export function promisesOf(can: RemoteCapabilities): Promises {
  const exactlyOnce = can.idempotency === 'log' || can.idempotency === 'marker'
  return {
    exactlyOnce,
    logged: can.idempotency === 'log',
    checked: can.conditional === 'cas',
    relative: exactlyOnce,
    transactions: can.atomicity === 'batch',
    seenWhole: can.atomicity === 'batch' && can.feedSpan === 'collections' && can.feed === 'ordered',
    deletions: can.deletes !== 'none',
    evictions: can.deletes !== 'tombstone',
    ordered: can.revisions === 'ordered',
    complete: can.feed !== 'timestamp-overlap',
  }
}
